"""The law of the incremental graph: after any edits in any order, state equals state from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.derive import Graph, RuleFailed, transient
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical

if TYPE_CHECKING:
    from pipeline.derive import View

NAMES = "abcdef"


def node(name: str, value: int, link: str = "", group: int = 0) -> Resource:
    """Build a resource that has a value and may point to another."""
    return Resource(
        key=Key("N", "", name),
        api_version="v1",
        spec=canonical({"value": value, "link": link, "group": group}),
        origin=Origin(source="t"),
    )


def spec(view: View, key: Key) -> dict[str, int | str] | None:
    """Return an object's content."""
    resource = view.get(key)
    return orjson.loads(resource.spec) if resource else None


@transient
def value_of(view: View, name: str) -> int | None:
    """Return a resource's value, which is not kept."""
    found = view.derive(spec, Key("N", "", name))
    return int(found["value"]) if found else None


def groups(view: View, key: Key) -> tuple[int, ...]:
    """Return the groups of an object: its own, and one that all are in."""
    found = view.derive(spec, key)
    return (int(found["group"]), 9) if found else ()


def chain(view: View, walk: tuple[str, int]) -> tuple[int | None, ...]:
    """Follow links, at most so many."""
    name, left = walk
    found = view.derive(spec, Key("N", "", name))
    if found is None:
        return (None,)
    if found["value"] == 13:
        msg = "unlucky"
        raise ValueError(msg)
    rest = view.derive(chain, (str(found["link"]), left - 1)) if found["link"] and left else ()
    return (int(found["value"]), *rest)


@transient
def links(view: View, key: Key) -> tuple[str, ...]:
    """Return what an object links to, which is not kept."""
    found = view.derive(spec, key)
    return (str(found["link"]),) if found and found["link"] else ()


def linked(view: View, name: str) -> tuple[object, ...]:
    """Show who links to an object, from an index over a transient rule; one of them is asked again."""
    keys = view.lookup(links, "N", name)
    return (*(key.name for key in keys), *(view.derive(links, key) for key in keys[:1]))


def total(view: View, group: int) -> tuple[int, tuple[object, ...]]:
    """Sum a group, whose sum picks a chain that is shown too."""
    keys = view.lookup(groups, "N", group)
    amount = sum(view.derive(value_of, key.name) or 0 for key in keys)
    return amount, view.derive(chain, (NAMES[amount % len(NAMES)], 3))


def everything(view: View, limit: int) -> tuple[object, ...]:
    """Read the kind, and nest what only sometimes exists."""
    keys = view.keys("N")
    deep = view.derive(total, len(keys) % 3) if len(keys) > limit else ()
    return (*(key.name for key in keys), deep)


def results(graph: Graph) -> list[object]:
    """Ask for every result, a failure being its text."""
    answers: list[object] = []
    asked: tuple[tuple[object, list[object]], ...] = (
        (links, [Key("N", "", name) for name in NAMES]),
        (chain, [(name, 4) for name in NAMES]),
        (total, [0, 1, 2, 9]),
        (everything, [1, 3]),
        (linked, [*NAMES]),
    )
    for rule, keys in asked:
        for key in keys:
            try:
                answers.append(graph.derive(rule, key))  # type: ignore[arg-type]
            except RuleFailed as failure:
                answers.append(str(failure.error))
    return answers


edits = st.lists(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.one_of(
            st.none(),
            st.tuples(st.sampled_from([1, 2, 3, 13]), st.sampled_from(["", *NAMES]), st.sampled_from([0, 1, 2])),
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=12,
)


@given(edits, st.sets(st.integers(0, 12)))
def test_incremental_equals_from_scratch(steps: list[dict[str, tuple[int, str, int] | None]], looks: set[int]) -> None:
    """Whatever is edited, and whenever somebody looks, every result equals that of a new graph."""
    graph = Graph()
    state: dict[Key, Resource | None] = {}
    for number, step in enumerate(steps):
        changes = {Key("N", "", name): node(name, *value) if value else None for name, value in step.items()}
        state.update(changes)
        graph.apply(changes)
        if number in looks:
            results(graph)
        graph.settle()
    fresh = Graph()
    fresh.apply(state)
    assert results(graph) == results(fresh)


@given(edits)
def test_observed_results_are_reported_when_and_only_when_they_change(
    steps: list[dict[str, tuple[int, str, int] | None]],
) -> None:
    """`settle` names exactly the observed results that differ from before."""
    graph = Graph()
    for group in (0, 1, 2):
        observe(graph, group)
    before = {group: answer(graph, group) for group in (0, 1, 2)}
    for step in steps:
        graph.apply({Key("N", "", name): node(name, *value) if value else None for name, value in step.items()})
        changed = {key for rule, key in graph.settle() if rule is total}
        after = {group: answer(graph, group) for group in (0, 1, 2)}
        differs = {group for group in after if after[group] != before[group]}
        failed = {group for group in after if isinstance(after[group], str)}
        assert differs <= changed <= differs | failed
        before = after


def answer(graph: Graph, group: int) -> object:
    """Return a total, or the text of its failure."""
    try:
        return graph.derive(total, group)
    except RuleFailed as failure:
        return str(failure)


def observe(graph: Graph, group: int) -> None:
    """Observe a total, which may fail."""
    try:
        graph.observe(total, group)
    except RuleFailed:
        raise AssertionError from None


def test_an_edit_reruns_only_its_readers() -> None:
    """A change reruns what read it; a result that stays the same stops the wave."""
    ran: list[str] = []

    def value(view: View, name: str) -> int:
        ran.append(f"value {name}")
        return int((view.derive(spec, Key("N", "", name)) or {"value": 0})["value"])

    def parity(view: View, name: str) -> int:
        ran.append(f"parity {name}")
        return view.derive(value, name) % 2

    def report(view: View, name: str) -> str:
        ran.append(f"report {name}")
        return f"{name}: {view.derive(parity, name)}"

    graph = Graph()
    graph.apply({Key("N", "", name): node(name, 1) for name in NAMES})
    for name in NAMES:
        graph.observe(report, name)
    ran.clear()
    graph.apply({Key("N", "", "b"): node("b", 3)})
    assert graph.settle() == []
    assert ran == ["value b", "parity b"]
    graph.apply({Key("N", "", "b"): node("b", 4)})
    assert graph.settle() == [(report, "b")]
    assert ran[2:] == ["value b", "parity b", "report b"]


def test_what_nobody_reads_is_dropped() -> None:
    """Releasing the last observer drops a result and all that only it needed."""
    graph = Graph()
    graph.apply({Key("N", "", name): node(name, 1, "a") for name in NAMES})
    graph.observe(chain, ("b", 2))
    assert graph.size() > 0
    graph.release(chain, ("b", 2))
    graph.settle()
    assert graph.size() == 0


def test_reads_name_what_a_result_was_made_of() -> None:
    """Provenance lists every resource that was read, the missing ones too."""
    graph = Graph()
    graph.apply({Key("N", "", "a"): node("a", 1, "b"), Key("N", "", "c"): node("c", 1)})
    graph.observe(chain, ("a", 3))
    assert graph.reads(chain, ("a", 3)) == {Key("N", "", "a"), Key("N", "", "b")}


def test_a_transient_result_is_dropped_and_made_again() -> None:
    """Between settles nothing of it is kept; its readers are still found, and have it made again when they run."""
    ran: list[str] = []

    @transient
    def large(view: View, name: str) -> tuple[int, ...]:
        ran.append(name)
        return (int((view.derive(spec, Key("N", "", name)) or {"value": 0})["value"]),)

    def both(view: View, names: str) -> tuple[int, ...]:
        return tuple(number for name in names for number in view.derive(large, name))

    graph = Graph()
    graph.apply({Key("N", "", name): node(name, 1) for name in NAMES})
    assert graph.observe(both, "ab") == (1, 1)
    graph.settle()
    ran.clear()
    graph.apply({Key("N", "", "a"): node("a", 2)})
    assert graph.settle() == [(both, "ab")]
    assert ran == ["a", "b"]
    assert graph.derive(both, "ab") == (2, 1)


def test_an_index_is_built_over_transient_results_that_were_dropped() -> None:
    """An index of a transient rule is whole, also where the rule's results are dropped just then."""
    graph = Graph()
    graph.apply({Key("N", "", "a"): node("a", 1, "b")})
    graph.observe(links, Key("N", "", "a"))
    graph.settle()
    assert graph.derive(linked, "b") == ("a", ("b",))


def test_an_index_observes_nothing_for_others() -> None:
    """What an index holds is not reported as changed, unless somebody observes it too."""
    graph = Graph()
    graph.apply({Key("N", "", name): node(name, 1) for name in "ab"})
    graph.observe(total, 0)
    graph.observe(groups, Key("N", "", "b"))
    graph.settle()
    graph.apply({Key("N", "", name): node(name, 1, group=1) for name in "ab"})
    assert set(graph.settle()) == {(total, 0), (groups, Key("N", "", "b"))}


def test_results_that_come_to_read_each_other_fail_and_end() -> None:
    """A circle that an edit closes is a failure of the results in it, as it is from scratch, and not a hang."""

    def follow(view: View, name: str) -> str:
        found = view.derive(spec, Key("N", "", name))
        return name + (view.derive(follow, str(found["link"])) if found and found["link"] else "")

    graph = Graph()
    graph.apply({Key("N", "", "a"): node("a", 1, "b"), Key("N", "", "b"): node("b", 1)})
    assert graph.observe(follow, "a") == "ab"
    graph.apply({Key("N", "", "b"): node("b", 1, "a")})
    graph.settle()
    with pytest.raises(RuleFailed):
        graph.derive(follow, "a")
    graph.apply({Key("N", "", "b"): node("b", 2)})
    graph.settle()
    assert graph.derive(follow, "a") == "ab"
