"""`Cluster`: a real API server as the tests change it, with definitions of kinds, behind a proxy that can be cut."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
import yaml

from galley.settings.kubernetes import KubernetesSettings
from galley.sources.kubernetes.source import KubernetesSource
from schemas.crd import crd_of
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY, Registry
from tests.components.kube_api import Kube
from tests.sources.cutting import Cutting

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_PATIENCE = 30.0


def kind_named(name: str, group: str | None = None) -> Kind:
    """Return a kind that is known."""
    found = DEFAULT_REGISTRY.kind(name, group)
    assert found is not None
    return found


class Cluster:
    """An API server, an administrator's client of it, and a proxy before it."""

    def __init__(self, kube: Kube) -> None:
        self.kube = kube
        self.client = kube.client()
        self.proxy = Cutting(kube.port)
        config = yaml.safe_load(kube.kubeconfig.read_text())
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{self.proxy.port}"
        self.kubeconfig = kube.kubeconfig.with_name("kubeconfig-of-the-proxy")
        self.kubeconfig.write_text(yaml.safe_dump(config))

    def close(self) -> None:
        """End the proxy and the client."""
        self.proxy.close()
        self.client.close()

    def source(self, registry: Registry = DEFAULT_REGISTRY, **settings: object) -> KubernetesSource:
        """Return a fresh source of this cluster."""
        tree = KubernetesSettings.model_validate({"clusters": (str(self.kubeconfig),), **settings})
        return KubernetesSource(tree.places()[0], tree, registry)

    def define(self, kinds: Iterable[Kind]) -> None:
        """Create the definitions of kinds, as `galley schema --format crd` prints them, and wait until they work."""
        made = list(kinds)
        for kind in made:
            self.ask("POST", _DEFINITIONS, crd_of(kind))
        end = time.monotonic() + _PATIENCE
        while not all(map(self.serves, made)):
            assert time.monotonic() < end
            time.sleep(0.05)

    def serves(self, kind: Kind) -> bool:
        """Whether the objects of a kind can be listed."""
        return self.client.get(self.path_of(kind.api_versions()[-1], kind.name, "")).is_success

    def undefine(self, kind: Kind) -> None:
        """Delete the definition of a kind, and wait until it is gone."""
        name = f"{kind.plural}.{kind.group}"
        self.ask("DELETE", f"{_DEFINITIONS}/{name}")
        end = time.monotonic() + _PATIENCE
        while self.client.get(f"{_DEFINITIONS}/{name}").status_code != httpx.codes.NOT_FOUND:
            assert time.monotonic() < end
            time.sleep(0.05)

    def apply(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object, or give it what is said here."""
        query = "?fieldManager=tests&force=true"
        headers = {"content-type": "application/apply-patch+yaml"}
        path = self.path_of(tree["apiVersion"], tree["kind"], tree["metadata"].get("namespace", "default"))
        answer = self.client.patch(
            f"{path}/{tree['metadata']['name']}{query}", content=json.dumps(tree), headers=headers
        )
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def delete(self, api_version: str, kind: str, name: str, namespace: str = "default") -> None:
        """Delete an object."""
        self.ask("DELETE", f"{self.path_of(api_version, kind, namespace)}/{name}")

    def list(self, api_version: str, kind: str) -> list[dict[str, Any]]:
        """Return all objects of a kind."""
        items: list[dict[str, Any]] = self.ask("GET", self.path_of(api_version, kind, ""))["items"]
        return items

    def clear(self, kind: Kind) -> None:
        """Delete all objects of a kind in the namespace `default`."""
        path = self.path_of(kind.api_versions()[-1], kind.name, "default")
        self.ask("DELETE", path)
        end = time.monotonic() + _PATIENCE
        while self.ask("GET", f"{path}?limit=1")["items"]:
            assert time.monotonic() < end
            time.sleep(0.05)

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Send a request that must succeed."""
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @staticmethod
    def path_of(api_version: str, name: str, namespace: str) -> str:
        """Return where the objects of a kind are, in a namespace or (empty) all."""
        group = api_version.rpartition("/")[0]
        kind = kind_named(name, group)
        root = f"/apis/{api_version}" if group else f"/api/{api_version}"
        within = f"/namespaces/{namespace}" if namespace and kind.namespaced else ""
        return f"{root}{within}/{kind.plural}"
