"""Ingresses as traffic: which are ours, what a host of several comes to, and that edits leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from envoy.config.route.v3.route_components_pb2 import Route
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.derive import Graph, View
from pipeline.model.key import Key
from pipeline.stages.ingress_class import is_served
from proxy.ref import Ref
from proxy.scope import Scope
from proxy.translate.virtual_hosts import virtual_host_refs
from tests.proxy.routes.builders import hosts, resources, router, tables
from tests.proxy.routes.test_incremental import CountingGraph

OURS = {"kubernetes.io/ingress.class": "istio"}
SERVED = "outbound|80||{}.{}.svc.cluster.local"


def ingress(*rules: dict[str, Any], name: str = "web", namespace: str = "shop", **more: Any) -> str:  # noqa: ANN401  JSON values
    """An Ingress of ours as YAML; `annotations`, `created` and fields of the spec may be given."""
    metadata = {
        "name": name,
        "namespace": namespace,
        "annotations": more.pop("annotations", OURS),
        "creationTimestamp": more.pop("created", ""),
    }
    spec = {**({"rules": list(rules)} if rules else {}), **more}
    content = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}
    return f"---\n{yaml.safe_dump(content)}"


def rule(host: str, *paths: tuple[str, str, str]) -> dict[str, Any]:
    """A rule of a host: each path, its type, its service."""
    found = [{"path": path, "pathType": kind, "backend": to(service)} for path, kind, service in paths]
    return {"host": host, "http": {"paths": found}}


def to(service: str, port: int = 80) -> dict[str, Any]:
    """A backend."""
    return {"service": {"name": service, "port": {"number": port}}}


def mesh(mode: str = "STRICT", ingress_class: str = "istio", **more: str) -> str:
    """A ConfigMap with the mesh's settings."""
    text = yaml.safe_dump({"ingressControllerMode": mode, "ingressClass": ingress_class, **more})
    return f"---\n{yaml.safe_dump(config_map(text))}"


def config_map(text: str) -> dict[str, Any]:
    """A ConfigMap that holds a MeshConfig; the builder of resources takes its content from `spec`."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "istio", "namespace": "istio-system"},
        "spec": {"data": {"mesh": text}},
    }


def ingress_class(name: str, controller: str) -> str:
    """An IngressClass."""
    metadata = {"name": name, "namespace": ""}
    content = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": metadata}
    return f"---\n{yaml.safe_dump({**content, 'spec': {'controller': controller}})}"


def graph_of(text: str) -> Graph:
    """The graph of a mesh."""
    graph = Graph()
    graph.apply(resources(text))
    return graph


def places(graph: Graph, host: str, table: str = "http.80") -> list[tuple[str, str]]:
    """The paths of a host on the gateway and where each goes."""
    found = tables(graph, router())
    served = {each.name: each for each in found[table].virtual_hosts} if table in found else {}
    port = 80 if table == "http.80" else 443
    name = f"{host}:{port}"
    return [(_path(route), route.route.cluster or str(route.direct_response.status)) for route in served[name].routes]


def served_hosts(graph: Graph) -> set[str]:
    """The virtual hosts of plain HTTP."""
    return {name.rpartition("/")[2] for name in hosts(graph, router()) if name.startswith("http.80/")}


def _path(route: Route) -> str:
    return str(getattr(route.match, route.match.WhichOneof("path_specifier")))


SHOP = ingress(rule("a.example.com", ("/", "Prefix", "web")))


@pytest.mark.parametrize(
    ("settings_text", "text", "ours"),
    [
        ("", ingress(rule("a.example.com", ("/", "Prefix", "web"))), True),
        ("", ingress(annotations={}, defaultBackend=to("web")), False),
        ("", ingress(annotations={"kubernetes.io/ingress.class": "nginx"}, defaultBackend=to("web")), False),
        ("", ingress(annotations={}, ingressClassName="mesh", defaultBackend=to("web")), True),
        ("", ingress(annotations={}, ingressClassName="foreign", defaultBackend=to("web")), False),
        ("", ingress(annotations={}, ingressClassName="absent", defaultBackend=to("web")), False),
        (mesh("DEFAULT"), ingress(annotations={}, defaultBackend=to("web")), True),
        (mesh("DEFAULT"), ingress(annotations={}, ingressClassName="foreign", defaultBackend=to("web")), False),
        (mesh("DEFAULT"), ingress(annotations={"kubernetes.io/ingress.class": "x"}, defaultBackend=to("web")), False),
        (mesh("OFF"), ingress(defaultBackend=to("web")), False),
        (mesh("OFF"), ingress(annotations={}, ingressClassName="mesh", defaultBackend=to("web")), False),
        (mesh(ingress_class="edge"), ingress(defaultBackend=to("web")), False),
        (
            mesh(ingress_class=""),
            ingress(annotations={"kubernetes.io/ingress.class": ""}, defaultBackend=to("w")),
            True,
        ),
    ],
)
def test_the_class_decides_whose_an_ingress_is(settings_text: str, text: str, ours: bool) -> None:  # noqa: FBT001  a column of the table
    """By annotation, by IngressClass, by the mode; as Istio does."""
    classes = ingress_class("mesh", "istio.io/ingress-controller") + ingress_class("foreign", "example.com/other")
    graph = graph_of(settings_text + classes + text)
    assert graph.derive(is_served, Key("Ingress", "shop", "web")) is ours
    assert bool(tables(graph, router())) is ours


def test_the_mesh_says_which_proxies_serve_ingresses() -> None:
    """`ingressSelector`, else `ingressService`, else Istio's own gateway."""
    edge = router(istio="edge")
    assert not tables(graph_of(SHOP), edge)
    assert tables(graph_of(mesh(ingressSelector="edge") + SHOP), edge)
    assert tables(graph_of(mesh(ingressService="edge") + SHOP), edge)
    assert tables(graph_of(mesh(ingressService="istio-ingressgateway") + SHOP), router())


def test_ingresses_of_a_host_are_one_list_of_paths() -> None:
    """The longest path first, of equal ones the exact one, then the oldest Ingress; each to its own namespace."""
    old = ingress(rule("a.example.com", ("/", "Prefix", "web"), ("/b/", "Prefix", "b")), created="2020-01-01T00:00:00Z")
    new = ingress(
        rule("a.example.com", ("/", "Prefix", "no"), ("/b", "Exact", "exact"), ("/b/longer", "Prefix", "longer")),
        name="a",
        namespace="other",
        created="2021-01-01T00:00:00Z",
    )
    assert places(graph_of(new + old), "a.example.com") == [
        ("/b/longer", SERVED.format("longer", "other")),
        ("/b", SERVED.format("exact", "other")),
        ("/b", SERVED.format("b", "shop")),
        ("/", SERVED.format("web", "shop")),
    ]


def test_what_no_path_takes_goes_to_the_default_backend() -> None:
    """On the Ingress' own hosts, and on hosts that nobody has."""
    graph = graph_of(ingress(rule("a.example.com", ("/a", "Prefix", "web")), defaultBackend=to("rest")))
    rest = ("/", SERVED.format("rest", "shop"))
    assert places(graph, "a.example.com") == [("/a", SERVED.format("web", "shop")), rest]
    assert places(graph, "*") == [rest]


def test_named_ports_are_those_of_the_service() -> None:
    """A name that the Service gains later counts from then on; until then the path answers 503."""
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    paths = [{"path": "/a", "pathType": "Prefix", "backend": backend}]
    graph = graph_of(ingress({"host": "a.example.com", "http": {"paths": paths}}))
    assert places(graph, "a.example.com") == [("/a", "503")]
    spec = {"clusterIP": "10.0.0.1", "ports": [{"name": "http", "port": 8000}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}
    graph.apply(resources(yaml.safe_dump(service)))
    assert places(graph, "a.example.com") == [("/a", "outbound|8000||web.shop.svc.cluster.local")]


def test_every_entry_of_tls_is_a_server_of_its_own() -> None:
    """With the Secret that it names; one without a Secret is none."""
    rules = [rule(f"{name}.example.com", ("/", "Prefix", name)) for name in "abc"]
    secrets = [{"hosts": [f"{name}.example.com"], "secretName": name} for name in "ab"]
    graph = graph_of(ingress(*rules, tls=[*secrets, {"hosts": ["c.example.com"]}]))
    name = "https.443.https-443-ingress-web-shop-{}.web-istio-autogenerated-k8s-ingress-shop.istio-system"
    assert set(tables(graph, router())) == {"http.80", name.format(0), name.format(1)}
    assert places(graph, "b.example.com", name.format(1)) == [("/", SERVED.format("b", "shop"))]


def test_a_host_that_an_edit_takes_out_is_gone() -> None:
    """Also where the Ingress that goes, or changes its class, is the first of the host's."""
    both = ingress(rule("a.example.com", ("/a", "Prefix", "web")), rule("b.example.com", ("/", "Prefix", "web")))
    other = ingress(rule("a.example.com", ("/z", "Prefix", "z")), name="z")
    graph = graph_of(both + other)
    assert served_hosts(graph) == {"a.example.com", "b.example.com"}
    graph.apply(resources(ingress(rule("a.example.com", ("/a", "Prefix", "web")))))
    assert served_hosts(graph) == {"a.example.com"}
    foreign = ingress(rule("a.example.com", ("/a", "Prefix", "web")), annotations={})
    graph.apply(resources(foreign))
    assert places(graph, "a.example.com") == [("/z", SERVED.format("z", "shop"))]
    graph.apply({Key("Ingress", "shop", "z"): None})
    assert not tables(graph, router())


def test_what_is_made_of_an_ingress_leads_back_to_it() -> None:
    """Whoever asks what a virtual host was made of finds the Ingress that somebody wrote."""
    graph = graph_of(SHOP)
    refs = [ref for ref in graph.derive(_refs, router()) if ref.name == "http.80/a.example.com"]
    assert Key("Ingress", "shop", "web") in graph.reads(refs[0].rule, refs[0].key)


def test_a_user_may_route_on_the_gateway_of_an_ingress() -> None:
    """Its name is Istio's, and a VirtualService may name it."""
    spec = {
        "hosts": ["mine.example.com"],
        "gateways": ["istio-system/web-istio-autogenerated-k8s-ingress-shop"],
        "http": [{"route": [{"destination": {"host": "mine.shop.svc.cluster.local", "port": {"number": 80}}}]}],
    }
    own = {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "mine"}, "spec": spec}
    assert served_hosts(graph_of(SHOP + "---\n" + yaml.safe_dump(own))) == {"a.example.com", "mine.example.com"}


def test_an_edit_of_one_path_makes_one_virtual_host() -> None:
    """Of 50 Ingresses, the host that is edited is made again, and no other."""
    graph = CountingGraph()
    graph.apply(resources("".join(_numbered(number, "web") for number in range(50))))
    graph.observe(_bodies, router())
    graph.settle()
    graph.runs.clear()
    graph.apply(resources(_numbered(7, "new")))
    graph.settle()
    assert graph.runs["routes_at"] == 1
    assert graph.runs["ingress_virtual_service"] == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y"]), st.sampled_from(["", "/p", "/q"]), st.booleans()),
        max_size=8,
    )
)
def test_edits_end_where_a_fresh_start_would(edits: list[tuple[str, str, str, bool]]) -> None:
    """After any edits in any order, of hosts, paths, classes and deletions."""
    graph = Graph()
    graph.observe(_bodies, router())
    left: dict[Key, Any] = {}
    for name, host, path, ours in edits:
        key = Key("Ingress", "shop", name)
        text = ingress(rule(f"{host}.example.com", (path, "Prefix", name)), name=name, annotations=OURS if ours else {})
        left[key] = resources(text)[key] if path else None
        graph.apply({key: left[key]})
        graph.settle()
    fresh = Graph()
    fresh.apply(left)
    assert graph.derive(_bodies, router()) == fresh.derive(_bodies, router())


def _numbered(number: int, service: str) -> str:
    return ingress(rule(f"h{number}.example.com", ("/", "Prefix", service)), name=f"i{number}")


def _refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    return virtual_host_refs(view, scope)


def _bodies(view: View, scope: Scope) -> tuple[tuple[str, bytes], ...]:
    return tuple((ref.name, view.derive(ref.rule, ref.key).body) for ref in virtual_host_refs(view, scope))
