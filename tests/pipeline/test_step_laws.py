"""Laws of the stages: the mesh is a function of what the places say, in whatever order and however often."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.batch import Entry
from pipeline.model.change import Deleted, Upserted
from pipeline.model.revision import mesh_digest
from pipeline.stages.review import reconcile, review
from pipeline.stages.rows import restore
from pipeline.stages.state import State
from pipeline.stages.step import Step, step
from tests.pipeline.builders import batch, key, policy, thing
from tests.pipeline.meshes import NAMES, content, good_and_bad, histories, run, values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.model.change import Change
    from pipeline.stages.state import Place

PRECEDENCES = st.sampled_from([(), ("git",), ("files", "git")])


def expected(batches: Iterable[Iterable[Change]], precedence: tuple[str, ...]) -> dict[str, str]:
    """Return what should be served: of each object, what the strongest place says last."""
    claims: dict[str, dict[Place, str]] = {}
    for change in (change for said in batches for change in said):
        match change:
            case Upserted(resource=resource):
                claims.setdefault(resource.key.name, {})[resource.origin.place] = resource.digest
            case Deleted(key=gone, origin=origin):
                claims.get(gone.name, {}).pop(origin.place, None)
            case _:
                raise AssertionError(change)

    def rank(place: Place) -> tuple[int, Place]:
        return (precedence.index(place[0]) if place[0] in precedence else 9), place

    return {name: said[min(said, key=rank)] for name, said in claims.items() if said}


@given(histories(values), PRECEDENCES)
def test_the_mesh_is_what_the_strongest_places_say_last(
    batches: list[list[Change]], precedence: tuple[str, ...]
) -> None:
    """After any edits in any order, each object is what its strongest place said last."""
    state, _ = run(batches, policy(precedence=precedence, guard_count=1_000))
    assert content(state) == expected(batches, precedence)


@given(histories(values))
def test_incremental_equals_from_scratch(batches: list[list[Change]]) -> None:
    """A state that saw every edit equals one that saw only the last words, in mesh, claims and digest."""
    state, _ = run(batches)
    last = [
        Upserted(resource=claim.resource, diagnostics=claim.noted)
        for claims in state.claims.values()
        for claim in claims.values()
    ]
    fresh, _ = run([last])
    assert fresh.mesh == state.mesh
    assert fresh.claims == state.claims
    assert fresh.contested == state.contested
    assert fresh.digests == state.digests


@given(histories(good_and_bad), st.randoms(use_true_random=False))
def test_batches_about_different_objects_may_come_in_any_order(batches: list[list[Change]], random: object) -> None:
    """Changes to independent objects commute: regrouped by object and shuffled, they end in the same state."""
    by_name: dict[str, list[list[Change]]] = {}
    for change in (change for said in batches for change in said):
        name = change.resource.key.name if isinstance(change, Upserted) else getattr(change, "key", key("")).name
        by_name.setdefault(name, []).append([change])
    names = sorted(by_name)
    random.shuffle(names)  # type: ignore[attr-defined]
    first, _ = run([[change] for said in batches for change in said])
    second, _ = run([said for name in names for said in by_name[name]])
    assert second.mesh == first.mesh
    assert second.claims == first.claims
    assert second.digests == first.digests


@given(histories(good_and_bad), st.data())
def test_a_batch_said_twice_changes_nothing(batches: list[list[Change]], data: st.DataObject) -> None:
    """A batch that is delivered again at once makes no revision, and leaves the state as it is."""
    again = data.draw(st.integers(0, max(0, len(batches) - 1)))
    once, _ = run(batches)
    twice, steps = run([*batches[: again + 1], *batches[again : again + 1], *batches[again + 1 :]])
    assert content(twice) == content(once)
    assert twice.claims == once.claims
    if batches and again + 1 < len(steps):
        assert steps[again + 1].revision is None
        assert not steps[again + 1].changed


@given(histories(good_and_bad))
def test_an_entry_that_was_seen_changes_nothing(batches: list[list[Change]]) -> None:
    """A step is idempotent by sequence."""
    state, _ = run([*batches, [Upserted(resource=thing("a"))]])
    before = (content(state), state.revision, state.sequence)
    seen = Entry(sequence=state.sequence, batches=(batch(Upserted(resource=thing("a", 99))),))
    result = step(state, seen, policy())
    assert (result.rows, result.changed, result.revision) == ((), {}, None)
    assert (content(state), state.revision, state.sequence) == before


@given(histories(good_and_bad))
def test_what_is_held_is_what_was_last_good_there(batches: list[list[Change]]) -> None:
    """An object whose strongest place said something bad keeps the last good version of that place, if it had one."""
    state, _ = run(batches)
    for name in NAMES:
        claims = state.claims.get(key(name), {})
        good = [claims[place].served for place in sorted(claims)]
        served = state.mesh.get(key(name))
        if not claims:
            assert served is None
        elif any(good):
            assert served == next(resource for resource in good if resource is not None)


@given(histories(good_and_bad), st.sampled_from(NAMES), st.data())
def test_poison_changes_nothing_for_others(batches: list[list[Change]], name: str, data: st.DataObject) -> None:
    """Bad words about one object, at any time, never change what is served of the others, or what was good of it."""
    where = data.draw(st.integers(0, len(batches)))
    poison = Upserted(resource=thing(name, "bad"))
    clean, _ = run(batches)
    poisoned, steps = run([*batches[:where], [poison], *batches[where:]])
    others = {other: digest for other, digest in content(clean).items() if other != name}
    assert {other: digest for other, digest in content(poisoned).items() if other != name} == others
    assert not steps[where].changed


@given(histories(good_and_bad), PRECEDENCES, st.integers(0, 2))
def test_the_rows_are_the_state(batches: list[list[Change]], precedence: tuple[str, ...], guard: int) -> None:
    """The state that is restored from the rows written so far equals the state, whatever the guard holds back."""
    rules = policy(precedence=precedence, guard_count=guard)
    state, steps = run(batches, rules)
    restored = restore(tables(steps), state.sequence, state.revision)
    reconcile(restored, rules)
    assert restored == state


@given(histories(good_and_bad))
def test_a_review_by_the_same_rules_finds_nothing(batches: list[list[Change]]) -> None:
    """What was judged by the same judge needs no second look."""
    state, _ = run(batches)
    assert review(state, policy()) == ()


@given(histories(values))
def test_same_content_same_digest(batches: list[list[Change]]) -> None:
    """A revision's digest is that of its content, however the mesh came to it; different content, different digest."""
    state, steps = run(batches)
    if state.revision is not None:
        assert state.revision.digest == mesh_digest(state.mesh.values())
    digests = [one.revision.digest for one in steps if one.revision is not None]
    assert all(before != after for before, after in pairwise(digests))


@given(histories(good_and_bad))
def test_revisions_tell_all_that_changed(batches: list[list[Change]]) -> None:
    """Applying what each revision changed, one after the other, gives the mesh; numbers follow without gaps."""
    state, steps = run(batches)
    mesh: dict[str, str] = {}
    revisions = [one.revision for one in steps if one.revision is not None]
    for revision in revisions:
        for changed, digest in revision.changed.items():
            if digest is None:
                del mesh[changed.name]
            else:
                assert mesh.get(changed.name) != digest
                mesh[changed.name] = digest
    assert mesh == content(state)
    assert [revision.number for revision in revisions] == list(range(1, len(revisions) + 1))
    assert set(state.since) == set(state.mesh)


def tables(steps: Iterable[Step]) -> dict[str, dict[str, bytes]]:
    """Return the rows of steps as a log keeps them."""
    kept: dict[str, dict[str, bytes]] = {}
    for one in steps:
        for table, row, value in one.rows:
            if value is None:
                kept.get(table, {}).pop(row, None)
            else:
                kept.setdefault(table, {})[row] = value
    return kept


def test_moved_lines_make_no_revision() -> None:
    """The same words at another line move the object, and make no revision."""
    state, _ = run([[Upserted(resource=thing("a"))]])
    moved = thing("a", at=thing("a").origin.at(9, 1))
    result = step(state, Entry(sequence=2, batches=(batch(Upserted(resource=moved)),)), policy())
    assert result.revision is None
    assert result.moved == {key("a"): moved}
    assert state.mesh[key("a")].origin.line == 9


def test_an_object_that_moves_to_another_file_broken_stays_as_it_is_served() -> None:
    """Gone here and back there, but bad, in one batch: what was last good is served on. Gone before: it is gone."""
    good = thing("a", 1)
    bad = thing("a", "bad", at=thing("b").origin)
    gone = Deleted(key=good.key, origin=good.origin)
    orders: list[list[Change]] = [[gone, Upserted(resource=bad)], [Upserted(resource=bad), gone]]
    for said in orders:
        state, _ = run([[Upserted(resource=good)], said])
        assert state.mesh == {key("a"): good}
    state, _ = run([[Upserted(resource=good)], [gone], [Upserted(resource=bad)]])
    assert state.mesh == {}


@pytest.mark.parametrize("raises", ["judge", "normalise"])
def test_a_judgement_that_raises_holds_one_object(raises: str) -> None:
    """A fault of ours in judging or normalising one object is a diagnostic of that object, and nobody else's affair."""

    def broken(resource: object) -> object:
        if getattr(resource, "key", None) == key("b"):
            msg = "oops"
            raise RuntimeError(msg)
        return () if raises == "judge" else resource

    rules = policy()
    rules = type(rules)(
        judge=broken if raises == "judge" else rules.judge,  # type: ignore[arg-type]
        normalise=broken if raises == "normalise" else rules.normalise,  # type: ignore[arg-type]
    )
    state = State()
    step(state, Entry(sequence=1, batches=(batch(*(Upserted(resource=thing(name)) for name in "abc")),)), rules)
    assert sorted(found.name for found in state.mesh) == ["a", "c"]
    (claim,) = state.claims[key("b")].values()
    assert [found.code for found in claim.diagnostics] == ["GLY0305"]
