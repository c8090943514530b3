"""What the analyzers say of VirtualServices."""

from __future__ import annotations

import pytest

from pipeline.model.diagnostic import Severity
from pipeline.model.key import Key
from pipeline.stages.analyze import findings
from tests.analyze.meshes import document, graph_of, said, service


def virtual_service(name: str, rest: str, *, namespace: str = "default", hosts: str = "[a.example]") -> str:
    """Return a VirtualService."""
    return document("VirtualService", name, f"  hosts: {hosts}\n{rest}", namespace=namespace)


def to(host: str, *, more: str = "") -> str:
    """Return an HTTP route to a destination."""
    return f"  http: [{{route: [{{destination: {{host: {host}{more}}}}}]}}]\n"


def entry(host: str, *, name: str = "entry", namespace: str = "default", export_to: str = '["*"]') -> str:
    """Return a ServiceEntry with one HTTP port."""
    spec = f"  hosts: ['{host}']\n  exportTo: {export_to}\n  ports: [{{number: 80, name: http, protocol: HTTP}}]\n"
    return document("ServiceEntry", name, spec + "  resolution: NONE", namespace=namespace)


def test_a_missing_host_is_an_error_at_its_line_with_a_hint() -> None:
    """IST0101 names the host, points at it, and suggests the one that was probably meant."""
    graph = graph_of(service("reviews"), virtual_service("a", to("reveiws")))
    (found,) = graph.derive(findings, Key("VirtualService", "default", "a"))
    assert (found.code, found.severity) == ("IST0101", Severity.ERROR)
    assert found.path == "spec.http[0].route[0].destination.host"
    assert "'reveiws'" in found.message
    assert "reviews.default.svc.cluster.local" in found.hint
    assert found.origin.line > 1


@pytest.mark.parametrize(
    ("mesh", "host"),
    [
        (service("reviews"), "reviews"),
        (service("reviews"), "reviews.default.svc.cluster.local"),
        (service("reviews", namespace="other"), "reviews.other.svc.cluster.local"),
        (service("reviews"), "REVIEWS"),
        (entry("*.example.com"), "a.b.example.com"),
        (entry("*.example.com"), "'*.example.com'"),
        (entry("*.com"), "'*.example.com'"),
        (entry("*xample.com"), "example.com"),
        (entry("a.example.com", namespace="other", export_to="[default]"), "a.example.com"),
        (entry("a.example.com", export_to="['.']"), "a.example.com"),
        (entry("bare"), "bare"),
    ],
)
def test_a_host_that_is_there_is_no_finding(mesh: str, host: str) -> None:
    """Short names, names in full, wildcards, and hosts exported to the namespace are all found."""
    assert not said(mesh, virtual_service("a", to(host)))


@pytest.mark.parametrize(
    ("mesh", "host"),
    [
        (service("reviews", namespace="other"), "reviews"),
        (entry("a.example.com", namespace="other", export_to="['.']"), "a.example.com"),
        (entry("a.example.com", namespace="other", export_to="[third]"), "a.example.com"),
        (entry("*.example.com"), "example.com"),
        (service("a", metadata="  annotations: {networking.istio.io/exportTo: third}\n"), "a"),
    ],
)
def test_a_host_that_the_namespace_does_not_see_is_missing(mesh: str, host: str) -> None:
    """A host of another namespace under its short name, or not exported, is as good as not there."""
    assert [code for code, _, _ in said(mesh, virtual_service("a", to(host)))] == ["IST0101"]


def test_who_a_virtual_service_is_exported_to_must_see_its_hosts() -> None:
    """A rule for another namespace only is judged by what that namespace sees."""
    mesh = entry("a.example.com", export_to="['.']")
    exported = virtual_service("a", to("a.example.com") + "  exportTo: [other]\n")
    assert [code for code, _, _ in said(mesh, exported)] == ["IST0101"]


def test_mirrors_are_destinations_too() -> None:
    """A missing mirror host is IST0101 at the mirror."""
    route = "route: [{destination: {host: reviews}}], mirror: {host: gone}, mirrors: [{destination: {host: gone-too}}]"
    found = said(service("reviews"), virtual_service("a", f"  http: [{{{route}}}]\n"))
    paths = [path for _, _, path in found]
    assert paths == ["spec.http[0].mirror.host", "spec.http[0].mirrors[0].destination.host"]


def test_tcp_and_tls_routes_are_looked_at() -> None:
    """Destinations of routes of all three protocols are."""
    rest = "  tcp: [{route: [{destination: {host: x}}]}]\n"
    rest += "  tls: [{match: [{sniHosts: [a.example]}], route: [{destination: {host: z}}]}]\n"
    assert [path.split("[")[0] for _, _, path in said(virtual_service("a", rest))] == ["spec.tcp", "spec.tls"]


def test_ports_must_be_there_and_said_where_there_are_several() -> None:
    """IST0101 for a port that the host does not have, IST0112 for none where it has several."""
    mesh = service("one", 80), service("two", 80, 81)
    missing = said(*mesh, virtual_service("a", to("one", more=", port: {number: 9}")))
    assert missing == [("IST0101", "VirtualService default/a", "spec.http[0].route[0].destination.port.number")]
    unsaid = said(*mesh, virtual_service("a", to("two")))
    assert [code for code, _, _ in unsaid] == ["IST0112"]
    assert not said(*mesh, virtual_service("a", to("two", more=", port: {number: 81}")))


def test_a_subset_is_looked_for_in_the_rules_of_the_host() -> None:
    """IST0101 where no DestinationRule of the host has it; rules of a wildcard over it count."""
    rule = document("DestinationRule", "r", "  host: reviews\n  subsets: [{name: v1, labels: {version: v1}}]")
    wide = document("DestinationRule", "w", "  host: '*.default.svc.cluster.local'\n  subsets: [{name: v9}]")
    mesh = service("reviews"), rule, wide
    assert not said(*mesh, virtual_service("a", to("reviews", more=", subset: v1")))
    assert not said(*mesh, virtual_service("a", to("reviews", more=", subset: v9")))
    found = said(*mesh, virtual_service("a", to("reviews", more=", subset: v2")))
    assert found == [("IST0101", "VirtualService default/a", "spec.http[0].route[0].destination.subset")]


def gateway(name: str, hosts: str, *, namespace: str = "default") -> str:
    """Return a Gateway on port 80."""
    server = f"{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: {hosts}}}"
    return document("Gateway", name, f"  servers: [{server}]\n  selector: {{istio: {name}}}", namespace=namespace)


def test_gateways_are_there_and_take_a_host() -> None:
    """IST0101 for a Gateway that is missing, IST0132 for one that takes none of the hosts; `mesh` needs no Gateway."""
    mesh = service("reviews"), gateway("edge", "[b.example]"), gateway("far", "['*']", namespace="infra")
    rest = to("reviews")
    assert not said(*mesh, virtual_service("a", rest + "  gateways: [mesh, infra/far]\n"))
    assert [code for code, _, _ in said(*mesh, virtual_service("a", rest + "  gateways: [gone]\n"))] == ["IST0101"]
    found = said(*mesh, virtual_service("a", rest + "  gateways: [edge]\n"))
    assert found == [("IST0132", "VirtualService default/a", "spec.gateways[0]")]
    both = virtual_service("a", rest + "  gateways: [edge, mesh]\n", hosts="[reviews, b.example]")
    assert not said(*mesh, both), "one host of the gateway is enough: the other one is for the mesh"


@pytest.mark.parametrize(
    ("hosts", "code"),
    [("[./a.example]", "IST0132"), ("[default/a.example]", ""), ("['*/a.example']", ""), ("[other/*]", "IST0132")],
)
def test_a_gateways_hosts_may_be_for_some_namespaces(hosts: str, code: str) -> None:
    """`.` is the Gateway's own namespace, not the VirtualService's."""
    mesh = service("reviews"), gateway("far", hosts, namespace="infra")
    found = said(*mesh, virtual_service("a", to("reviews") + "  gateways: [infra/far]\n"))
    assert [one for one, _, _ in found] == ([code] if code else [])


def test_an_internal_gateway_is_not_called_missing() -> None:
    """IST0165: what Istio makes of the Gateway API's Gateways is not for VirtualServices."""
    bound = virtual_service("a", to("r") + "  gateways: [infra/edge-istio-autogenerated-k8s-gateway-http]\n")
    assert [code for code, _, _ in said(service("r"), bound)] == ["IST0165"]


def test_two_virtual_services_of_one_host_conflict_inside_the_mesh_only() -> None:
    """IST0109 for both; not on gateways, and not where nobody sees both."""
    mesh = service("reviews"), gateway("edge", "['*']")
    rest = to("reviews")
    both = virtual_service("a", rest), virtual_service("b", rest)
    codes = [(code, name) for code, name, _ in said(*mesh, *both)]
    assert codes == [("IST0109", "VirtualService default/a"), ("IST0109", "VirtualService default/b")]
    at_edge = virtual_service("b", rest + "  gateways: [edge]\n")
    assert not said(*mesh, virtual_service("a", rest), at_edge)
    apart = [virtual_service(name, rest + f"  exportTo: [{name}]\n") for name in ("one", "two")]
    assert not [code for code, _, _ in said(*mesh, *apart) if code == "IST0109"]


def test_delegates_claim_nothing() -> None:
    """VirtualServices without hosts conflict with nobody, and need none of a gateway's hosts."""
    mesh = service("reviews"), gateway("edge", "[b.example]")
    delegates = [document("VirtualService", name, to("reviews")) for name in ("a", "b")]
    assert not said(*mesh, *delegates)


def test_a_gateways_route_past_the_subsets_is_told() -> None:
    """IST0140 where the host's own VirtualService splits it by subsets, and is not bound to the gateway."""
    rule = document("DestinationRule", "r", "  host: ratings\n  subsets: [{name: v1, labels: {version: v1}}]")
    split = virtual_service("split", to("ratings", more=", subset: v1"), hosts="[ratings]")
    edge = virtual_service("edge", to("ratings") + "  gateways: [edge]\n")
    mesh = service("ratings"), gateway("edge", "['*']"), rule
    found = said(*mesh, split, edge)
    assert [(code, name) for code, name, _ in found] == [("IST0140", "VirtualService default/edge")]
    named = virtual_service("edge", to("ratings", more=", subset: v1") + "  gateways: [edge]\n")
    assert not said(*mesh, split, named)


def test_a_deprecated_field_is_told() -> None:
    """IST0002 for `fault.delay.percent`."""
    route = "{route: [{destination: {host: r}}], fault: {delay: {percent: 5, fixedDelay: 1s}}}"
    found = said(service("r"), virtual_service("a", f"  http: [{route}]\n"))
    assert found == [("IST0002", "VirtualService default/a", "spec.http[0].fault.delay.percent")]


def test_an_object_may_ask_for_silence() -> None:
    """`galley.istio.io/analyze-suppress` takes codes and patterns; other findings stay."""
    for value, silent in (("IST0101", True), ("'IST0109, IST01*'", True), ("'*'", True), ("IST0109", False)):
        head = f"  annotations: {{galley.istio.io/analyze-suppress: {value}}}\n"
        text = document("VirtualService", "a", "  hosts: [a.example]\n" + to("gone"), metadata=head)
        assert bool(said(text)) is not silent
