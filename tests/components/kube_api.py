"""`kube`: a real kube-apiserver with its etcd, on free loopback ports, and a kubeconfig for its administrator.

Nothing else of Kubernetes runs: no controllers (EndpointSlices are the test's to make, a deleted namespace stays
`Terminating`), no kubelet. The first object of a new CRD waits two seconds in the API server.
"""

from __future__ import annotations

import base64
import secrets
import ssl
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import yaml

from tests.components.building import program
from tests.components.kube_certificates import write_certificates
from tests.components.process import Process, free_port, running


class Kube:
    """An API server and its store. `stop_server` and `start_server` restart the first alone: what it knew stays."""

    def __init__(self, folder: Path) -> None:
        """Choose ports, which a restart keeps, and write certificates and kubeconfig."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.token = secrets.token_hex(16)
        self.ca = folder / "ca.crt"
        self.kubeconfig = folder / "kubeconfig"
        write_certificates(folder)
        (folder / "tokens.csv").write_text(f'{self.token},admin,admin,"system:masters"\n')
        self._write_kubeconfig()
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

    def client(self) -> httpx.Client:
        """Return an administrator's HTTP client."""
        context = ssl.create_default_context(cafile=str(self.ca))
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, verify=context, headers=headers, trust_env=False, timeout=30)

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
            *("--disable-admission-plugins=ServiceAccount", "--allow-privileged=true"),
        ]


def kube(folder: Path) -> AbstractContextManager[Kube]:
    """Run an API server."""
    return running(Kube, folder / "kube")
