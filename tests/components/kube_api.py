"""`kube`: a real kube-apiserver with its etcd, on free loopback ports, and a kubeconfig for its administrator.

Nothing else of Kubernetes runs: no controllers (EndpointSlices are the test's to make, a deleted namespace stays
`Terminating`), no kubelet. The first object of a new CRD waits two seconds in the API server.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from tests.components.building import program
from tests.components.certificates import write_kube_certificates
from tests.components.process import Process, free_port, running

_AUDIT: Final = """\
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: Metadata, verbs: [list, watch], users: [admin]}
- {level: None}
"""

_COUNTED: Final = {"list": ("ResponseComplete",), "watch": ("ResponseStarted",)}
"""The stage at which a request is counted; a watch ends much later, and is then told of once more."""


class Kube:
    """An API server and its store. `stop_server` and `start_server` restart the first alone: what it knew stays."""

    def __init__(self, folder: Path, flags: Sequence[str] = ()) -> None:
        """Choose ports, which a restart keeps, and write certificates and kubeconfig."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._flags = flags
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.token = secrets.token_hex(16)
        self.ca = folder / "ca.crt"
        self.kubeconfig = folder / "kubeconfig"
        write_kube_certificates(folder)
        (folder / "tokens.csv").write_text(f'{self.token},admin,admin,"system:masters"\n')
        self._write_kubeconfig()
        (folder / "audit.yaml").write_text(_AUDIT)
        self._etcd_url = f"http://127.0.0.1:{free_port()}"
        self._etcd = Process(self._etcd_command(), folder / "etcd.log")
        self._server = Process(self._server_command(), folder / "kube-apiserver.log")

    def start(self) -> None:
        """Start both, and wait until the API server is ready."""
        self._etcd.start()
        self._etcd.wait(self._etcd_ready)
        self.start_server()

    def stop(self) -> None:
        """End both."""
        self._server.stop()
        self._etcd.stop()

    def start_server(self) -> None:
        """Start the API server, and wait until it is ready."""
        self._server.start()
        self._server.wait(self._ready)

    def stop_server(self) -> None:
        """End the API server."""
        self._server.stop()

    def kill_server(self) -> None:
        """Kill the API server, as a crash would."""
        self._server.kill()

    def compact(self) -> None:
        """Have the store forget every version but the latest of each object."""
        now = httpx.post(f"{self._etcd_url}/v3/kv/range", json={"key": "Lw=="}, trust_env=False).json()
        body = {"revision": now["header"]["revision"], "physical": True}
        answer = httpx.post(f"{self._etcd_url}/v3/kv/compaction", json=body, trust_env=False, timeout=30)
        assert answer.status_code == httpx.codes.OK, answer.text

    def listings(self, agent: str) -> list[str]:
        """Return what a client whose user agent begins so has asked to be told from the beginning: the requests."""
        log = self.folder / "audit.log"
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        uris = [
            (event["verb"], event["requestURI"])
            for event in events
            if event.get("userAgent", "").startswith(agent) and event["stage"] in _COUNTED[event["verb"]]
        ]
        return [uri for verb, uri in uris if verb == "list" or "sendInitialEvents=true" in uri]

    def client(self) -> httpx.Client:
        """Return an administrator's HTTP client."""
        return httpx.Client(**self._client_settings())

    def asynchronous_client(self) -> httpx.AsyncClient:
        """Return an administrator's HTTP client for the event loop."""
        return httpx.AsyncClient(**self._client_settings())

    def _client_settings(self) -> dict[str, Any]:
        context = ssl.create_default_context(cafile=str(self.ca))
        headers = {"authorization": f"Bearer {self.token}"}
        return {"base_url": self.url, "verify": context, "headers": headers, "trust_env": False, "timeout": 30}

    def _etcd_ready(self) -> bool:
        try:
            return httpx.get(f"{self._etcd_url}/health", trust_env=False, timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _ready(self) -> bool:
        try:
            with self.client() as client:
                return client.get("/readyz", timeout=2).text == "ok"
        except httpx.HTTPError:
            return False

    def _write_kubeconfig(self) -> None:
        def data(name: str) -> str:
            return base64.b64encode((self.folder / name).read_bytes()).decode()

        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "clusters": [
                {"name": "test", "cluster": {"server": self.url, "certificate-authority-data": data("ca.crt")}}
            ],
            "users": [
                {
                    "name": "admin",
                    "user": {"client-certificate-data": data("admin.crt"), "client-key-data": data("admin.key")},
                }
            ],
        }
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(yaml.safe_dump(config))

    def _etcd_command(self) -> list[str]:
        return [
            *(str(program("kube", "etcd")), f"--data-dir={self.folder / 'etcd'}", "--unsafe-no-fsync"),
            *("--log-level=warn", f"--listen-client-urls={self._etcd_url}"),
            *(f"--advertise-client-urls={self._etcd_url}", "--listen-peer-urls=http://127.0.0.1:0"),
            *("--initial-advertise-peer-urls=http://127.0.0.1:0", "--initial-cluster=default=http://127.0.0.1:0"),
        ]

    def _server_command(self) -> list[str]:
        folder = self.folder
        return [
            *(str(program("kube", "kube-apiserver")), f"--etcd-servers={self._etcd_url}"),
            *("--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--secure-port={self.port}"),
            *(f"--cert-dir={folder}", f"--tls-cert-file={folder}/server.crt"),
            *(f"--tls-private-key-file={folder}/server.key", f"--client-ca-file={folder}/ca.crt"),
            *(f"--token-auth-file={folder}/tokens.csv", "--authorization-mode=RBAC"),
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder}/sa.key",
            f"--service-account-signing-key-file={folder}/sa.key",
            *("--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none"),
            *(f"--audit-policy-file={folder}/audit.yaml", f"--audit-log-path={folder}/audit.log"),
            *("--disable-admission-plugins=ServiceAccount", "--allow-privileged=true"),
            *self._flags,
        ]


def kube(folder: Path, *flags: str) -> AbstractContextManager[Kube]:
    """Run an API server, with further flags."""
    return running(lambda fresh: Kube(fresh, flags), folder / "kube")
