"""A rollback is a revision that pins what it restores, until the source says something newer or the pin is released."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.batch import Entry
from pipeline.model.change import Change, Released, Upserted
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from pipeline.stages.review import reconcile
from pipeline.stages.rollback import confirm, differing, release, rollback
from pipeline.stages.rows import restore
from pipeline.stages.state import State
from pipeline.stages.step import Step, step
from tests.pipeline.builders import batch, delete, key, policy, thing, upsert
from tests.pipeline.meshes import content, histories, run, values
from tests.pipeline.test_step_laws import tables


def enter(state: State, *changes: Change) -> Step:
    """Step the state through one more entry."""
    entry = Entry(sequence=state.sequence + 1, batches=(batch(*changes, source="operator"),))
    return step(state, entry, policy(guard_count=1_000))


def roll_back(state: State, number: int, mesh: dict[Key, Resource]) -> Step:
    """Roll the state back to a mesh that it had at a revision."""
    keys = differing(state, {found: resource.digest for found, resource in mesh.items()})
    return enter(state, *rollback(state, policy(), number, {found: mesh.get(found) for found in keys}))


@given(histories(values), st.data())
def test_a_rollback_restores_a_revision_exactly(batches: list[list[Change]], data: st.DataObject) -> None:
    """Whatever was said since, the mesh is again what it was, under a new number; released, it is what sources say."""
    where = data.draw(st.integers(0, len(batches)))
    old, _ = run(batches[:where])
    state, _ = run(batches)
    unpinned = content(state)
    number = state.revision.number if state.revision else 0
    result = roll_back(state, 1, old.mesh)
    assert content(state) == content(old)
    if content(old) != unpinned:
        assert result.revision is not None
        assert result.revision.number == number + 1
    enter(state, *release(state))
    assert content(state) == unpinned
    assert state.pins == {}


@given(histories(values), st.data())
def test_pins_survive_a_restart(batches: list[list[Change]], data: st.DataObject) -> None:
    """What a rollback pinned is pinned after a restart, and the source's saying the same again does not lift it."""
    where = data.draw(st.integers(0, len(batches)))
    old, _ = run(batches[:where])
    state, steps = run(batches)
    steps.append(roll_back(state, 1, old.mesh))
    restored = restore(tables(steps), state.sequence, state.revision)
    reconcile(restored, policy())
    assert restored == state
    again = [Upserted(resource=claim.resource) for claims in restored.claims.values() for claim in claims.values()]
    enter(restored, *again)
    assert content(restored) == content(old)
    assert restored.pins == state.pins


def test_a_newer_version_lifts_the_pin() -> None:
    """The source's next word on an object, or its deletion, wins over the rollback; other objects stay pinned."""
    old, _ = run([[upsert("a", 1), upsert("b", 1), upsert("c", 1)]])
    state, _ = run([[upsert("a", 1), upsert("b", 1), upsert("c", 1)], [upsert("a", 2), upsert("b", 2), upsert("c", 2)]])
    roll_back(state, 1, old.mesh)
    assert sorted(state.pins) == [key("a"), key("b"), key("c")]
    enter(state, upsert("a", 3), delete("b"))
    assert list(state.pins) == [key("c")]
    assert content(state) == {"a": thing("a", 3).digest, "c": thing("c", 1).digest}


def test_a_bad_newer_version_does_not_lift_the_pin() -> None:
    """What the source says newly but badly is not served, so the rollback holds."""
    old, _ = run([[upsert("a", 1)]])
    state, _ = run([[upsert("a", 1)], [upsert("a", 2)]])
    roll_back(state, 1, old.mesh)
    enter(state, upsert("a", "bad"))
    assert content(state) == {"a": thing("a", 1).digest}
    assert list(state.pins) == [key("a")]


def test_rolling_forward_again_releases() -> None:
    """A rollback to what the sources say now leaves no pin."""
    old, _ = run([[upsert("a", 1)]])
    state, _ = run([[upsert("a", 1)], [upsert("a", 2)]])
    new = dict(state.mesh)
    roll_back(state, 1, old.mesh)
    assert rollback(state, policy(), 2, new) == (Released(key=key("a")),)
    roll_back(state, 2, new)
    assert state.pins == {}
    assert state.mesh == new


def test_an_object_that_was_not_there_is_pinned_away() -> None:
    """Rolling back before an object was made takes it away, while its source still has it."""
    state, _ = run([[upsert("a", 1)], [upsert("b", 1)]])
    roll_back(state, 1, {key("a"): thing("a", 1)})
    assert sorted(content(state)) == ["a"]
    assert state.pins[key("b")].resource is None
    assert release(state, 7) == ()
    enter(state, *release(state, 1))
    assert sorted(content(state)) == ["a", "b"]


def test_only_what_is_held_can_be_confirmed() -> None:
    """There is nothing to confirm where nothing is held."""
    state, _ = run([[upsert("a", 1)]])
    assert confirm(state, 2) == ()
