"""Level: whatever was missed, the topics come to hold what is served, as every reader of them understands it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.batch import Entry
from pipeline.model.snapshot import Snapshot
from pipeline.stages.state import State
from pipeline.stages.step import step
from pipeline.topics.follower import Follower
from pipeline.topics.outgoing import Outgoing, body_record, claim, claim_in_revisions, epoch_of
from pipeline.topics.output import Published
from pipeline.topics.reading import read
from pipeline.topics.record import Poison, Topic
from sinks.kafka.level import Level, Raw
from tests.pipeline.builders import batch, key, policy, thing, upsert
from tests.pipeline.meshes import histories, values

if TYPE_CHECKING:
    from pipeline.model.batch import Batch
    from pipeline.model.change import Change
    from pipeline.model.revision import Revision


@dataclass
class Broker:
    """Two topics, as lists of what lies in them."""

    topics: dict[Topic, list[Outgoing]] = field(default_factory=lambda: {Topic.RESOURCES: [], Topic.REVISIONS: []})

    def send(self, topic: Topic, record: Outgoing) -> int:
        """Append a record; return its offset."""
        self.topics[topic].append(record)
        return len(self.topics[topic]) - 1

    def records(self) -> list[Raw]:
        """Everything that lies there."""
        return [
            Raw(topic, offset, record.key, record.value, dict(record.headers))
            for topic, records in self.topics.items()
            for offset, record in enumerate(records)
        ]

    def claim(self, shift: int, writer: str = "us") -> int:
        """Claim both topics; return the epoch."""
        epoch = epoch_of(self.send(Topic.REVISIONS, claim_in_revisions(writer, shift)), shift)
        self.send(Topic.RESOURCES, claim(writer, epoch))
        return epoch


def connect(broker: Broker) -> tuple[Level, int]:
    """Learn what the topics hold, and claim them."""
    level = Level()
    for raw in broker.records():
        level.take(raw)
    epoch = broker.claim(level.shift)
    for raw in broker.records():
        if raw.key == b"writer":
            level.take(raw)
    return level, epoch


def bring(broker: Broker, link: tuple[Level, int], snapshot: Snapshot, known: list[Revision], *, keep: int = 50) -> int:
    """Bring the topics in step; return how many records that took."""
    level, epoch = link
    since = {name: one.number for one in known for name in one.changed if one.number <= snapshot.revision.number}
    dues = list(level.bodies(snapshot, since, epoch))
    for due in dues:
        broker.send(Topic.RESOURCES, due.record)
    level.sent_bodies(dues)
    revisions = list(level.revisions(known, snapshot.revision.number, keep, epoch))
    for _, record in revisions:
        broker.send(Topic.REVISIONS, record)
    level.sent_revisions(revisions)
    return len(dues) + len(revisions)


def understood(broker: Broker) -> tuple[Follower, list[Published]]:
    """Read the topics as a process of the Kafka engine does."""
    ends = {topic: len(broker.topics.get(topic, ())) for topic in Topic}
    follower = Follower(ends)
    told = []
    for raw in broker.records():
        record = read(raw.topic, raw.offset, raw.key, raw.value, raw.headers)
        assert not isinstance(record, Poison)
        told += follower.take(record)
    told += follower.reached(ends)
    return follower, [one for one in told if isinstance(one, Published)]


@given(histories(values), st.data())
def test_readers_come_to_what_is_served_whatever_was_missed(history: list[list[Change]], data: st.DataObject) -> None:
    """Any revisions may pass unseen, connections break anywhere, and somebody else may write in between."""
    state, broker = State(), Broker()
    rules = policy(guard_count=1_000)
    known: list[Revision] = []
    level, epoch = connect(broker)
    for number, said in enumerate(history, start=1):
        made = step(state, entry(number, batch(*said, at=float(number))), rules)
        if made.revision is not None:
            known.append(made.revision)
        if state.revision is None or data.draw(st.booleans(), label="away"):
            continue
        match data.draw(st.sampled_from(["stay", "again", "other", "lost"]), label="meanwhile"):
            case "again":
                level, epoch = connect(broker)
            case "other":
                other = connect(broker)[1]
                broker.send(Topic.RESOURCES, body_record(key("a"), thing("a", 9), 77, other))
                level, epoch = connect(broker)
            case "lost":
                broker = Broker()
                level, epoch = connect(broker)
            case _:
                pass
        snapshot = Snapshot(revision=state.revision, resources=dict(state.mesh))
        bring(broker, (level, epoch), snapshot, known)
        follower, told = understood(broker)
        assert follower.state.mesh == snapshot.resources
        assert follower.state.revision == snapshot.revision == told[-1].revision
        assert bring(broker, (level, epoch), snapshot, known) == 0, "what is there is not sent again"
        assert {one.number for one in known} <= {int(r.key or b"") for r in broker.topics[Topic.REVISIONS] if _is(r)}


def test_a_record_of_a_writer_who_was_replaced_is_written_over() -> None:
    """What lies there after our claim, of an older epoch, counts for nobody; so it must not be the last word."""
    broker, state = Broker(), State()
    made = step(state, entry(1, batch(*_said("a", "b"))), policy())
    assert made.revision is not None
    snapshot = Snapshot(revision=made.revision, resources=dict(state.mesh))
    level, older = connect(broker)
    bring(broker, (level, older), snapshot, [made.revision])
    level, epoch = connect(broker)
    bring(broker, (level, epoch), snapshot, [made.revision])
    broker.send(Topic.RESOURCES, body_record(key("a"), thing("a", 9), 2, older))
    broker.send(Topic.RESOURCES, body_record(key("c"), thing("c", 9), 2, older))
    assert set(understood(broker)[0].repairs().bodies) == {key("a"), key("c")}
    level, epoch = connect(broker)
    bring(broker, (level, epoch), snapshot, [made.revision])
    follower, _ = understood(broker)
    assert follower.state.mesh == snapshot.resources
    assert not follower.repairs().bodies


def test_a_server_that_begins_anew_takes_back_what_it_never_had() -> None:
    """Revisions of an earlier life go, and objects that name one of them are sent again under ours."""
    broker, state = Broker(), State()
    rules = policy()
    made = [step(state, entry(n, batch(*_said("a", value=n))), rules).revision for n in (1, 2, 3)]
    known = [one for one in made if one is not None]
    level, epoch = connect(broker)
    bring(broker, (level, epoch), Snapshot(revision=known[-1], resources=dict(state.mesh)), known)
    anew = State()
    first = step(anew, entry(1, batch(*_said("a", value=3))), rules).revision
    assert first is not None
    level, epoch = connect(broker)
    bring(broker, (level, epoch), Snapshot(revision=first, resources=dict(anew.mesh)), [first])
    follower, told = understood(broker)
    assert follower.state.mesh == anew.mesh
    assert told[-1].revision == first
    assert level.newest == 1


def test_history_has_an_end() -> None:
    """What is older than the revisions that are kept is taken back."""
    broker, state, rules = Broker(), State(), policy()
    level, epoch = connect(broker)
    known: list[Revision] = []
    for number in range(1, 9):
        made = step(state, entry(number, batch(*_said("a", value=number))), rules).revision
        assert made is not None
        known.append(made)
        bring(broker, (level, epoch), Snapshot(revision=made, resources=dict(state.mesh)), known[-1:], keep=3)
    left: dict[bytes | None, bytes | None] = {}
    for record in broker.topics[Topic.REVISIONS]:
        left[record.key] = record.value
    assert sorted(int(name or b"") for name, value in left.items() if value and name != b"writer") == [6, 7, 8]


def test_what_nobody_can_read_is_as_if_it_were_not_there() -> None:
    """Keys that are none, headers that are no numbers, claims that are none: no error, and they are written over."""
    level = Level()
    for name, headers in (
        (b"nothing", {}),
        (b"\xff/a/b", {}),
        (b"Thing/default/a", {"epoch": b"x"}),
        (b"writer", {}),
        (None, {}),
    ):
        level.take(Raw(Topic.RESOURCES, 0, name, b"{}", headers))
        level.take(Raw(Topic.REVISIONS, 0, name, b"{}", headers))
    state = State()
    made = step(state, entry(1, batch(*_said("a"))), policy()).revision
    assert made is not None
    assert bring(Broker(), (level, 1), Snapshot(revision=made, resources=dict(state.mesh)), [made]) == 2


def entry(sequence: int, one: Batch) -> Entry:
    """Return an entry of one batch."""
    return Entry(sequence=sequence, batches=(one,))


def _said(*names: str, value: object = 1) -> list[Change]:
    return [upsert(name, value) for name in names]


def _is(record: Outgoing) -> bool:
    return record.key != b"writer"
