"""Which services a vantage sees."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from pipeline.derive import Graph
from pipeline.model.key import Key
from proxy.registry.seen import service_named, visible_host, visible_hosts
from proxy.registry.vantage import SeenHost, Vantage
from tests.proxy.registry.meshes import document, entry, graph_of


def hosts(graph: Graph, namespace: str) -> list[tuple[str, str]]:
    """The hosts that a namespace sees, and the namespaces they are of."""
    return [(item.host, item.service.namespace) for item in graph.derive(visible_hosts, Vantage(namespace))]


def test_export_to_limits_who_sees_a_service() -> None:
    """A private service is seen in its own namespace, a hidden one nowhere, a listed one where it is listed."""
    text = (
        entry("public.com", metadata={"namespace": "a"})
        + entry("private.com", metadata={"namespace": "a"}, exportTo=["."])
        + entry("hidden.com", metadata={"namespace": "a"}, exportTo=["~"])
        + entry("listed.com", metadata={"namespace": "a"}, exportTo=["b"])
    )
    graph = graph_of(text)
    assert [host for host, _ in hosts(graph, "a")] == ["private.com", "public.com"]
    assert [host for host, _ in hosts(graph, "b")] == ["listed.com", "public.com"]
    assert [host for host, _ in hosts(graph, "c")] == ["public.com"]


def test_one_host_means_one_service() -> None:
    """That of the own namespace, else a Kubernetes Service, else the oldest."""
    old = {"creationTimestamp": "2020-01-01T00:00:00Z"}
    text = (
        entry("x.com", name="x", metadata={"namespace": "b"})
        + entry("x.com", name="x", metadata={"namespace": "a", **old})
        + entry("k.b.svc.cluster.local", name="k", metadata={"namespace": "a"})
        + document("Service", "k", {"clusterIP": "10.0.0.1"}, namespace="b", **old)
    )
    graph = graph_of(text)
    assert hosts(graph, "b") == [("k.b.svc.cluster.local", "b"), ("x.com", "b")]
    assert hosts(graph, "a") == [("k.b.svc.cluster.local", "a"), ("x.com", "a")]
    assert hosts(graph, "c") == [("k.b.svc.cluster.local", "b"), ("x.com", "b")]


NAMESPACES = st.sampled_from(["a", "b", "c"])
ENTRIES = st.lists(
    st.tuples(
        NAMESPACES,
        st.sampled_from(["x.com", "y.com"]),
        st.sampled_from([(), ("*",), (".",), ("~",), ("a", "b")]),
        st.sampled_from(["", "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]),
    ),
    max_size=6,
)


@given(ENTRIES, NAMESPACES)
def test_one_host_is_seen_as_all_hosts_are(
    entries: list[tuple[str, str, tuple[str, ...], str]], namespace: str
) -> None:
    """The rule for one host, which reads nothing of others, says what the rule for all of them says."""
    text = "".join(
        entry(host, name=f"e{number}", exportTo=list(export), metadata={"namespace": own, "creationTimestamp": created})
        for number, (own, host, export, created) in enumerate(entries)
    )
    graph = graph_of(text)
    vantage = Vantage(namespace)
    everything = {item.host: item for item in graph.derive(visible_hosts, vantage)}
    for host in ("x.com", "y.com", "z.com"):
        assert graph.derive(visible_host, SeenHost(vantage, host)) == everything.get(host)


SIDECAR = Key("Sidecar", "a", "s")


def sidecar(*egress: dict[str, object], **metadata: str) -> str:
    """The Sidecar `a/s` with these egress listeners."""
    return document("Sidecar", "s", {"egress": list(egress)}, **{"namespace": "a", **metadata})


def seen(text: str, mesh: Mapping[str, object] | None = None) -> dict[str, tuple[int, ...] | None]:
    """The hosts and their ports that namespace `a` sees through the Sidecar `a/s`."""
    graph = graph_of(text, mesh)
    return {item.host: item.ports for item in graph.derive(visible_hosts, Vantage("a", SIDECAR))}


MESH = (
    entry("own.com", metadata={"namespace": "a"})
    + entry("x.b.com", metadata={"namespace": "b"})
    + entry(
        "y.b.com",
        metadata={"namespace": "b"},
        ports=[{"number": 80, "name": "http", "protocol": "HTTP"}, {"number": 90, "name": "tcp", "protocol": "TCP"}],
    )
    + entry("c.com", metadata={"namespace": "c"})
)


def test_egress_hosts_limit_what_is_seen() -> None:
    """`.` is the own namespace, `*` any, a name that one; the host may be a wildcard."""
    assert seen(MESH + sidecar({"hosts": ["./*"]})) == {"own.com": None}
    assert seen(MESH + sidecar({"hosts": ["b/*"]})) == {"x.b.com": None, "y.b.com": None}
    assert seen(MESH + sidecar({"hosts": ["*/*.b.com"]})) == {"x.b.com": None, "y.b.com": None}
    assert seen(MESH + sidecar({"hosts": ["*/c.com", "./own.com"]})) == {"c.com": None, "own.com": None}
    assert seen(MESH + sidecar({"hosts": ["~/*"]})) == {}
    assert set(seen(MESH + sidecar())) == {"own.com", "x.b.com", "y.b.com", "c.com"}


def test_a_listener_with_a_port_takes_that_port_alone() -> None:
    """It takes services that have the port, limits them to it, and keeps them so from the listeners after it."""
    limited = sidecar({"port": {"number": 90, "protocol": "TCP", "name": "t"}, "hosts": ["b/*"]}, {"hosts": ["*/*"]})
    found = seen(MESH + limited)
    assert found == {"own.com": None, "x.b.com": None, "y.b.com": (90,), "c.com": None}


def test_services_of_a_limited_listener_have_its_port() -> None:
    """Whoever asks for the service gets it with the ports that are seen."""
    text = MESH + sidecar({"port": {"number": 90, "protocol": "TCP", "name": "t"}, "hosts": ["b/*"]})
    service = graph_of(text).derive(service_named, SeenHost(Vantage("a", SIDECAR), "y.b.com"))
    assert service is not None
    assert [port.number for port in service.ports] == [90]


def test_destinations_of_imported_routes_are_seen_too() -> None:
    """A VirtualService whose hosts a listener takes brings its destinations along, with the ports it names."""
    routes = {
        "hosts": ["own.com"],
        "http": [{"route": [{"destination": {"host": "y.b.com", "port": {"number": 80}}}]}],
    }
    text = MESH + document("VirtualService", "v", routes, namespace="a") + sidecar({"hosts": ["./*"]})
    assert seen(text) == {"own.com": None, "y.b.com": (80,)}
    for_gateways = {**routes, "gateways": ["g"]}
    text = MESH + document("VirtualService", "v", for_gateways, namespace="a") + sidecar({"hosts": ["./*"]})
    assert seen(text) == {"own.com": None}
