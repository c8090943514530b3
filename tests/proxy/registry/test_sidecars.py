"""Which Sidecar applies to a workload, and its vantage."""

from __future__ import annotations

from pipeline.model.key import Key
from proxy.registry.sidecars import Client, vantage_for
from tests.proxy.registry.meshes import document, graph_of, rule


def sidecar(name: str, namespace: str, created: str = "", **labels: str) -> str:
    """A Sidecar, for workloads with these labels, or for the whole namespace."""
    spec = {"workloadSelector": {"labels": labels}} if labels else {}
    return document("Sidecar", name, spec, namespace=namespace, creationTimestamp=created)


MESH = (
    sidecar("general", "a", "2022-01-01T00:00:00Z")
    + sidecar("later", "a", "2023-01-01T00:00:00Z")
    + sidecar("selected", "a", "2024-01-01T00:00:00Z", app="x")
    + sidecar("root", "istio-system")
    + sidecar("root-selected", "istio-system", "", app="y")
)


def test_the_nearest_sidecar_applies() -> None:
    """One that selects the workload, else the oldest general one of the namespace, else that of the root namespace."""
    graph = graph_of(MESH)

    def chosen(client: Client) -> Key | None:
        return graph.derive(vantage_for, client).sidecar

    assert chosen(Client("a", (("app", "x"), ("v", "1")))) == Key("Sidecar", "a", "selected")
    assert chosen(Client("a", (("app", "y"),))) == Key("Sidecar", "a", "general")
    assert chosen(Client("b", (("app", "y"),))) == Key("Sidecar", "istio-system", "root")
    assert chosen(Client("istio-system", (("app", "y"),))) == Key("Sidecar", "istio-system", "root-selected")


def test_gateways_have_no_sidecar() -> None:
    """A router sees everything that is exported to it."""
    assert graph_of(MESH).derive(vantage_for, Client("a", (("app", "x"),), router=True)).sidecar is None


def test_rules_for_a_workload_are_part_of_its_vantage() -> None:
    """Workloads that no rule selects share one vantage, whatever their labels."""
    selecting = rule("x.com", name="mine", workloadSelector={"matchLabels": {"app": "x"}})
    graph = graph_of(selecting)
    assert graph.derive(vantage_for, Client("default", (("app", "x"),))).rules == (
        Key("DestinationRule", "default", "mine"),
    )
    plain = graph.derive(vantage_for, Client("default", (("app", "y"),)))
    assert plain == graph.derive(vantage_for, Client("default", (("app", "z"),)))
    assert plain.rules == ()
