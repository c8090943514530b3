"""What the analyzers say of policies, Telemetries, EnvoyFilters, and routes by claims."""

from __future__ import annotations

import pytest

from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.stages.analyze import findings
from pipeline.stages.analyze.few import MOST_NAMED
from tests.analyze.meshes import document, graph_of, pod, resources, said

GROUPS = {
    "AuthorizationPolicy": "security.istio.io/v1",
    "RequestAuthentication": "security.istio.io/v1",
    "PeerAuthentication": "security.istio.io/v1",
    "Telemetry": "telemetry.istio.io/v1",
    "WasmPlugin": "extensions.istio.io/v1alpha1",
    "TrafficExtension": "extensions.istio.io/v1alpha1",
    "EnvoyFilter": "networking.istio.io/v1alpha3",
    "ProxyConfig": "networking.istio.io/v1beta1",
}
EXTRA = {"WasmPlugin": ", url: a.com/b", "TrafficExtension": ", lua: {inlineCode: a}"}
APP = "selector: {matchLabels: {app: a}}"


def policy(kind: str, spec: str = "", *, name: str = "p", namespace: str = "default") -> str:
    """Return an object of a kind of policies, its spec as the inside of a flow mapping."""
    head = f"---\napiVersion: {GROUPS[kind]}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
    return f"{head}spec: {{{spec}{EXTRA.get(kind, '') if spec else EXTRA.get(kind, '')[2:]}}}\n"


def namespace(name: str, labels: str = "{}") -> str:
    """Return a Namespace."""
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}\n"


def codes(*texts: str) -> list[str]:
    """Return the codes of the findings."""
    return [code for code, _, _ in said(*texts)]


@pytest.mark.parametrize("kind", [kind for kind in GROUPS if kind not in {"Telemetry", "EnvoyFilter"}])
def test_a_selector_that_selects_nobody_is_told_where_workloads_are_known(kind: str) -> None:
    """IST0127, at the selector; without workloads, nobody can know."""
    chosen = policy(kind, APP)
    assert not codes(chosen)
    assert said(chosen, pod("x", "{app: b}")) == [("IST0127", f"{kind} default/p", "spec.selector")]
    assert not codes(chosen, pod("x", "{app: a}"))
    assert not codes(chosen, pod("x", "{app: b}", namespace="other"))
    assert not codes(policy(kind), pod("x", "{app: b}"))


def test_a_selector_in_the_root_namespace_is_for_the_whole_mesh() -> None:
    """Also where the mesh's settings say which that is."""
    chosen = policy("AuthorizationPolicy", APP, namespace="istio-system")
    assert not codes(chosen, pod("x", "{app: a}"))
    assert codes(chosen, pod("x", "{app: b}")) == ["IST0127"]
    root = policy("AuthorizationPolicy", APP, namespace="root")
    settings = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "rootNamespace: root"}
"""
    other = pod("z", "{app: b}", namespace="root")
    assert codes(root, pod("x", "{app: a}"), other) == ["IST0127"]
    assert not codes(root, pod("x", "{app: a}"), other, settings)


@pytest.mark.parametrize(
    "kind", ["AuthorizationPolicy", "RequestAuthentication", "Telemetry", "WasmPlugin", "TrafficExtension"]
)
def test_a_selector_does_not_count_at_a_gateway_of_the_gateway_api(kind: str) -> None:
    """IST0166: the policy must name the Gateway."""
    proxy = pod("x", "{app: a, gateway.networking.k8s.io/gateway-name: edge}")
    assert said(policy(kind, APP), proxy) == [("IST0166", f"{kind} default/p", "spec.selector")]
    assert not codes(policy(kind, APP), pod("x", "{app: a}"))


def test_namespaces_of_sources_are_missed_where_namespaces_are_known() -> None:
    """IST0101 at the entry; patterns match, whatever their case."""
    rules = "rules: [{from: [{source: {namespaces: [prod, 'pr*', '*od', '*', gone], notNamespaces: [PROD, prd]}}]}]"
    chosen = policy("AuthorizationPolicy", rules)
    assert not codes(chosen)
    at = "spec.rules[0].from[0].source"
    assert said(chosen, namespace("prod")) == [
        ("IST0101", "AuthorizationPolicy default/p", f"{at}.namespaces[4]"),
        ("IST0101", "AuthorizationPolicy default/p", f"{at}.notNamespaces[1]"),
    ]


def test_telemetries_that_select_the_same_workload_are_told() -> None:
    """IST0159 at both; a selector that selects nobody is IST0101."""
    one, two = policy("Telemetry", APP), policy("Telemetry", "selector: {matchLabels: {v: '1'}}", name="q")
    assert not codes(one, two)
    assert codes(one, two, pod("x", "{app: a, v: '1'}")) == ["IST0159", "IST0159"]
    assert not codes(one, two, pod("x", "{app: a}"), pod("z", "{v: '1'}"))
    assert said(one, pod("x", "{app: b}")) == [("IST0101", "Telemetry default/p", "spec.selector")]


def test_telemetries_without_selector_are_told() -> None:
    """IST0160 at each of a namespace; one with a target is for that alone."""
    assert codes(policy("Telemetry"), policy("Telemetry", name="q")) == ["IST0160", "IST0160"]
    assert not codes(policy("Telemetry"), policy("Telemetry", name="q", namespace="other"))
    target = "targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: a}]"
    assert not codes(policy("Telemetry"), policy("Telemetry", target, name="q"))


def test_an_access_log_without_provider_is_told_where_the_mesh_has_none() -> None:
    """IST0157, as the mesh's settings say."""
    logging = policy("Telemetry", "accessLogging: [{}, {providers: [{name: a}]}]")
    assert said(logging) == [("IST0157", "Telemetry default/p", "spec.accessLogging[0]")]
    settings = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "defaultProviders: {accessLogging: [envoy]}"}
"""
    assert not codes(logging, settings)


def patch(operation: str, apply_to: str, *, name: str = "p", version: str = "", more: str = "") -> str:
    """Return an EnvoyFilter with one patch of the filter `f`."""
    match = f"match: {{proxy: {{proxyVersion: '{version}'}}}}, " if version else ""
    entry = f"{{applyTo: {apply_to}, {match}patch: {{operation: {operation}, value: {{name: f}}}}}}"
    return policy("EnvoyFilter", f"configPatches: [{entry}]{more}", name=name)


@pytest.mark.parametrize(
    ("operation", "apply_to", "expected"),
    [
        ("ADD", "CLUSTER", []),
        ("MERGE", "HTTP_ROUTE", []),
        ("INSERT_FIRST", "HTTP_FILTER", []),
        ("ADD", "HTTP_ROUTE", ["IST0153"]),
        ("ADD", "ROUTE_CONFIGURATION", ["IST0153"]),
        ("REMOVE", "HTTP_ROUTE", ["IST0154"]),
        ("REMOVE", "ROUTE_CONFIGURATION", ["IST0154"]),
        ("REPLACE", "CLUSTER", ["IST0152"]),
        ("REPLACE", "HTTP_FILTER", ["IST0151"]),
        ("REMOVE", "HTTP_FILTER", ["IST0151"]),
        ("INSERT_BEFORE", "HTTP_FILTER", ["IST0151"]),
        ("INSERT_AFTER", "NETWORK_FILTER", ["IST0151"]),
    ],
)
def test_operations_that_do_nothing_or_have_no_order_are_told(
    operation: str, apply_to: str, expected: list[str]
) -> None:
    """IST0152 to IST0154 for what does nothing, IST0151 for what depends on an order."""
    assert codes(patch(operation, apply_to)) == expected


def test_a_priority_says_the_order_and_versions_make_it_worse() -> None:
    """IST0155 where another patch of the same name is for some versions only."""
    one, other = patch("INSERT_BEFORE", "HTTP_FILTER"), patch("MERGE", "HTTP_FILTER", name="q", version="1")
    assert not codes(patch("INSERT_BEFORE", "HTTP_FILTER", more=", priority: 5"))
    assert said(one, other) == [("IST0155", "EnvoyFilter default/p", "spec.configPatches[0]")]
    assert codes(patch("INSERT_BEFORE", "HTTP_FILTER", version="1")) == ["IST0151"], "its own version is no other"


ROUTES = document(
    "VirtualService",
    "vs",
    """  hosts: [a.example.com]
  gateways: [gw]
  http:
  - match: [{headers: {"@request.auth.claims.group": {exact: a}}}]
    route: [{destination: {host: a.example.com}}]""",
)
GATEWAY = document(
    "Gateway",
    "gw",
    """  selector: {istio: edge}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example.com]}]""",
)
ENTRY = document(
    "ServiceEntry",
    "a",
    "  hosts: [a.example.com]\n  ports: [{number: 80, name: http, protocol: HTTP}]\n  resolution: DNS",
)


@pytest.mark.parametrize(
    ("authentication", "expected"),
    [
        ("", ["IST0149"]),
        (policy("RequestAuthentication", "jwtRules: [{issuer: a}]", namespace="edge"), []),
        (policy("RequestAuthentication", "jwtRules: [{issuer: a}]", namespace="istio-system"), []),
        (policy("RequestAuthentication", "selector: {matchLabels: {istio: edge}}", namespace="edge"), []),
        (
            policy("RequestAuthentication", "selector: {matchLabels: {istio: other}}", namespace="istio-system"),
            ["IST0149"],
        ),
        (policy("RequestAuthentication", "jwtRules: [{issuer: a}]", namespace="default"), ["IST0149"]),
    ],
)
def test_a_route_by_claims_needs_somebody_who_verifies_tokens(authentication: str, expected: list[str]) -> None:
    """IST0149, at the header, for a gateway with a proxy that no RequestAuthentication is for."""
    proxy = pod("edge-1", "{istio: edge}", namespace="edge")
    texts = (ROUTES, GATEWAY, ENTRY, *([authentication] if authentication else []))
    assert [code for code in codes(*texts, proxy) if code != "IST0127"] == expected
    assert not [code for code in codes(*texts) if code == "IST0149"], "no proxy is known"


def test_of_many_proxies_without_anybody_who_verifies_tokens_some_are_named() -> None:
    """A gateway is told of once, with a few of its proxies."""
    proxies = [pod(f"edge-{number}", "{istio: edge}", namespace="edge") for number in range(40)]
    graph = graph_of(ROUTES, GATEWAY, ENTRY, *proxies)
    (one,) = (one for key in resources(ROUTES) for one in graph.derive(findings, key) if one.code == "IST0149")
    assert len(one.related) == MOST_NAMED
    assert " and others (gateway " in one.message


def test_a_sidecar_in_ambient_mode_is_told() -> None:
    """IST0167, for a namespace or for a workload."""
    egress = "egress: [{hosts: ['./*']}]"
    whole = document("Sidecar", "s", "  egress: [{hosts: ['./*']}]")
    assert codes(whole, namespace("default", "{istio.io/dataplane-mode: ambient}")) == ["IST0167"]
    assert not codes(whole, namespace("default"))
    chosen = document("Sidecar", "s", f"  workloadSelector: {{labels: {{app: a}}}}\n  {egress}")
    assert codes(chosen, pod("x", "{app: a, istio.io/dataplane-mode: ambient}")) == ["IST0167"]
    assert not codes(chosen, pod("x", "{app: a}"))


def test_an_edit_of_a_policy_costs_the_findings_that_read_it() -> None:
    """A Telemetry that goes takes the finding of the other with it, and touches no policy of another namespace."""
    one, two = policy("Telemetry"), policy("Telemetry", name="q")
    graph: Graph = graph_of(one, two, policy("Telemetry", namespace="other"))
    keys = [Key("Telemetry", "default", "p"), Key("Telemetry", "other", "p")]
    for key in keys:
        graph.observe(findings, key)
    graph.settle()
    assert [one.code for one in graph.derive(findings, keys[0])] == ["IST0160"]
    graph.apply(dict.fromkeys(resources(two)))
    assert graph.settle() == [(findings, keys[0])]
    assert graph.derive(findings, keys[0]) == ()
