"""What Galley may do in a cluster is what it does there: the roles are made of the kinds that are watched."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from galley.app.cluster_roles import NAMESPACE, files, rules
from galley.settings.kubernetes import KubernetesSettings
from galley.settings.load import load_settings
from galley.sources.kubernetes.watched import watched_kinds
from schemas.registry import DEFAULT_REGISTRY
from tests.house.tree import Tree

ROOT = Tree.of_repository().root


def documents(name: str) -> list[dict[str, Any]]:
    """The documents of a manifest."""
    return list(yaml.safe_load_all((ROOT / "compose/kubernetes" / name).read_text()))


def test_the_files_are_as_they_are_made() -> None:
    """Whoever adds a kind makes them anew: `python -m galley.app.cluster_roles`."""
    assert {path: (ROOT / path).read_text() for path in files()} == files()


@pytest.mark.parametrize("name", ["cluster", "namespaced", "secrets"])
def test_reading_is_listing_and_watching(name: str) -> None:
    """Nothing that only reads may get, change or delete."""
    assert {verb for rule in rules()[name] for verb in rule["verbs"]} == {"list", "watch"}


def test_every_watch_is_allowed_and_nothing_else() -> None:
    """The resources of the roles are those of the watches, and the definitions of kinds."""
    watched = watched_kinds(DEFAULT_REGISTRY, KubernetesSettings(), configures=True)
    wanted = {(item.kind.group, item.kind.plural) for item in watched}
    allowed = {
        (group, resource)
        for name in ("cluster", "namespaced", "secrets")
        for rule in rules()[name]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert allowed == wanted | {("apiextensions.k8s.io", "customresourcedefinitions")}
    assert "*" not in str(allowed)


def test_statuses_are_written_of_what_has_one_of_ours() -> None:
    """Istio's kinds and our own, and of the Gateway API what a controller answers for; only by patches of them."""
    watched = watched_kinds(DEFAULT_REGISTRY, KubernetesSettings(), configures=True)
    wanted = {(item.kind.group, f"{item.kind.plural}/status") for item in watched if item.has_our_status}
    found = rules()["status"]
    assert {(group, name) for rule in found for group in rule["apiGroups"] for name in rule["resources"]} == wanted
    assert {verb for rule in found for verb in rule["verbs"]} == {"patch"}
    api = "gateway.networking.k8s.io"
    names = {"gatewayclasses/status", "gateways/status", "httproutes/status"}
    assert {name for group, name in wanted if group == api} == names


def test_secrets_are_a_role_of_their_own() -> None:
    """So that they can be left out, by the setting and by the role."""
    assert [rule["resources"] for rule in rules()["secrets"]] == [["secrets"]]
    settings = KubernetesSettings.model_validate({"secrets": {"read": False}})
    assert "Secret" not in {item.key_kind for item in watched_kinds(DEFAULT_REGISTRY, settings, configures=True)}


def test_the_manifests_fit_the_program_and_each_other() -> None:
    """The arguments are settings, everything is in the namespace, and the Service leads to ports that are open."""
    account, service, workload = documents("galley.yaml")
    assert {one["metadata"]["namespace"] for one in (account, service, workload)} == {NAMESPACE}
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    assignments = [one.removeprefix("--set=") for one in container["args"] if one.startswith("--set=")]
    settings = load_settings(None, {}, assignments, {})
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    addresses = (settings.xds.tls_address, settings.citadel.address, settings.webhook.address)
    assert list(ports.values()) == [int(address.rpartition(":")[2]) for address in addresses]
    assert {one["targetPort"] for one in service["spec"]["ports"]} == set(ports)
    assert not settings.allow_plaintext
