"""Which VirtualService a sidecar obeys, for which hosts and ports."""

from __future__ import annotations

from typing import Any

from pipeline.model.key import Key
from tests.proxy.routes.builders import document, entry, graph_of, routes, sidecar, table, tables, to, virtual_service

SERVICE = entry("a.example.com")
OLD = {"creationTimestamp": "2020-01-01T00:00:00Z"}
NEW = {"creationTimestamp": "2024-01-01T00:00:00Z"}


def subset(text: str, host: str = "a.example.com:80", **more: Any) -> str:  # noqa: ANN401  JSON values
    """The subset to which the only route of a host leads."""
    (found,) = routes(text, host, **more)
    return str(found.route.cluster.split("|")[2])


def serves(name: str, subset: str, host: str = "a.example.com", **more: Any) -> str:  # noqa: ANN401  JSON values
    """A VirtualService that sends a host to a subset of a.example.com."""
    return virtual_service({"route": [to(subset=subset)]}, name=name, hosts=(host,), **more)


def test_the_oldest_wins_alone() -> None:
    """Two VirtualServices for one host are not merged in a sidecar; ties are broken by name."""
    assert subset(SERVICE + serves("a", "new", metadata=NEW) + serves("b", "old", metadata=OLD)) == "old"
    assert subset(SERVICE + serves("b", "b") + serves("a", "a")) == "a"


def test_one_without_a_route_that_holds_makes_way() -> None:
    """A VirtualService that says nothing to this client leaves the host to the next, or to the service."""
    elsewhere = {"match": [{"sourceLabels": {"app": "x"}}], "route": [to(subset="x")]}
    old = virtual_service(elsewhere, name="o", metadata=OLD)
    assert subset(SERVICE + old + serves("n", "new", metadata=NEW)) == "new"
    assert subset(SERVICE + old) == ""
    assert subset(SERVICE + old, scope=sidecar(labels={"app": "x"})) == "x"


def test_the_most_specific_host_wins() -> None:
    """A host by name, else the longest wildcard, whatever the age."""
    mesh = SERVICE + serves("w", "wide", "*.com", metadata=OLD) + serves("n", "narrow", "*.example.com", metadata=NEW)
    assert subset(mesh) == "narrow"
    assert subset(mesh + serves("e", "exact", metadata=NEW)) == "exact"
    assert subset(SERVICE + entry("b.org") + serves("w", "wide", "*.com"), "b.org:80") == ""


def test_a_wildcard_does_not_cover_its_own_suffix() -> None:
    """`*.example.com` is not for `example.com`."""
    assert subset(entry("example.com") + serves("w", "wide", "*.example.com"), "example.com:80") == ""


def test_export_to_keeps_a_virtual_service_at_home() -> None:
    """`.` is its own namespace, `*` all, a name that one; the mesh may set another default."""
    private = SERVICE + serves("a", "v", exportTo=["."], metadata={"namespace": "other"})
    assert subset(private) == ""
    assert subset(private, scope=sidecar("other")) == "v"
    assert subset(SERVICE + serves("a", "v", exportTo=["default"], metadata={"namespace": "other"})) == "v"


def test_a_private_virtual_service_comes_before_an_older_public_one() -> None:
    """The namespace's own private ones, then those exported to it, then public ones; age counts among equals."""
    public = serves("a", "public", metadata=OLD)
    named = serves("b", "named", exportTo=["default"], metadata={**NEW, "namespace": "other"})
    private = serves("c", "private", exportTo=["."], metadata=NEW)
    assert subset(SERVICE + public + named) == "named"
    assert subset(SERVICE + public + named + private) == "private"
    assert subset(SERVICE + public + named + private, scope=sidecar("third")) == "public"


def test_gateways_are_not_the_mesh() -> None:
    """Without `gateways` a VirtualService is for sidecars; with them, only where `mesh` is among them."""
    assert subset(SERVICE + serves("a", "v", gateways=["gw"])) == ""
    assert subset(SERVICE + serves("a", "v", gateways=["gw", "mesh"])) == "v"


def test_a_short_host_is_of_the_virtual_services_namespace() -> None:
    """`reviews` is `reviews.NAMESPACE.svc.cluster.local`; a dotted name is complete."""
    host = "reviews.prod.svc.cluster.local"
    short = virtual_service({"route": [to("reviews", subset="v")]}, hosts=("reviews",), metadata={"namespace": "prod"})
    assert subset(entry(host) + short, f"{host}:80") == "v"


def test_a_host_without_a_service_is_served_on_port_80_only() -> None:
    """Elsewhere it needs to share its VirtualService with a service of that port."""
    alone = virtual_service({"route": [to()]}, hosts=("www.example.org",))
    found = table(SERVICE + alone)
    assert list(found["www.example.org:80"].domains) == ["www.example.org"]
    other = entry("b.example.com", port=8080)
    assert "www.example.org:8080" not in table(other + alone, "8080")
    together = virtual_service({"route": [to()]}, hosts=("www.example.org", "b.example.com"))
    assert "www.example.org:8080" in table(other + together, "8080")


def test_a_wildcard_that_covers_a_service_has_no_virtual_host_of_its_own() -> None:
    """Its routes are the service's."""
    found = table(SERVICE + serves("w", "v", "*.example.com"))
    assert set(found) == {"a.example.com:80", "allow_any"}
    assert "*.example.org:80" in table(SERVICE + serves("w", "v", "*.example.org"))


def test_a_port_that_is_no_http_has_no_routes() -> None:
    """TCP ports are the listeners' affair; a port to be found out has routes, and a table of its own."""
    ports = [{"number": 80, "name": "a", "protocol": "TCP"}, {"number": 81, "name": "b"}]
    mesh = document("ServiceEntry", "s", {"hosts": ["s.com"], "ports": ports, "resolution": "STATIC"})
    found = tables(graph_of(mesh), sidecar())
    assert set(found) == {"81", "s.com:81"}
    assert [(host.name, list(host.domains)) for host in found["s.com:81"].virtual_hosts] == [("s.com:81", ["*"])]


def test_what_nobody_serves_passes_or_is_refused() -> None:
    """The mesh's policy, unless the Sidecar has its own; a refusal is 502."""
    config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
    closed = config + 'spec: {data: {mesh: "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}}\n'
    assert table(SERVICE)["allow_any"].routes[0].route.cluster == "PassthroughCluster"
    assert table(SERVICE + closed)["block_all"].routes[0].direct_response.status == 502
    own = {"outboundTrafficPolicy": {"mode": "ALLOW_ANY", "egressProxy": to("egress", port=9)["destination"]}}
    scope = sidecar(chosen=Key("Sidecar", "default", "s"))
    found = table(SERVICE + closed + document("Sidecar", "s", own), scope=scope)
    assert found["allow_any"].routes[0].route.cluster == "outbound|9||egress.default.svc.cluster.local"


def test_a_sidecars_listener_shows_its_own_hosts_and_routes() -> None:
    """What an egress listener does not name is not there, VirtualServices included; a port has its own listener."""
    spec = {
        "egress": [
            {"port": {"number": 8080, "protocol": "HTTP", "name": "h"}, "hosts": ["*/b.example.com"]},
            {"hosts": ["./*"]},
        ]
    }
    mesh = SERVICE + entry("b.example.com", port=8080, namespace="other") + entry("c.example.com", namespace="other")
    mesh += serves("c", "v", "c.example.com", metadata={"namespace": "other"}) + document("Sidecar", "s", spec)
    found = tables(graph_of(mesh), sidecar(chosen=Key("Sidecar", "default", "s")))
    assert set(found) == {"80", "8080"}
    assert [host.name for host in found["80"].virtual_hosts] == ["a.example.com:80", "allow_any"]
    assert [host.name for host in found["8080"].virtual_hosts] == ["b.example.com:8080", "allow_any"]


def test_a_proxy_port_serves_all_ports() -> None:
    """There the port of the Host header tells the services apart; without one it is 80."""
    spec = {"egress": [{"port": {"number": 3128, "protocol": "HTTP_PROXY", "name": "p"}, "hosts": ["*/*"]}]}
    ports = [{"number": 80, "name": "a", "protocol": "HTTP"}, {"number": 81, "name": "b", "protocol": "HTTP"}]
    mesh = document("ServiceEntry", "s", {"hosts": ["s.com"], "ports": ports, "resolution": "STATIC"})
    config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
    proxied = mesh + config + 'spec: {data: {mesh: "proxyHttpPort: 15002"}}\n'
    found = tables(graph_of(proxied), sidecar())["http_proxy"]
    domains = {host.name: list(host.domains) for host in found.virtual_hosts}
    assert domains["s.com:80"] == ["s.com", "s.com.", "s.com:80", "s.com.:80"]
    assert domains["s.com:81"] == ["s.com:81", "s.com.:81"]
    assert not found.ignore_port_in_host_matching
    scope = sidecar(chosen=Key("Sidecar", "default", "s"))
    assert "3128" in tables(graph_of(mesh + document("Sidecar", "s", spec)), scope)
