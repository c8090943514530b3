"""An edit costs what it touches, and any sequence of edits ends where a fresh start would."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from proxy.scope import Scope
from proxy.translate.routes import route_refs, vhds_route_refs
from proxy.translate.virtual_hosts import virtual_host_refs
from tests.proxy.routes.builders import document, entry, resources, router, sidecar, to, virtual_service

GATEWAY = document(
    "Gateway",
    "gw",
    {
        "selector": {"istio": "ingressgateway"},
        "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}],
    },
)
SCOPES = (sidecar(), sidecar("other", labels={"app": "x"}), router())


class CountingGraph(Graph):
    """A graph that keeps count of the rules that it runs."""

    def __init__(self) -> None:
        """Count from nothing."""
        super().__init__()
        self.runs: Counter[str] = Counter()

    def _run(self, node: Any) -> Any:  # noqa: ANN401  a node of any rule
        self.runs[node.rule.__name__] += 1
        return super()._run(node)


def all_refs(view: Any, scope: Scope) -> Any:  # noqa: ANN401  a rule of any graph
    """Everything that a scope may be sent, in all forms."""
    return (*route_refs(view, scope), *vhds_route_refs(view, scope), *virtual_host_refs(view, scope))


def only_hosts(view: Any, scope: Scope) -> Any:  # noqa: ANN401  a rule of any graph
    """What a scope is sent one by one."""
    return virtual_host_refs(view, scope)


def weighted(number: int, share: int, subset: str = "v2") -> str:
    """A canary of one of the services, for sidecars and the gateway."""
    host = f"s{number}.example.com"
    canary = {"route": [to(host, subset="v1", weight=100 - share), to(host, subset=subset, weight=share)]}
    exact = {"match": [{"headers": {"x-user": {"exact": "a"}}}], "route": [to(host, subset=subset)]}
    return virtual_service(exact, canary, hosts=(host,), name=f"v{number}", gateways=["mesh", "default/gw"])


def large_mesh() -> CountingGraph:
    """300 services with a VirtualService each, seen by sidecars of two namespaces and by a gateway."""
    graph = CountingGraph()
    mesh = "".join(entry(f"s{number}.example.com") + weighted(number, 10) for number in range(300))
    graph.apply(resources(mesh + GATEWAY))
    for scope in SCOPES:
        for ref in graph.observe(only_hosts, scope):
            graph.observe(ref.rule, ref.key)
    graph.settle()
    graph.runs.clear()
    return graph


def test_an_edit_of_one_virtual_service_runs_a_handful_of_rules() -> None:
    """Weights of one of 300: its own rules, and its virtual hosts, of sidecars of all namespaces at once."""
    graph = large_mesh()
    graph.apply(resources(weighted(7, 50)))
    changed = graph.settle()
    assert sorted(key.name for _, key in changed) == ["80/s7.example.com", "http.80/s7.example.com"]
    assert sum(graph.runs.values()) <= 16, graph.runs
    assert graph.runs["virtual_host"] == 2


def test_another_destination_costs_one_look_from_each_vantage() -> None:
    """No list of names is made again."""
    graph = large_mesh()
    graph.apply(resources(weighted(7, 50, "v3")))
    changed = graph.settle()
    assert sorted(key.name for _, key in changed) == ["80/s7.example.com", "http.80/s7.example.com"]
    assert sum(graph.runs.values()) <= 24, graph.runs
    assert not graph.runs.keys() & {"outbound_entry", "outbound_entries", "gateway_entries", "only_hosts"}


def test_a_new_virtual_service_leaves_the_other_virtual_hosts_alone() -> None:
    """Lists are joined again from what there is; nothing else is encoded."""
    graph = large_mesh()
    graph.apply(resources(entry("new.example.com") + weighted(7, 50).replace("s7.", "new.").replace("v7", "new")))
    graph.settle()
    for scope in SCOPES:
        for ref in graph.observe(only_hosts, scope):
            graph.observe(ref.rule, ref.key)
    assert graph.runs["virtual_host"] == 2, graph.runs
    assert graph.runs["outbound_entry"] == 2, graph.runs


def test_a_virtual_host_knows_what_it_was_made_of() -> None:
    """Its VirtualServices, its service, its Gateway: so a refusal leads back to their lines, and to no others."""
    graph = large_mesh()
    made = {ref.name: graph.reads(ref.rule, ref.key) for scope in SCOPES for ref in only_hosts(graph, scope)}
    own = {Key("VirtualService", "default", "v7"), Key("ServiceEntry", "default", "s7.example.com")}
    assert own <= made["80/s7.example.com"]
    assert own | {Key("Gateway", "default", "gw")} <= made["http.80/s7.example.com"]
    others = {key for key in made["80/s7.example.com"] if key.kind in ("VirtualService", "ServiceEntry")}
    assert others == own


_HOSTS = ("a.example.com", "b.default.svc.cluster.local", "*.example.com", "c.org")
_MATCHES: tuple[dict[str, Any], ...] = (
    {},
    {"match": [{"uri": {"prefix": "/x"}}]},
    {"match": [{"sourceLabels": {"app": "x"}}]},
    {"match": [{"gateways": ["default/gw"]}]},
    {"match": [{"port": 80, "sourceNamespace": "other"}]},
)


def _virtual_service(name: str) -> st.SearchStrategy[str]:
    def build(host: str, match: dict[str, Any], target: str, extra: dict[str, Any], created: str) -> str:
        http = {**match, "route": [to(target, subset="v")]}
        delegating = {"delegate": {"name": "d"}, "match": [{"uri": {"prefix": "/d"}}]}
        metadata = {"metadata": {"creationTimestamp": created}}
        return virtual_service(delegating, http, hosts=(host, "c.org"), name=name, **extra, **metadata)

    extras = st.sampled_from(
        [{}, {"gateways": ["mesh", "gw"]}, {"gateways": ["gw"]}, {"exportTo": ["."]}, {"exportTo": ["other"]}]
    )
    ages = st.sampled_from(["2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z"])
    return st.builds(build, st.sampled_from(_HOSTS), st.sampled_from(_MATCHES), st.sampled_from(_HOSTS), extras, ages)


def _service(host: str) -> st.SearchStrategy[str]:
    return st.builds(
        lambda port, addresses: entry(host, port=port, addresses=addresses),
        st.sampled_from([80, 8080]),
        st.sampled_from([(), ("10.0.0.1",)]),
    )


def _rule(policy: dict[str, Any]) -> str:
    return document("DestinationRule", "r", {"host": "a.example.com", "trafficPolicy": policy})


_DELEGATE = document("VirtualService", "d", {"http": [{"route": [to(subset="d")]}]})
_OTHERS = (_DELEGATE, _DELEGATE.replace("subset: d", "subset: e"), GATEWAY, GATEWAY.replace("'*'", "a.example.com"))
_EDITS = st.one_of(
    *(_service(host) for host in _HOSTS),
    *(_virtual_service(name) for name in ("v", "w")),
    st.sampled_from(
        [_DELEGATE, _DELEGATE.replace("subset: d", "subset: e"), GATEWAY, GATEWAY.replace("'*'", "a.example.com")]
    ),
    st.sampled_from([_rule({}), _rule({"loadBalancer": {"consistentHash": {"useSourceIp": True}}})]),
)
_STEPS = st.lists(st.tuples(_EDITS, st.booleans()), max_size=12)


def _everything(graph: Graph) -> dict[tuple[int, Any, str], Any]:
    """All that every scope may be sent, as bytes."""
    return {
        (number, ref.rule, ref.name): graph.derive(ref.rule, ref.key).body
        for number, scope in enumerate(SCOPES)
        for ref in graph.derive(all_refs, scope)
    }


@given(_STEPS)
def test_any_edits_end_where_a_fresh_start_would(steps: list[tuple[str, bool]]) -> None:
    """Incremental state equals state from scratch, after every step, for every proxy and form."""
    graph = Graph()
    for scope in SCOPES:
        graph.observe(all_refs, scope)
    state: dict[Key, Resource] = {}
    for text, there in steps:
        found = resources(text)
        graph.apply(dict(found) if there else dict.fromkeys(found))
        for key, value in found.items():
            state.pop(key, None)
            if there:
                state[key] = value
        graph.settle()
        fresh = Graph()
        fresh.apply(state)
        assert _everything(graph) == _everything(fresh)


@given(_STEPS)
def test_names_are_unique_and_sorted(steps: list[tuple[str, bool]]) -> None:
    """A name given twice in a response is an error of the protocol."""
    graph = Graph()
    for text, there in steps:
        if there:
            graph.apply(resources(text))
    for scope in SCOPES:
        for rule in (route_refs, vhds_route_refs, virtual_host_refs):
            names = [ref.name for ref in graph.derive(rule, scope)]
            assert names == sorted(set(names))
