"""The registry: which kinds there are, and what a document's apiVersion and kind mean."""

from __future__ import annotations

import subprocess
import sys

import pytest

from schemas.check import check
from schemas.fault import Fault
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY, Registry, is_ours, split_api_version


@pytest.mark.parametrize(
    ("api_version", "name"),
    [
        *((f"networking.istio.io/{version}", "VirtualService") for version in ("v1alpha3", "v1beta1", "v1")),
        ("networking.istio.io/v1alpha3", "EnvoyFilter"),
        ("security.istio.io/v1beta1", "AuthorizationPolicy"),
        ("telemetry.istio.io/v1", "Telemetry"),
        ("extensions.istio.io/v1alpha1", "WasmPlugin"),
        ("extensions.istio.io/v1alpha1", "TrafficExtension"),
        ("authentication.istio.io/v1alpha1", "MeshPolicy"),
        ("rbac.istio.io/v1alpha1", "ServiceRoleBinding"),
        ("config.istio.io/v1alpha2", "rule"),
        ("config.istio.io/v1alpha2", "HTTPAPISpecBinding"),
        ("v1", "Service"),
        ("discovery.k8s.io/v1", "EndpointSlice"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("", "MeshConfig"),
    ],
)
def test_every_kind_of_istio_is_known_under_each_of_its_versions(api_version: str, name: str) -> None:
    """Today's kinds, classic ones, and those of Kubernetes that we read."""
    found = DEFAULT_REGISTRY.lookup(api_version, name)
    assert isinstance(found, Kind)
    assert found.name == name


@pytest.mark.parametrize(
    ("api_version", "name", "code", "severity", "hint"),
    [
        ("networking.istio.io/v1", "VirtualServce", "GLY0106", "error", "did you mean `kind: VirtualService`?"),
        ("networking.istio.io/v1", "virtualservice", "GLY0106", "error", "did you mean `kind: VirtualService`?"),
        (
            "networking.istio.io/v1",
            "PeerAuthentication",
            "GLY0106",
            "error",
            "did you mean `apiVersion: security.istio.io/v1`?",
        ),
        ("nonsense.istio.io/v1", "Whatever", "GLY0106", "error", ""),
        ("galley.dev/v1", "Whatever", "GLY0106", "error", ""),
        ("networking.istio.io/v2", "Gateway", "GLY0107", "error", ""),
        ("apps/v1", "Deployment", "GLY0108", "info", ""),
        ("v1", "PersistentVolume", "GLY0108", "info", ""),
        ("v2", "Service", "GLY0108", "info", ""),
        (
            "networking.istio.oi/v1",
            "VirtualService",
            "GLY0108",
            "info",
            "did you mean `apiVersion: networking.istio.io/v1`?",
        ),
    ],
)
def test_an_unknown_kind_is_an_error_where_its_group_is_ours(
    api_version: str, name: str, code: str, severity: str, hint: str
) -> None:
    """A kind of somebody else's is left alone, with an info; a near name is suggested."""
    found = DEFAULT_REGISTRY.lookup(api_version, name)
    assert isinstance(found, Fault)
    assert (found.code, found.severity) == (code, severity)
    assert found.hint == hint or not hint


def test_a_kind_without_model_is_carried_as_it_is() -> None:
    """Its content is kept, and an info says that it has no effect yet."""
    kind = DEFAULT_REGISTRY.kind("handler")
    assert kind is not None
    assert kind.carried
    content, (fault,) = check(kind, b'{"action":"DENY"}')
    assert content == {"action": "DENY"}
    assert (fault.code, fault.severity) == ("GLY0109", "info")


def test_names_and_groups_are_unique_and_plurals_too() -> None:
    """Nothing in the tables stands twice."""
    kinds = list(DEFAULT_REGISTRY)
    assert len({(kind.group, kind.name) for kind in kinds}) == len(kinds)
    assert len({(kind.group, kind.plural) for kind in kinds}) == len(kinds)


def test_every_model_and_rule_of_the_tables_exists() -> None:
    """What the tables name can be loaded."""
    for kind in DEFAULT_REGISTRY:
        assert (kind.load_model() is not None) == bool(kind.model)
        assert (kind.load_rules() is not None) == bool(kind.rules)


def test_a_registry_with_more_kinds_is_another_one() -> None:
    """`with_custom` changes nothing; a kind of the same name replaces the old one."""
    kind = Kind(name="RateLimit", group="acme.dev", plural="ratelimits", versions=("v1",), schema="{}")
    more = DEFAULT_REGISTRY.with_custom(kind)
    assert more.lookup("acme.dev/v1", "RateLimit") == kind
    assert isinstance(DEFAULT_REGISTRY.lookup("acme.dev/v1", "RateLimit"), Fault)
    assert len(list(Registry.of([kind, kind]))) == 1


def test_a_bare_word_names_istios_kind_first() -> None:
    """Gateway is Istio's unless the group says otherwise."""
    first, other = DEFAULT_REGISTRY.kind("Gateway"), DEFAULT_REGISTRY.kind("Gateway", "gateway.networking.k8s.io")
    assert first is not None
    assert other is not None
    assert (first.group, other.group) == ("networking.istio.io", "gateway.networking.k8s.io")


def test_looking_kinds_up_loads_no_model() -> None:
    """The command line starts quickly: pydantic comes with the first object that is checked."""
    code = "import sys, schemas.registry; sys.exit('pydantic' in sys.modules or 'jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_api_versions_are_split_at_the_slash() -> None:
    """The core group is empty."""
    assert split_api_version("a.b/v1") == ("a.b", "v1")
    assert split_api_version("v1") == ("", "v1")
    assert is_ours("networking.istio.io")
    assert not is_ours("fakeistio.io")
