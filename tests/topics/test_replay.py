"""An entry that is done again, after its writer died at any point of it: the same state, and no second revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.batch import Entry
from pipeline.model.change import Configured, Confirmed, Faulted, Pinned, Released, Synced
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.revision import mesh_digest
from pipeline.stages.review import reconcile
from pipeline.stages.rows import apply
from pipeline.stages.state import State
from pipeline.stages.step import Step, step
from tests.pipeline.builders import batch, key, origin, policy, thing
from tests.pipeline.meshes import NAMES, PLACES, changes, good_and_bad

if TYPE_CHECKING:
    from pipeline.model.change import Change
    from pipeline.stages.policy import Policy

names = st.sampled_from(NAMES)
places = st.sampled_from(PLACES)
bodies = st.none() | st.builds(thing, names, st.sampled_from([1, 2]))


def pinned(name: str, value: int | None, against: int) -> Pinned:
    """Return a rollback's pin."""
    resource = thing(name, value) if value is not None else None
    return Pinned(key=key(name), resource=resource, against=thing(name, against).digest, revision=1)


def faulted(place: tuple[str, str], *, bad: bool) -> Faulted:
    """Return a word that a place cannot be read, or can again."""
    where = origin(place[1], source=place[0])
    found = Diagnostic(code="GLY0101", severity=Severity.ERROR, message="no", origin=where)
    return Faulted(origin=where, diagnostics=(found,) if bad else ())


anything = st.one_of(
    changes(good_and_bad),
    changes(good_and_bad),
    st.builds(pinned, names, st.sampled_from([None, 1, 2]), st.sampled_from([1, 2])),
    st.builds(lambda name: Released(key=key(name)), names),
    st.builds(lambda place, bad: faulted(place, bad=bad), places, st.booleans()),
    st.builds(lambda source: Synced(source=source), st.sampled_from(["files", "git"])),
    st.builds(lambda number: Confirmed(revision=number), st.integers(1, 4)),
)
configured = st.builds(
    lambda sources: Configured(sources=sources),
    st.sampled_from(
        [{"files": "/one", "git": "/two"}, {"files": "/two", "git": "/one"}, {"git": "/one"}, {"new": "/two"}]
    ),
)
words = st.lists(st.lists(st.lists(anything, min_size=1, max_size=3), min_size=1, max_size=3), min_size=1, max_size=6)
commits = st.sampled_from(["committed", "not committed"])
rules = st.builds(
    lambda precedence, awaited, guard: policy(precedence=precedence, awaited=awaited, guard_count=guard),
    st.sampled_from([(), ("git",)]),
    st.sampled_from([(), ("files",)]),
    st.sampled_from([0, 1, 1_000]),
)


def entry_of(sequence: int, said: list[list[Change]]) -> Entry:
    """Return an entry of batches."""
    return Entry(sequence=sequence, batches=tuple(batch(*one, at=float(sequence)) for one in said))


def last_step(history: list[list[list[Change]]], policy: Policy) -> tuple[State, State, Step]:
    """Return the state before the last entry, the state after it, and its step."""
    state = State()
    for sequence, said in enumerate(history[:-1], start=1):
        step(state, entry_of(sequence, said), policy)
    before = state.copy()
    return before, state, step(state, entry_of(len(history), history[-1]), policy)


def half_done(before: State, after: State, result: Step, *, committed: bool, rows: int) -> State:
    """Return what a taker has: the mesh as committed or not, and so many of the entry's rows."""
    state = before.copy()
    for moved, resource in result.moved.items():
        state.mesh[moved] = resource
    if committed:
        for changed, body in result.changed.items():
            state.serve(changed, body, after.since.get(changed, 0))
        state.revision = after.revision
    apply(state, [row for row in result.rows if row.table != "mesh"][:rows])
    return state


@given(words, rules, commits, st.integers(0, 12))
def test_an_entry_done_again_comes_to_the_same(
    history: list[list[list[Change]]], policy: Policy, committed: str, rows: int
) -> None:
    """Whichever of its rows were kept, and whether its revision was published: the same state, and one revision."""
    before, state, result = last_step(history, policy)
    done = committed == "committed" or result.revision is None
    again = half_done(before, state, result, committed=done, rows=rows if done else 0)
    reconcile(again, policy)
    second = step(again, entry_of(state.sequence, history[-1]), policy)
    assert again == state
    assert second.revision == (None if done else result.revision)


@given(words, st.lists(configured, min_size=1, max_size=2), rules, commits)
def test_other_sources_done_again_come_to_the_same(
    history: list[list[list[Change]]], changes: list[Change], policy: Policy, committed: str
) -> None:
    """What goes under other names is done again from what was there before: of a half entry, no row counts."""
    before, state, result = last_step([*history, [changes], *history, [changes]], policy)
    done = committed == "committed" or result.revision is None
    again = half_done(before, state, result, committed=done, rows=0)
    reconcile(again, policy)
    second = step(again, entry_of(state.sequence, [changes]), policy)
    assert again == state
    assert second.revision == (None if done else result.revision)


@given(words, rules, rules, commits, st.integers(0, 12))
def test_an_entry_done_again_by_other_rules_is_done(
    history: list[list[list[Change]]], old: Policy, new: Policy, committed: str, rows: int
) -> None:
    """What it comes to holds: a revision of its own content, and nothing more to do for who does it once more."""
    before, state, result = last_step(history, old)
    done = committed == "committed"
    again = half_done(before, state, result, committed=done, rows=rows if done else 0)
    reconcile(again, new)
    number = again.revision.number if again.revision else 0
    second = step(again, entry_of(state.sequence, history[-1]), new)
    assert second.revision is None or second.revision.number == number + 1
    if again.revision is not None:
        assert again.revision.digest == mesh_digest(again.mesh.values())
    third = again.copy()
    third.sequence -= 1
    reconcile(third, new)
    assert step(third, entry_of(state.sequence, history[-1]), new).revision is None
    assert third == again
