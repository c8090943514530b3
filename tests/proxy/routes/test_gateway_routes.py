"""What gateways route: hosts that a server and a VirtualService have in common."""

from __future__ import annotations

from typing import Any

from tests.proxy.routes.builders import (
    document,
    entry,
    graph_of,
    hosts,
    router,
    routes,
    sidecar,
    table,
    tables,
    to,
    virtual_service,
)

SERVICE = entry("a.example.com")
HTTP = {"number": 80, "name": "http", "protocol": "HTTP"}
HTTPS = {"number": 443, "name": "https", "protocol": "HTTPS"}
OLD = {"creationTimestamp": "2020-01-01T00:00:00Z"}
NEW = {"creationTimestamp": "2024-01-01T00:00:00Z"}


def gateway(*servers: dict[str, Any], name: str = "gw", namespace: str = "default", **metadata: str) -> str:
    """A Gateway for the ingress gateway's proxies."""
    spec = {"selector": {"istio": "ingressgateway"}, "servers": list(servers)}
    return document("Gateway", name, spec, namespace=namespace, **metadata)


def server(*names: str, port: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """A server; plain HTTP on port 80 unless said otherwise."""
    return {"port": port or HTTP, "hosts": list(names), **more}


def bound(*http: dict[str, Any], **more: Any) -> str:  # noqa: ANN401  JSON values
    """A VirtualService on the Gateway `gw`."""
    return virtual_service(*http, gateways=["gw"], **more)


def test_a_host_of_both_is_served() -> None:
    """The narrower of the two, where one covers the other."""
    mesh = SERVICE + gateway(server("*.example.com", "b.org")) + bound(
        {"route": [to()]}, hosts=("a.example.com", "*.org", "c.net")
    )  # fmt: skip
    found = table(mesh, "http.80", router())
    assert [(name, list(host.domains)) for name, host in found.items()] == [
        ("a.example.com:80", ["a.example.com", "b.org"])
    ]


def test_a_server_may_be_for_one_namespace() -> None:
    """`./host` is the Gateway's own, `ns/host` that one, `*/host` and `host` all."""
    mesh = SERVICE + gateway(server("./a.example.com", "other/b.example.com"), namespace="default")
    mine = bound({"route": [to()]}, hosts=("a.example.com", "b.example.com"))
    assert set(table(mesh + mine, "http.80", router())) == {"a.example.com:80"}
    theirs = virtual_service(
        {"route": [to()]},
        hosts=("a.example.com", "b.example.com"),
        gateways=["default/gw"],
        metadata={"namespace": "other"},
    )
    assert set(table(mesh + theirs, "http.80", router())) == {"b.example.com:80"}


def test_all_virtual_services_of_a_host_are_joined_what_takes_everything_last() -> None:
    """In order of age; within each the order stays."""
    mesh = SERVICE + gateway(server("*"))
    first = bound({"match": [{"uri": {"prefix": "/a"}}], "route": [to()]}, {"route": [to(subset="all")]}, metadata=OLD)
    later = {"match": [{"uri": {"prefix": "/b"}}], "route": [to()]}
    second = bound(later, {"route": [to(subset="no")]}, name="b", metadata=NEW)
    found = table(mesh + first + second, "http.80", router())["a.example.com:80"].routes
    assert [route.match.prefix for route in found] == ["/a", "/b", "/", "/"]
    assert found[2].route.cluster == "outbound|80|all|a.example.com"


def test_without_routes_everything_is_404() -> None:
    """In a virtual host that routes nothing; one by one it is a resource like the others."""
    mesh = gateway(server("*"))
    found = table(mesh, "http.80", router())
    assert list(found["blackhole:80"].domains) == ["*"]
    assert not found["blackhole:80"].routes
    assert set(hosts(graph_of(mesh), router())) == {"http.80/blackhole:80"}


def test_https_redirect_asks_for_tls_also_without_routes() -> None:
    """For the server's hosts, whatever VirtualServices there are."""
    mesh = SERVICE + gateway(server("a.example.com", "./b.example.com", tls={"httpsRedirect": True}))
    found = table(mesh + bound({"route": [to()]}), "http.80", router())
    assert found["a.example.com:80"].require_tls == 2
    assert found["a.example.com:80"].routes
    assert found["b.example.com:80"].require_tls == 2
    assert not found["b.example.com:80"].routes


def test_servers_that_end_tls_have_a_table_each() -> None:
    """`https.PORT.NAME.GATEWAY.NAMESPACE`; a redirect without a scheme stays on https."""
    secure = server("*", port=HTTPS, tls={"mode": "SIMPLE", "credentialName": "c"})
    mesh = SERVICE + gateway(secure) + bound({"redirect": {"port": 443}})
    found = tables(graph_of(mesh), router())
    assert list(found) == ["https.443.https.gw.default"]
    assert found["https.443.https.gw.default"].virtual_hosts[0].routes[0].redirect.port_redirect == 0


def test_tls_that_passes_through_and_tcp_have_no_table() -> None:
    """They are routed by the listener."""
    servers = [
        server("*", port=HTTPS, tls={"mode": "PASSTHROUGH"}),
        server("*", port={"number": 9000, "name": "tcp", "protocol": "TCP"}),
    ]
    assert tables(graph_of(gateway(*servers)), router()) == {}


def test_gateways_share_a_port_of_plain_http() -> None:
    """One table for all of them; another kind on the port, or TLS for the same host, comes too late."""
    mesh = SERVICE + gateway(server("a.example.com"), **OLD) + gateway(server("b.example.com"), name="gx")
    mesh += gateway(server("*", port={**HTTPS, "number": 80}, tls={"mode": "SIMPLE", "credentialName": "c"}), name="gy")
    mesh += bound({"route": [to()]}) + virtual_service(
        {"route": [to()]}, hosts=("b.example.com",), gateways=["gx"], name="b"
    )
    found = tables(graph_of(mesh), router())
    assert list(found) == ["http.80"]
    assert {host.name for host in found["http.80"].virtual_hosts} == {"a.example.com:80", "b.example.com:80"}


def test_a_port_of_the_gateways_service_is_where_it_listens() -> None:
    """A Gateway names the Service's port; the proxy listens on its target."""
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: ingress, namespace: istio-system}\nspec: "
    service += (
        "{clusterIP: 10.0.0.9, selector: {istio: ingressgateway}, ports: [{port: 80, name: http, targetPort: 8080}]}\n"
    )
    mesh = SERVICE + service + gateway(server("*")) + bound({"route": [to()]})
    assert [host.name for host in tables(graph_of(mesh), router())["http.8080"].virtual_hosts] == ["a.example.com:80"]


def test_other_proxies_are_not_concerned() -> None:
    """A proxy whose labels the selector does not select has no tables; a sidecar obeys no gateway's routes."""
    mesh = SERVICE + gateway(server("*")) + bound({"route": [to(subset="v")]})
    assert tables(graph_of(mesh), router(app="other")) == {}
    (found,) = routes(mesh, scope=sidecar())
    assert found.route.cluster == "outbound|80||a.example.com"


def test_conditions_on_gateways_and_ports_are_decided_here() -> None:
    """A match may be for one gateway of several, or for a server's port."""
    mesh = SERVICE + gateway(server("*"), server("*", port={**HTTP, "number": 81, "name": "h2"}))
    mesh += virtual_service(
        {"match": [{"gateways": ["gw"], "port": 81, "uri": {"prefix": "/81"}}], "route": [to()]},
        {"match": [{"gateways": ["mesh"]}], "route": [to(subset="mesh")]},
        {"match": [{"gateways": ["default/gw"], "uri": {"prefix": "/gw"}}], "route": [to()]},
        gateways=["mesh", "gw"],
    )
    found = tables(graph_of(mesh), router())
    prefixes = {name: [route.match.prefix for route in found[name].virtual_hosts[0].routes] for name in found}
    assert prefixes == {"http.80": ["/gw"], "http.81": ["/81", "/gw"]}
    assert routes(mesh)[0].route.cluster == "outbound|80|mesh|a.example.com"
