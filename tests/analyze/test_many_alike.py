"""Many objects that claim one thing: each is told of a few others, and it costs what they are, not their square."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.derive import Graph
from pipeline.stages.analyze import findings
from pipeline.stages.analyze.few import MOST_NAMED, few, few_by_first, in_words
from tests.analyze.meshes import document, resources

MANY = 60
VIRTUAL_SERVICE = "  hosts: [a.example]\n  http: [{route: [{destination: {host: a.example}}]}]"
GATEWAY = "  selector: {a: b}\n  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]"
SIDECAR = "  egress: [{hosts: ['*/*']}]"
ENTRY = "  hosts: [a.example]\n  resolution: NONE\n  ports: [{number: 80, name: http, protocol: HTTP}]"


class Counting(Graph):
    """A graph that counts what its rules look up of each other."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.looks = 0

    def derive(self, rule: Any, key: Any) -> Any:  # noqa: ANN401  any rule's
        """Count a look at a result."""
        self.looks += 1
        return super().derive(rule, key)


@pytest.mark.parametrize(
    ("kind", "spec", "code"),
    [("VirtualService", VIRTUAL_SERVICE, "IST0109"), ("Gateway", GATEWAY, "IST0145"), ("Sidecar", SIDECAR, "IST0111")],
)
def test_of_many_only_some_are_named(kind: str, spec: str, code: str) -> None:
    """All of them are told, and each is told of ten, and that there are others."""
    graph, mesh = Graph(), resources("".join(document(kind, f"x{number}", spec) for number in range(MANY)))
    graph.apply(mesh)
    said = [one for key in mesh for one in graph.derive(findings, key) if one.code == code]
    assert len(said) == MANY
    assert {len(one.related) for one in said} == {MOST_NAMED}
    assert all(" and others" in one.message for one in said)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [("VirtualService", VIRTUAL_SERVICE), ("Gateway", GATEWAY), ("Sidecar", SIDECAR), ("ServiceEntry", ENTRY)],
)
def test_ten_times_as_many_cost_ten_times_as_much(kind: str, spec: str) -> None:
    """To find out what is wrong with all of them looks at each of them a bounded number of times."""

    def looks(many: int) -> int:
        graph = Counting()
        mesh = resources("".join(document(kind, f"x{number}", spec) for number in range(many)))
        graph.apply(mesh)
        for key in mesh:
            graph.derive(findings, key)
        return graph.looks

    assert looks(10 * MANY) < 15 * looks(MANY)


def test_a_few_are_one_more_than_are_named() -> None:
    """So that it is known that there are others; what comes twice is one."""
    assert few(range(5)) == (0, 1, 2, 3, 4)
    assert in_words(["a", "b"]) == "a, b"
    assert in_words([*map(str, few(range(50)))]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and others"
    assert few_by_first([("a", 1), ("a", 2), ("b", 3)]) == (("a", 1), ("b", 3))
