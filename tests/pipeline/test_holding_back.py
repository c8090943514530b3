"""What keeps a revision back: sources that are awaited, and the guard against a mesh that shrinks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.model.batch import Entry
from pipeline.model.change import Confirmed
from pipeline.model.codes_stage import NOT_SYNCED, SHRINK_GUARD
from pipeline.stages.report import diagnostics
from pipeline.stages.review import reconcile
from pipeline.stages.state import Hold, State
from pipeline.stages.step import Step, step
from tests.pipeline.builders import batch, delete, key, origin, policy, synced, upsert

if TYPE_CHECKING:
    from pipeline.model.change import Change
    from pipeline.stages.policy import Policy

NAMES = [f"n{number}" for number in range(10)]


def enter(state: State, rules: Policy, *changes: Change, source: str = "files") -> Step:
    """Step the state through one more entry."""
    return step(state, Entry(sequence=state.sequence + 1, batches=(batch(*changes, source=source),)), rules)


def full(rules: Policy) -> State:
    """Return a state that serves ten objects."""
    state = State()
    enter(state, rules, *(upsert(name) for name in NAMES))
    return state


def test_no_first_revision_before_every_awaited_source_has_said_everything() -> None:
    """What the first source says waits for the second; then it is one revision, with everything."""
    rules = policy(awaited=("files", "git"))
    state = State()
    assert enter(state, rules, upsert("a"), synced("files")).revision is None
    assert state.mesh == {}
    assert enter(state, rules, upsert("a", 2)).revision is None
    result = enter(state, rules, synced("git"), source="git")
    assert result.revision is not None
    assert result.revision.number == 1
    assert list(result.revision.changed) == [key("a")]


def test_the_first_revision_may_be_empty() -> None:
    """Sources that have nothing to say give an empty mesh, so that proxies are answered; one only, and once."""
    rules = policy(awaited=("files",))
    state = State()
    first = enter(state, rules, synced()).revision
    assert first is not None
    assert first.changed == {}
    assert enter(state, rules, synced()).revision is None


def test_the_first_revision_can_be_made_without_the_sources_that_are_silent() -> None:
    """Revision 1 confirmed: it is made of what is there, and the absence is a diagnostic until the source speaks."""
    rules = policy(awaited=("files", "git"))
    state = State()
    enter(state, rules, upsert("a"), synced())
    assert diagnostics(state, rules) == ()
    assert enter(state, rules, Confirmed(revision=1), source="galley").revision is not None
    (found,) = diagnostics(state, rules)
    assert (found.code, found.origin.source) == (NOT_SYNCED, "git")
    enter(state, rules, synced("git"), source="git")
    assert diagnostics(state, rules) == ()


def test_a_new_source_holds_nothing_up_once_there_is_a_revision() -> None:
    """Only the first revision waits."""
    state = full(policy())
    assert enter(state, policy(awaited=("files", "new")), upsert("b", 2)).revision is not None


def test_the_guard_holds_what_would_drop_much() -> None:
    """More than half and more than the count: the whole revision waits, and says so, and goes on with the yes."""
    rules = policy(guard_count=5)
    state = full(rules)
    result = enter(state, rules, *(delete(name) for name in NAMES[:6]), upsert("new"))
    assert result.revision is None
    assert len(state.mesh) == 10
    assert state.hold == Hold(number=2, removed=6, total=10)
    (found,) = diagnostics(state)
    assert found.code == SHRINK_GUARD
    assert "galley confirm 2" in found.hint
    assert enter(state, rules, Confirmed(revision=3)).revision is None
    result = enter(state, rules, Confirmed(revision=2))
    assert result.revision is not None
    assert sorted(state.mesh) == sorted([*map(key, NAMES[6:]), key("new")])
    assert state.hold is None


def test_the_guard_lets_through_what_drops_little() -> None:
    """At most the count, or at most half: nothing is held."""
    assert enter(full(policy(guard_count=6)), policy(guard_count=6), *map(delete, NAMES[:6])).revision is not None
    assert enter(full(policy(guard_count=3)), policy(guard_count=3), *map(delete, NAMES[:5])).revision is not None


def test_the_guard_holds_what_would_empty_a_source() -> None:
    """However small its share: more than the count and all that a source had waits, unless the setting is off."""

    def emptied(rules: Policy, left: int = 0) -> State:
        state = full(policy())
        mine = [f"git-{number}" for number in range(6)]
        enter(state, rules, *(upsert(name, at=origin(f"{name}.yaml", source="git")) for name in mine))
        gone = mine[: len(mine) - left]
        enter(state, rules, *(delete(name, at=origin(f"{name}.yaml", source="git")) for name in gone))
        return state

    rules = policy(guard_count=5)
    assert emptied(rules).hold == Hold(number=3, removed=6, total=16, emptied="git")
    assert "all that source git had" in diagnostics(emptied(rules))[0].message
    assert emptied(replace(rules, guard_emptied=False)).hold is None
    assert emptied(policy(guard_count=6)).hold is None
    assert emptied(policy(guard_count=4), left=1).hold is None


def test_a_source_whose_objects_are_taken_over_is_not_emptied() -> None:
    """What another source has too does not go; what a source has in the same revision anew counts."""
    rules = policy(guard_count=5)
    state = full(rules)
    git = [upsert(name, at=origin(f"{name}.yaml", source="git")) for name in NAMES]
    enter(state, rules, *git)
    assert enter(state, rules, *map(delete, NAMES)).revision is None
    assert state.hold is None
    assert {resource.origin.source for resource in state.mesh.values()} == {"git"}


def test_what_is_held_back_is_let_go_when_the_objects_return() -> None:
    """A directory that was away and is back leaves no trace but the entries of the log."""
    rules = policy(guard_count=5)
    state = full(rules)
    before = state.revision
    enter(state, rules, *map(delete, NAMES))
    held = state.hold
    assert held == Hold(number=2, removed=10, total=10, emptied="files")
    assert enter(state, rules, *map(upsert, NAMES)).revision is None
    assert (state.hold, state.revision) == (None, before)


def test_an_early_yes_is_no_yes() -> None:
    """Confirming what is not held changes nothing, also not for what is held later."""
    rules = policy(guard_count=5)
    state = full(rules)
    enter(state, rules, Confirmed(revision=2), Confirmed(revision=0))
    assert enter(state, rules, *map(delete, NAMES)).revision is None
    assert state.hold is not None


def test_what_is_held_back_is_computed_again_after_a_restart() -> None:
    """`pending` is not kept: it is the difference between what is served and what should be."""
    rules = policy(guard_count=5)
    state = full(rules)
    enter(state, rules, *map(delete, NAMES), upsert("new"))
    before = dict(state.pending)
    state.pending = {}
    reconcile(state, rules)
    assert state.pending == before
