"""One host, declared by objects of several registries: who is given, who is told, and how a setting turns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from galley.documents.read import read
from galley.documents.reading import Reading
from galley.sources.platform import service as registry
from galley.sources.platform.names import SERVICE_LABEL
from galley.sources.platform.objects import Home, objects_of
from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.stages.analyze import findings
from pipeline.stages.inputs import PRECEDENCE
from pipeline.stages.precedence import Precedence, PrecedenceRule
from proxy.registry.endpoints import endpoints_of
from proxy.registry.seen import visible_host, visible_hosts
from proxy.registry.service import PortKey
from proxy.registry.services import HostIn
from proxy.registry.vantage import SeenHost, Vantage
from proxy.registry.visibility import exported_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.resource import Resource

HOST = "reviews.default.svc.cluster.local"
SERVICE = """apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: default}
spec: {clusterIP: 10.0.0.1, selector: {app: reviews}, ports: [{name: http, port: 80}]}
"""
ENTRY = """apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: %(name)s, namespace: %(namespace)s, creationTimestamp: "%(created)s"}
spec:
  hosts: [%(host)s]
  exportTo: ["%(export)s"]
  resolution: STATIC
  location: MESH_INTERNAL
  ports: [{number: 80, name: http, protocol: HTTP}]
  workloadSelector: {labels: {app: %(app)s}}
"""
WORKLOAD = """apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: %(name)s, namespace: %(namespace)s}
spec: {address: %(address)s, labels: {app: %(app)s}}
"""


def objects(text: str, source: str) -> list[Resource]:
    """Return the objects of a text as a source says them."""
    found = read(text.encode(), source, f"{source}.yaml")
    assert isinstance(found, Reading)
    return [one.resource for one in found.resources]


def entry(name: str = "reviews", namespace: str = "consul", created: str = "2024-01-01T00:00:00Z", **more: str) -> str:
    """Return a ServiceEntry of the contested host."""
    fields = {"host": HOST, "export": "*", "app": "reviews", **more}
    return ENTRY % {"name": name, "namespace": namespace, "created": created, **fields}


def workload(name: str, address: str, namespace: str = "default", app: str = "reviews") -> str:
    """Return a WorkloadEntry."""
    return WORKLOAD % {"name": name, "address": address, "namespace": namespace, "app": app}


def mesh(*said: tuple[str, str], precedence: Precedence | None = None) -> Graph:
    """Return the graph over what sources (by name) say."""
    graph = Graph()
    graph.set_input(PRECEDENCE, precedence)
    graph.apply({one.key: one for source, text in said for one in objects(text, source)})
    return graph


def contested(graph: Graph, keys: Iterable[Key]) -> list[Diagnostic]:
    """Return what is found of contested hosts."""
    return [found for key in keys for found in graph.derive(findings, key) if found.code == "GLY0306"]


def given_to(graph: Graph, namespace: str, host: str = HOST) -> Key | None:
    """Return which object a client of a namespace is given for a host."""
    found = graph.derive(exported_host, HostIn(namespace, host))
    return found.service if found is not None else None


KUBERNETES = Key("Service", "default", "reviews")
CONSUL = Key("ServiceEntry", "consul", "reviews")


def test_a_kubernetes_service_wins_and_the_other_is_told() -> None:
    """Clients are given the Service, those beside the entry the entry; one diagnostic names both, and a rule."""
    graph = mesh(("kubernetes", SERVICE), ("consul", entry()))
    assert [given_to(graph, name) for name in ("default", "else", "consul")] == [KUBERNETES, KUBERNETES, CONSUL]
    (found,) = contested(graph, (KUBERNETES, CONSUL))
    assert found.key == CONSUL
    assert found.origin.line == 5
    assert "consul.yaml:1 (consul)" in found.message
    assert "Service default/reviews in kubernetes.yaml:1 (kubernetes)" in found.message
    assert "only those of namespace consul are given this one" in found.message
    assert f"{{hosts: [{HOST}], order: [consul, kubernetes]}}" in found.hint
    assert [one.key for one in found.related] == [KUBERNETES]


def test_a_rule_by_host_turns_it_for_everybody() -> None:
    """With the hint's rule, every client is given the entry, and it is the Service that is told."""
    rule = PrecedenceRule(hosts=(HOST,), order=("consul", "kubernetes"))
    graph = mesh(("kubernetes", SERVICE), ("consul", entry()), precedence=Precedence(rules=(rule,)))
    assert {given_to(graph, name) for name in ("default", "else", "consul")} == {CONSUL}
    (found,) = contested(graph, (KUBERNETES, CONSUL))
    assert (found.key, found.origin.source) == (KUBERNETES, "kubernetes")
    graph.set_input(PRECEDENCE, Precedence())
    assert given_to(graph, "else") == KUBERNETES


def test_a_sidecar_sees_it_the_same_way() -> None:
    """What a Sidecar imports of a host is decided by the same order, with the rule and without."""
    sidecar = "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: all, namespace: else}\n"
    said = (("kubernetes", SERVICE), ("consul", entry()), ("files", sidecar + 'spec: {egress: [{hosts: ["*/*"]}]}\n'))
    seen = SeenHost(Vantage("else", Key("Sidecar", "else", "all")), HOST)
    rule = PrecedenceRule(hosts=("*.svc.cluster.local",), order=("consul", "kubernetes"))
    for precedence, chosen in ((None, KUBERNETES), (Precedence(rules=(rule,)), CONSUL)):
        graph = mesh(*said, precedence=precedence)
        found = graph.derive(visible_host, seen)
        assert found is not None
        assert found.service == chosen
        assert [one.service for one in graph.derive(visible_hosts, seen.vantage) if one.host == HOST] == [chosen]


def test_the_order_for_all_and_rules_of_kinds_leave_istios_order() -> None:
    """Only a rule that is about hosts, and nothing else, speaks of objects of different names."""
    rules = (
        PrecedenceRule(order=("consul",)),
        PrecedenceRule(kinds=("ServiceEntry",), hosts=(HOST,), order=("consul",)),
        PrecedenceRule(namespaces=("consul",), hosts=(HOST,), order=("consul",)),
    )
    precedence = Precedence(order=("consul",), rules=rules)
    assert given_to(mesh(("kubernetes", SERVICE), ("consul", entry()), precedence=precedence), "else") == KUBERNETES


def test_of_two_entries_the_oldest_wins() -> None:
    """Consul and Nomad declare one host: the older entry is given, the younger one's source is told."""
    old, new = entry("old", "nomad", "2023-01-01T00:00:00Z"), entry("new", "consul")
    graph = mesh(("nomad", old), ("consul", new))
    assert given_to(graph, "else") == Key("ServiceEntry", "nomad", "old")
    (found,) = contested(graph, (Key("ServiceEntry", "nomad", "old"), Key("ServiceEntry", "consul", "new")))
    assert found.origin.source == "consul"


def test_what_nobody_sees_twice_is_not_contested() -> None:
    """Entries of one source, and those that no client sees together, are left alone."""
    mine = mesh(("files", entry("one", "a") + "---\n" + entry("two", "b")))
    assert contested(mine, (Key("ServiceEntry", "a", "one"), Key("ServiceEntry", "b", "two"))) == []
    apart = mesh(("files", entry("one", "a", export=".")), ("consul", entry("two", "b", export=".")))
    assert contested(apart, (Key("ServiceEntry", "a", "one"), Key("ServiceEntry", "b", "two"))) == []


def test_workload_entries_join_whatever_registry_they_came_from() -> None:
    """A Service of one source, entries of two others: all that its selector fits are its endpoints."""
    graph = mesh(
        ("kubernetes", SERVICE.replace("selector: {app: reviews}", "selector: {app: reviews}")),
        ("files", workload("vm", "192.0.2.1")),
        ("nomad", workload("task", "192.0.2.2")),
        ("consul", workload("other", "192.0.2.3", app="ratings")),
    )
    found = graph.derive(endpoints_of, PortKey(KUBERNETES, HOST, 80))
    assert sorted(one.address for one in found) == ["192.0.2.1", "192.0.2.2"]


def test_ones_own_workload_entry_joins_a_service_of_a_registry() -> None:
    """A VM that Consul does not know is added to Consul's service by the label that Consul's own instances have."""
    service = registry.Service(
        qualified="ratings",
        host="ratings.service.consul",
        ports=(registry.Port(80, "http", "HTTP"),),
        instances=(registry.Instance(identity="one", address="192.0.2.1", ports=(80,)),),
    )
    own = (
        "apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {name: vm}\n"
        f"spec: {{address: 192.0.2.2, labels: {{{SERVICE_LABEL}: ratings.consul}}}}\n"
    )
    graph = mesh(("files", own))
    graph.apply({one.key: one for one in objects_of(service, Home("consul", "default"))})
    key = Key("ServiceEntry", "default", "ratings.consul")
    found = graph.derive(endpoints_of, PortKey(key, "ratings.service.consul", 80))
    assert sorted(one.address for one in found) == ["192.0.2.1", "192.0.2.2"]


def test_in_one_namespace_the_endpoints_of_an_entry_join_the_service() -> None:
    """As in Istio: a Service and a ServiceEntry of its host beside it are one service, and the message says so."""
    graph = mesh(
        ("kubernetes", SERVICE),
        ("consul", entry(namespace="default", app="consul-reviews")),
        ("consul-2", workload("vm", "192.0.2.1", app="consul-reviews")),
    )
    found = graph.derive(endpoints_of, PortKey(KUBERNETES, HOST, 80))
    assert [one.address for one in found] == ["192.0.2.1"]
    (told,) = contested(graph, (KUBERNETES, Key("ServiceEntry", "default", "reviews")))
    assert "the endpoints of this one join it" in told.message


SOURCES = ("consul", "files", "kubernetes", "nomad")
entries = st.lists(
    st.tuples(
        st.sampled_from(SOURCES),
        st.sampled_from(("a", "b", "c")),
        st.sampled_from(("one", "two")),
        st.sampled_from(("2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z")),
    ),
    max_size=5,
    unique_by=lambda one: (one[1], one[2]),
)
orders = st.one_of(st.none(), st.lists(st.sampled_from(SOURCES), min_size=1, unique=True).map(tuple))


@given(entries, st.booleans(), orders)
def test_what_is_told_is_what_is_given(
    said: list[tuple[str, str, str, str]],
    service: bool,  # noqa: FBT001  drawn by hypothesis
    order: tuple[str, ...] | None,
) -> None:
    """The object that a diagnostic names as the winner is the one that a client of another namespace is given."""
    rules = (PrecedenceRule(hosts=(HOST,), order=order),) if order else ()
    texts = [(source, entry(name, namespace, created)) for source, namespace, name, created in said]
    if service:
        texts.append(("kubernetes", SERVICE))
    graph = mesh(*texts, precedence=Precedence(rules=rules))
    keys = [Key("ServiceEntry", namespace, name) for _, namespace, name, _ in said]
    told = contested(graph, (*keys, KUBERNETES))
    winner = given_to(graph, "else")
    for found in told:
        assert found.key != winner
    if len({source for source, *_ in said}) + service == len(said) + service:
        assert {one.key for found in told for one in found.related} <= {winner}
        assert len(told) == max(0, len(said) + service - 1)
