"""With the account that the manifests make, in a cluster or outside: what may be read is, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from galley.app.cluster_roles import NAMESPACE, roles
from galley.settings.kubernetes import IN_CLUSTER, KubernetesSettings
from galley.sources.kubernetes.connection import Connection
from galley.sources.kubernetes.source import KubernetesSource
from schemas.registry import DEFAULT_REGISTRY, Registry
from tests.sources.contract import eventually, until_synced
from tests.sources.kubernetes.cluster import Cluster, kind_named
from tests.sources.listener import Listener

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

SIDECAR = kind_named("Sidecar")
SECRETS = Registry.of([SIDECAR, kind_named("Service"), kind_named("Secret")])


class Account:
    """A pod's account: its folder of files, and the API server that the pod's environment names."""

    def __init__(self, cluster: Cluster, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._cluster = cluster
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(cluster.proxy.port))
        (folder / "ca.crt").write_bytes(cluster.kube.ca.read_bytes())
        self.token("galley")

    def token(self, name: str) -> None:
        """Write a fresh token of a service account."""
        path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{name}/token"
        made = self._cluster.ask("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"})
        (self.folder / "token").write_text(made["status"]["token"])

    def source(self, registry: Registry = DEFAULT_REGISTRY, **settings: object) -> KubernetesSource:
        """Return a source of the cluster that the pod is in."""
        tree = KubernetesSettings.model_validate({"clusters": (IN_CLUSTER,), **settings})
        (place,) = tree.places()
        return KubernetesSource(place, tree, registry, connection=Connection(place, self.folder))


def put(cluster: Cluster, tree: dict[str, Any]) -> None:
    """Create an object of any kind, or give it what is said here."""
    version, kind, metadata = tree["apiVersion"], tree["kind"], tree["metadata"]
    plural = kind.lower() + ("es" if kind.endswith("s") else "s")
    within = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    path = f"/{'apis' if '/' in version else 'api'}/{version}{within}/{plural}/{metadata['name']}"
    answer = cluster.client.patch(
        f"{path}?fieldManager=tests&force=true",
        content=yaml.safe_dump(tree),
        headers={"content-type": "application/apply-patch+yaml"},
    )
    assert answer.is_success, answer.text


@pytest.fixture
def account(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """The account of the manifests, and another that may do nothing."""
    if not cluster.serves(SIDECAR):
        cluster.define([SIDECAR])
    cluster.clear(SIDECAR)
    put(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for name in ("galley", "blind"):
        metadata = {"name": name, "namespace": NAMESPACE}
        put(cluster, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    for role in roles():
        put(cluster, role)
    yield Account(cluster, tmp_path, monkeypatch)
    for binding in ("galley-read-secrets", "blind"):
        cluster.client.delete(f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{binding}")


def sidecar(name: str) -> dict[str, Any]:
    """Return a Sidecar."""
    return {"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {"name": name}, "spec": {}}


async def test_the_roles_of_the_manifests_suffice(cluster: Cluster, account: Account) -> None:
    """Every kind that is there is read in-cluster with the account's token, and nothing is refused."""
    cluster.apply(sidecar("a"))
    source, listener = account.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        assert "a" in listener.names()
        assert {"Namespace", "Service", "Sidecar"} <= {key.kind for key in listener.state.mesh}
        assert source.status.errors == []
        assert source.status.failures == 0


async def test_what_may_not_be_read_holds_up_nothing(cluster: Cluster, account: Account) -> None:
    """Without the role for Secrets all else is there, and said to be all; what is missing is in the status."""
    cluster.client.delete("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/galley-read-secrets")
    cluster.apply(sidecar("a"))
    source, listener = account.source(SECRETS), Listener()
    async with listener.running(source):
        await until_synced(listener)
        assert "a" in listener.names()
        (error,) = source.status.errors
        assert "/api/v1/secrets" in error
        assert "forbidden" in error
        cluster.apply(sidecar("b"))
        await eventually(lambda: "b" in listener.names())
        assert source.status.synced
        assert not source.status.lost


async def test_who_may_not_read_definitions_asks_what_is_served(cluster: Cluster, account: Account) -> None:
    """Discovery is open to everybody; a kind is found by it."""
    name = {"name": "blind"}
    rules = [{"apiGroups": ["networking.istio.io"], "resources": ["sidecars"], "verbs": ["list", "watch"]}]
    group = "rbac.authorization.k8s.io"
    put(cluster, {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": name, "rules": rules})
    role = {"apiGroup": group, "kind": "ClusterRole", "name": "blind"}
    subjects = [{"kind": "ServiceAccount", "name": "blind", "namespace": NAMESPACE}]
    binding = {"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding", "metadata": name}
    put(cluster, {**binding, "roleRef": role, "subjects": subjects})
    account.token("blind")
    cluster.apply(sidecar("a"))
    source, listener = account.source(Registry.of([SIDECAR])), Listener()
    async with listener.running(source):
        await until_synced(listener)
        assert listener.names() == {"a"}
        assert any("customresourcedefinitions" in error for error in source.status.errors)


async def test_a_token_that_is_rotated_is_read_again(cluster: Cluster, account: Account) -> None:
    """A token that the server refuses sends us back to its file; no token is ever in the status."""
    good = (account.folder / "token").read_text()
    (account.folder / "token").write_text("stale-token-of-tests")
    cluster.apply(sidecar("a"))
    source, listener = account.source(Registry.of([SIDECAR])), Listener()
    async with listener.running(source):
        await eventually(lambda: bool(source.status.errors))
        assert not source.status.synced
        assert "stale-token" not in str(source.status)
        (account.folder / "token").write_text(good)
        await until_synced(listener)
        await eventually(lambda: not source.status.errors)
        assert listener.names() == {"a"}


async def test_a_kubeconfig_that_is_not_there_yet_is_waited_for(cluster: Cluster, tmp_path: Path) -> None:
    """The status says which file; once it is there, all goes on by itself."""
    if not cluster.serves(SIDECAR):
        cluster.define([SIDECAR])
    where = tmp_path / "kubeconfig"
    tree = KubernetesSettings.model_validate({"clusters": (f"east={where}",)})
    source, listener = KubernetesSource(tree.places()[0], tree, Registry.of([SIDECAR])), Listener()
    async with listener.running(source):
        await eventually(lambda: bool(source.status.errors))
        assert str(where) in source.status.errors[0]
        where.write_text(cluster.kubeconfig.read_text())
        await until_synced(listener)
    assert source.name == "kubernetes-east"
