"""What is heard is said once, in its order, and by its cause; what a topic has no longer is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from galley.sources.kafka.history import History
from galley.sources.kafka.telling import MOST_CAUSES, Telling, by_cause
from galley.sources.known import known_of
from pipeline.model.batch import Batch, Cause, Entry
from pipeline.model.change import Deleted, Faulted, Upserted
from pipeline.stages.state import State
from pipeline.stages.step import step
from tests.sources.kafka.records import document, record, sidecar, understanding
from tests.sources.listener import POLICY, said

if TYPE_CHECKING:
    from galley.sources.kafka.heard import Heard
    from galley.sources.kafka.record import Record

BAD = "a: ["


def words(telling: Telling, *records: Record) -> list[str]:
    """Say records, and return the changes in words."""
    proposal = telling.propose([understanding().hear(one) for one in records])
    telling.said(proposal)
    return said(Batch(source="kafka", changes=proposal.changes, cause=Cause()))


def test_what_is_as_it_was_is_not_said() -> None:
    """Another record with the same content is nothing new; other content, a fault and its end are."""
    telling = Telling("kafka", {})
    key, value = sidecar()
    assert words(telling, record(key, value, 1)) == ["+a"]
    assert words(telling, record(key, value, 2)) == []
    assert words(telling, record(key, document("a", 2), 3)) == ["+a"]
    assert words(telling, record(key, BAD, 4)) == [f"!mesh/{key}"]
    assert words(telling, record(key, document("a", 2), 5)) == [f"=mesh/{key}"]
    assert words(telling, record(key, None, 6)) == ["-a"]
    assert words(telling, record(key, None, 7)) == []


def test_records_of_one_key_are_said_one_after_the_other() -> None:
    """Of a good one and a bad one after it, the good one takes effect, whether they come together or not."""
    key, value = sidecar()
    telling = Telling("kafka", {})
    assert words(telling, record(key, value), record(key, BAD, 1)) == ["+a", f"!mesh/{key}"]


def test_an_origin_says_which_record_and_who() -> None:
    """Partition, offset, author."""
    key, value = sidecar()
    heard = understanding().hear(record(key, value, 41, 2, author="Kim"))
    [change] = Telling("kafka", {}).propose([heard]).changes
    assert isinstance(change, Upserted)
    origin = change.resource.origin
    assert (origin.resource_version, origin.author) == ("2:41", "Kim")


def test_what_is_gone_is_said_with_its_place() -> None:
    """All objects of a bundle."""
    telling = Telling("kafka", {})
    words(telling, record("bundle", f"{document('a', 1)}---\n{document('b', 1)}"))
    changes = telling.gone(["mesh/bundle"]).changes
    assert [change.key.name for change in changes if isinstance(change, Deleted)] == ["a", "b"]
    assert telling.objects == 2


def test_where_others_speak_too_everything_is_said_again() -> None:
    """Since what is believed to have been said may be old."""
    key, value = sidecar()
    state = State()
    telling = Telling("kafka", {}, lambda: known_of(state, "kafka"))
    assert words(telling, record(key, value)) == ["+a", f"=mesh/{key}"]
    assert words(telling, record(key, value)) == ["+a", f"=mesh/{key}"]
    telling.refresh()
    assert telling.objects == 0


def test_each_cause_is_a_batch_within_reason() -> None:
    """Runs of one trace; very many of them are one."""
    heard = [
        understanding().hear(record(f"k{number}", document(f"k{number}", 1), trace=f"t{number // 2}"))
        for number in range(6)
    ]
    assert [[one.trace for one in run] for run in by_cause(heard)] == [["t0", "t0"], ["t1", "t1"], ["t2", "t2"]]
    many = [
        understanding().hear(record("k", document("k", 1), trace=f"t{number}")) for number in range(MOST_CAUSES + 1)
    ]
    assert [len(run) for run in by_cause(many)] == [MOST_CAUSES + 1]


def test_history_gives_the_last_word() -> None:
    """And, of a place that nobody knows, the last good one before a bad one."""
    key, value = sidecar()
    history = History(understanding(), {0: 100})
    history.add([record(key, value, 1), record(key, BAD, 2), record(key, BAD, 3)])
    assert [one.record.offset for one in history.in_effect(())] == [1, 3]
    assert [one.record.offset for one in history.in_effect({f"mesh/{key}"})] == [3]


def test_history_keeps_all_news_and_lets_them_stand_for_what_is_old() -> None:
    """The log may have them already."""
    key, value = sidecar()
    history = History(understanding(), {0: 2})
    history.add(record(key, value if offset % 2 else BAD, offset) for offset in range(1, 5))
    assert [one.record.offset for one in history.in_effect({f"mesh/{key}"})] == [2, 3, 4]
    assert [one.record.offset for one in history.in_effect(())] == [1, 2, 3, 4]


KEYS: list[str | None] = [*(sidecar(name)[0] for name in "abc"), "bundle", None]
VALUES: list[str | None] = [
    *(document(name, value) for name in "abc" for value in (1, 2)),
    f"{document('a', 3)}---\n{document('b', 3)}",
    BAD,
    None,
]


@given(
    script=st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=12),
    cut=st.integers(0, 12),
    committed=st.integers(0, 12),
)
def test_a_restart_at_any_moment_ends_as_if_there_had_been_none(
    script: list[tuple[str | None, str | None]], cut: int, committed: int
) -> None:
    """Whatever was said before it ended, and however far it had come with its answers: the mesh is the same."""
    records = [record(key, value, offset) for offset, (key, value) in enumerate(script)]
    cut, committed = min(cut, len(records)), min(committed, cut, len(records))
    straight, state = State(), State()
    _say(straight, records)
    _say(state, records[:cut])
    known = known_of(state, "kafka")
    telling = Telling("kafka", known)
    history = History(understanding(), {0: committed})
    history.add(records)
    _enter(state, telling, history.in_effect(known))
    assert telling.places <= _named(records)
    assert {key: one.spec for key, one in state.mesh.items()} == {key: one.spec for key, one in straight.mesh.items()}
    assert {place: fault.diagnostics for place, fault in state.faults.items()} == {
        place: fault.diagnostics for place, fault in straight.faults.items()
    }


def _named(records: list[Record]) -> set[str]:
    return {place for one in records for place, _ in understanding().hear(one).said}


def _say(state: State, records: list[Record]) -> None:
    telling = Telling("kafka", {})
    for one in records:
        _enter(state, telling, [understanding().hear(one)])


def _enter(state: State, telling: Telling, heard: list[Heard]) -> None:
    proposal = telling.propose(heard)
    batch = Batch(source="kafka", changes=proposal.changes, cause=Cause())
    step(state, Entry(sequence=state.sequence + 1, batches=(batch,)), POLICY)
    telling.said(proposal)


def test_a_fault_of_keyless_records_ends_with_the_next() -> None:
    """It is the partition's, and holds nothing."""
    telling = Telling("kafka", {})
    assert words(telling, record(None, BAD)) == ["!mesh[0]"]
    [change] = telling.propose([understanding().hear(record(None, document("a", 1), 1))]).changes[-1:]
    assert isinstance(change, Upserted | Faulted)
    assert words(telling, record(None, document("a", 1), 1)) == ["=mesh[0]", "+a"]
