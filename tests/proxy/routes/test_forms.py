"""The two forms of a route configuration: a whole table, and virtual hosts one by one."""

from __future__ import annotations

from proxy.translate.routes import route_refs
from proxy.translate.virtual_hosts import virtual_host_refs
from tests.proxy.routes.builders import entry, graph_of, hosts, sidecar, small_tables, tables, to, virtual_service

MESH = entry("a.example.com") + entry("b.example.com", port=8080) + virtual_service({"route": [to(subset="v")]})


def test_the_small_form_only_says_where_the_hosts_come_from() -> None:
    """It is the same whatever the mesh, so that it is sent once."""
    found = small_tables(graph_of(MESH), sidecar())
    assert set(found) == {"80", "8080"}
    assert not found["80"].virtual_hosts
    assert found["80"].vhds.config_source.HasField("ads")
    assert found["80"].ignore_port_in_host_matching
    more = small_tables(graph_of(MESH + entry("c.example.com")), sidecar())
    assert more["80"] == found["80"]


def test_both_forms_say_the_same_of_every_host() -> None:
    """But for the name: `ROUTE/HOST` alone, Istio's in a table; the rest is at the catch-all too."""
    graph = graph_of(MESH)
    alone = hosts(graph, sidecar())
    assert set(alone) == {"80/a.example.com", "80/allow_any", "8080/b.example.com", "8080/allow_any"}
    for name, found in tables(graph, sidecar()).items():
        for host in found.virtual_hosts:
            twin = alone[f"{name}/{host.name.removesuffix(f':{name}')}"]
            twin.name = host.name
            assert twin == host


def test_tables_and_hosts_are_joined_from_the_same_bytes() -> None:
    """The body of a virtual host stands in its table as it is."""
    graph = graph_of(MESH)
    whole = b"".join(graph.derive(ref.rule, ref.key).body for ref in route_refs(graph, sidecar()))
    for ref in virtual_host_refs(graph, sidecar()):
        body = graph.derive(ref.rule, ref.key).body
        assert body[2 + len(ref.name) :] in whole


def test_proxies_that_differ_in_labels_alone_share_every_result() -> None:
    """Unless a VirtualService asks for their labels; then only what it routes is their own."""
    graph = graph_of(MESH)
    one, other = sidecar(labels={"app": "x"}), sidecar(labels={"app": "y"})
    assert virtual_host_refs(graph, one) == virtual_host_refs(graph, other)
    asking = virtual_service(
        {"match": [{"sourceLabels": {"app": "x"}}], "route": [to()]}, hosts=("b.example.com",), name="b"
    )
    graph = graph_of(MESH + asking)
    first, second = ({ref.name: ref.key for ref in virtual_host_refs(graph, scope)} for scope in (one, other))
    own = {name for name in first if first[name] != second.get(name)}
    assert own == {"8080/b.example.com", "80/b.example.com"}
