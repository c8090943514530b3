"""A mesh's topics in memory, with writers that can stop at any record and readers that read as they like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pipeline.model.batch import Entry
from pipeline.model.revision import mesh_digest
from pipeline.stages.review import reconcile
from pipeline.stages.rows import rows_of
from pipeline.stages.step import step
from pipeline.topics.follower import Follower
from pipeline.topics.outgoing import (
    Sending,
    claim,
    claim_in_revisions,
    entry_record,
    epoch_of,
    progress_record,
    sending,
)
from pipeline.topics.output import Moved, Published, Settled
from pipeline.topics.progress import Progress
from pipeline.topics.reading import read, read_entry
from pipeline.topics.record import Topic
from pipeline.topics.repair import begin_above, bodies, everything, repairing
from tests.pipeline.builders import batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.model.batch import Batch
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import State
    from pipeline.topics.outgoing import Outgoing
    from pipeline.topics.output import Output


class Kept(NamedTuple):
    """A record in its place."""

    offset: int
    record: Outgoing


class Partition:
    """One topic's records."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.end = 0

    def append(self, record: Outgoing) -> int:
        """Add a record; return its offset."""
        self.kept.append(Kept(self.end, record))
        self.end += 1
        return self.end - 1

    def after(self, offset: int) -> list[Kept]:
        """Return the records from an offset on."""
        return [kept for kept in self.kept if kept.offset >= offset]

    def compact(self, end: int) -> None:
        """Keep the last record of each key, of those before an offset."""
        last = {kept.record.key: kept.offset for kept in self.kept if kept.offset < end}
        self.kept = [kept for kept in self.kept if kept.offset >= end or last[kept.record.key] == kept.offset]


class Cluster:
    """The log and the three topics."""

    def __init__(self) -> None:
        self.log: list[bytes] = []
        self.topics = {topic: Partition() for topic in Topic}
        self.history: dict[int, Revision] = {}

    def submit(self, *batches: Batch) -> None:
        """Add an entry to the log."""
        record = entry_record(batches)
        assert record.value is not None
        self.log.append(record.value)

    def entry(self, offset: int) -> Entry:
        """Return the log's entry at an offset."""
        entry = read_entry(self.log[offset], offset + 1)
        assert isinstance(entry, Entry)
        return entry


class Reader:
    """Reads, and holds what the follower tells to its laws."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.follower = Follower({topic: partition.end for topic, partition in cluster.topics.items()})
        self.position = dict.fromkeys(Topic, 0)
        self.mesh: dict[Key, Resource] = {}
        self.number = 0
        self.settled = 0
        self.lossy = False

    def poll(self, topic: Topic, most: int = 1 << 30, *, back: int = 0) -> None:
        """Read some records of a topic, perhaps from an earlier offset."""
        start = max(0, self.position[topic] - back)
        found = self.cluster.topics[topic].after(start)
        for offset, (key, value, headers) in found[:most]:
            self.hear(self.follower.take(read(topic, offset, key, value, dict(headers))))
            self.position[topic] = max(self.position[topic], offset + 1)
        if len(found) <= most:
            self.position[topic] = self.cluster.topics[topic].end
        self.hear(self.follower.reached(self.position))

    def read_all(self) -> None:
        """Read all there is."""
        for topic in Topic:
            self.poll(topic)

    def hear(self, outputs: Iterable[Output]) -> None:
        """Take what is told; hold it to the law."""
        state = self.follower.state
        for output in outputs:
            match output:
                case Published():
                    assert output.revision.number > self.number, "revisions never go back"
                    self.number = output.revision.number
                    self.take(output.changes)
                    assert output.revisions[-1] == output.revision
                    assert output.revision.digest == mesh_digest(self.mesh.values())
                case Moved():
                    self.take(output.changes)
                case Settled():
                    assert self.lossy or output.progress.sequence >= self.settled
                    self.settled = output.progress.sequence
        assert self.mesh == state.mesh
        assert self.number == (state.revision.number if state.revision else 0)

    def take(self, changes: Mapping[Key, Resource | None]) -> None:
        """Apply changes as a graph does."""
        for key, resource in changes.items():
            if resource is None:
                self.mesh.pop(key, None)
            else:
                self.mesh[key] = resource

    def whole(self, rules: Policy) -> State:
        """Return the state as a stepper would have it."""
        state = self.follower.state.copy()
        reconcile(state, rules)
        return state


class Writer:
    """Writes; each step of its life is one record. It may go on though another took over, and not notice."""

    def __init__(self, cluster: Cluster, rules: Policy, reader: Reader | None = None) -> None:
        self.cluster = cluster
        self.rules = rules
        self.reader = reader or Reader(cluster)
        self.blind = self.outage = False
        self.done = False
        self.idle = False
        self.epoch = 0
        self.life = self.live()

    def advance(self, times: int = 1) -> None:
        """Live on for some records."""
        for _ in range(times):
            if next(self.life, self) is self:
                self.done = True
                return

    def rest(self) -> None:
        """Live on until there is nothing more to do."""
        self.idle = False
        while not self.idle and not self.done:
            self.advance()

    def fenced(self) -> bool:
        """Whether it knows that another took over."""
        return any(self.reader.follower.fence(topic) > self.epoch for topic in Topic)

    def send(self, topic: Topic, records: Iterable[Outgoing]) -> Iterator[None]:
        """Send records, one a step."""
        for record in records:
            self.acked[topic] = self.cluster.topics[topic].append(record)
            yield

    def live(self) -> Iterator[None]:
        """Take over, then enter after entry."""
        self.acked = dict.fromkeys(Topic, -1)
        follower = self.reader.follower
        self.reader.read_all()
        yield
        shift = follower.shift
        yield from self.send(Topic.REVISIONS, [claim_in_revisions("w", shift)])
        self.epoch = epoch_of(self.acked[Topic.REVISIONS], shift)
        for topic in (Topic.RESOURCES, Topic.STATE):
            yield from self.send(topic, [claim("w", self.epoch)])
        self.reader.read_all()
        if self.fenced():
            return
        assert follower.passed(self.epoch)
        assert follower.complete or self.outage
        self.void = follower.ended, self.acked[Topic.STATE]
        self.state, _ = follower.salvage()
        if not follower.complete:
            yield from self.start_over()
        moved = reconcile(self.state, self.rules)
        yield from self.send(Topic.RESOURCES, bodies(self.state, moved, self.epoch))
        yield from self.mend()
        while True:
            if not self.blind:
                self.reader.read_all()
                if self.fenced():
                    return
                yield from self.mend()
            if self.state.sequence < len(self.cluster.log):
                yield from self.enter(self.cluster.entry(self.state.sequence))
            else:
                self.idle = True
                yield

    def start_over(self) -> Iterator[None]:
        """Write all that is known; what is served is what the claims say."""
        state = self.reader.follower.state
        known = begin_above(self.state, self.reader.follower.newest)
        what = everything(self.state, self.epoch, gone=tuple(state.mesh), dropped=tuple(rows_of(state)))
        yield from self.ship(what if known else replace(what, revisions=()))
        reconcile(self.state, self.rules)
        self.cluster.submit(batch())

    def enter(self, entry: Entry) -> Iterator[None]:
        """Bring an entry through."""
        result = step(self.state, entry, self.rules)
        if result.revision is not None:
            self.cluster.history.setdefault(result.revision.number, result.revision)
        yield from self.ship(sending(self.state, result, self.epoch))

    def ship(self, what: Sending) -> Iterator[None]:
        """Send it, and the progress."""
        yield from self.send(Topic.RESOURCES, what.bodies)
        yield from self.send(Topic.REVISIONS, what.revisions)
        yield from self.send(Topic.STATE, what.rows)
        progress = Progress(
            sequence=self.state.sequence,
            revision=self.state.revision.number if self.state.revision else 0,
            resources=self.acked[Topic.RESOURCES],
            revisions=self.acked[Topic.REVISIONS],
            after=self.void[0],
            until=self.void[1],
        )
        yield from self.send(Topic.STATE, [progress_record(progress, self.epoch)])

    def mend(self) -> Iterator[None]:
        """Write anew what does not count."""
        repairs = self.reader.follower.repairs()
        if not repairs:
            return
        for topic in repairs.claims:
            yield from self.send(topic, [claim("w", self.epoch)])
        yield from self.ship(repairing(repairs, self.state, self.epoch, self.cluster.history.get))
