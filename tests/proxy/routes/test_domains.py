"""The domains of virtual hosts: the names that a client may use, each in one virtual host only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.key import Key
from proxy.registry.service import Resolution, Service
from proxy.translate.route_domains import claims_of, short_names
from tests.proxy.routes.builders import entry, graph_of, sidecar, table, tables, to, virtual_service

HOST = "a.default.svc.cluster.local"


def test_a_client_may_leave_out_what_it_shares_with_the_service() -> None:
    """The namespace too, where it is its own."""
    assert list(short_names(HOST, "default.svc.cluster.local")) == ["a", "a.default.svc", "a.default"]
    assert list(short_names(HOST, "other.svc.cluster.local")) == ["a.default", "a.default.svc"]
    assert list(short_names("a.com", "default.svc.cluster.local")) == []


def test_outside_kubernetes_the_shared_end_is_left_out() -> None:
    """Istio's examples for proxies of other domains."""
    assert list(short_names("foo.local.campus.net", "local.campus.net")) == ["foo"]
    assert list(short_names("foo.local.campus.net", "remote.campus.net")) == ["foo.local", "foo.local.campus"]
    assert list(short_names("foo.local.campus.net", "example.com")) == []
    assert list(short_names("foo.com", "")) == []


def test_addresses_are_domains_but_blocks_are_not() -> None:
    """An IPv6 address stands in brackets, as in a Host header."""
    found = table(entry("a.com", addresses=("10.0.0.1", "10.0.0.0/8", "2001:db8::1")))
    assert list(found["a.com:80"].domains) == ["a.com", "a.com.", "10.0.0.1", "[2001:db8::1]"]


def test_a_headless_service_has_its_pods_too() -> None:
    """`pod.service` for every form of its name."""
    service = Service(
        host=HOST, key=Key("Service", "default", "a"), namespace="default", resolution=Resolution.PASSTHROUGH,
        kubernetes=True,
    )  # fmt: skip
    claims = claims_of(service, (), "other.svc.cluster.local")
    assert f"*.{HOST}" in claims.others
    assert "*.a.default" in claims.others


def test_an_alias_is_a_name_of_the_service_that_it_stands_for() -> None:
    """An ExternalName has no virtual host of its own."""
    alias = "---\napiVersion: v1\nkind: Service\nmetadata: {name: old, namespace: default}\nspec: "
    alias += f"{{type: ExternalName, externalName: {HOST}, ports: [{{port: 80, name: http}}]}}\n"
    found = table(entry(HOST) + alias)
    assert set(found) == {f"{HOST}:80", "allow_any"}
    assert {"old.default.svc.cluster.local", "old", "a"} <= set(found[f"{HOST}:80"].domains)


def test_a_short_name_never_takes_a_real_one() -> None:
    """A service that is really called `a.default` keeps its name."""
    found = table(entry(HOST) + entry("a.default"))
    assert "a.default" not in found[f"{HOST}:80"].domains
    assert "a.default" in found["a.default:80"].domains
    found = table(entry(HOST) + virtual_service({"route": [to()]}, hosts=("a.default",)))
    assert "a.default" not in found[f"{HOST}:80"].domains
    assert list(found["a.default:80"].domains) == ["a.default"]


def test_one_address_of_two_services_is_the_first_ones() -> None:
    """By name, so that it is the same everywhere."""
    found = table(entry("b.com", addresses=("10.0.0.1",)) + entry("a.com", addresses=("10.0.0.1",)))
    assert "10.0.0.1" in found["a.com:80"].domains
    assert "10.0.0.1" not in found["b.com:80"].domains


_NAMES = st.sampled_from([
    HOST, "a.default", "a", "b.default.svc.cluster.local", "a.default.svc", "A.com", "a.com", "*.com", "*", "10.0.0.1",
])  # fmt: skip


@given(
    st.lists(st.tuples(_NAMES, st.sampled_from([(), ("10.0.0.1",), ("2001:db8::1",)])), unique_by=lambda item: item[0]),
    st.lists(_NAMES, unique=True),
)
def test_no_domain_is_in_two_virtual_hosts(services: list[tuple[str, tuple[str, ...]]], routed: list[str]) -> None:
    """Whatever the names: Envoy would refuse the whole response."""
    mesh = "".join(entry(host, addresses=addresses) for host, addresses in services)
    mesh += "".join(virtual_service({"route": [to()]}, hosts=(host,), name=f"v{i}") for i, host in enumerate(routed))
    for found in tables(graph_of(mesh), sidecar()).values():
        domains = [domain.lower() for host in found.virtual_hosts for domain in host.domains]
        assert len(domains) == len(set(domains)), domains
        names = [host.name for host in found.virtual_hosts]
        assert len(names) == len(set(names)), names


def test_kubernetes_services_may_be_called_by_their_short_names() -> None:
    """From their own namespace by the bare name."""
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: default}\n"
    service += "spec: {clusterIP: 10.1.2.3, ports: [{port: 80, name: http}]}\n"
    assert list(table(service)[f"{HOST}:80"].domains) == [
        HOST,
        f"{HOST}.",
        "a",
        "a.default.svc",
        "a.default",
        "10.1.2.3",
    ]
    assert "a" not in table(service, scope=sidecar("other"))[f"{HOST}:80"].domains
