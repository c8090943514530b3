"""Writers that crash, that take over, and that go on writing though another took over: nothing is lost, all agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pipeline.stages.state import State
from pipeline.stages.step import step
from pipeline.topics.outgoing import WRITER, Outgoing, sweep
from pipeline.topics.record import Topic
from tests.pipeline.builders import batch, policy
from tests.pipeline.meshes import changes, good_and_bad
from tests.topics.cluster import Cluster, Reader, Writer

if TYPE_CHECKING:
    from pipeline.model.change import Change
    from pipeline.stages.policy import Policy

topics = st.sampled_from(Topic)
which = st.integers(0, 5)


class Mesh(RuleBasedStateMachine):
    """Anything may happen between any two records."""

    policies: tuple[Policy, ...] = (policy(guard_count=1_000),)

    def __init__(self) -> None:
        super().__init__()
        self.cluster = Cluster()
        self.writers: list[Writer] = []
        self.readers: list[Reader] = []
        self.horizon = dict.fromkeys(Topic, 0)

    @rule(said=st.lists(changes(good_and_bad), min_size=1, max_size=3))
    def submit(self, said: list[Change]) -> None:
        """Somebody submits a batch."""
        self.cluster.submit(batch(*said, at=float(len(self.cluster.log))))

    @rule(old=st.none() | which, rules=which)
    def takes_over(self, old: int | None, rules: int) -> None:
        """A process becomes the writer: one that has read all along, or a new one; the others do not notice yet."""
        reader = self.readers[old % len(self.readers)] if old is not None and self.readers else None
        if reader is not None:
            self.readers.remove(reader)
        self.writers.append(Writer(self.cluster, self.policies[rules % len(self.policies)], reader))

    @precondition(lambda self: self.writers)
    @rule(one=which, times=st.integers(1, 12))
    def writes(self, one: int, times: int) -> None:
        """A writer, of now or of before, sends some records."""
        writer = self.writers[one % len(self.writers)]
        writer.advance(times)
        if writer.done:
            self.crashes(self.writers.index(writer))

    @precondition(lambda self: self.writers)
    @rule(one=which)
    def goes_blind(self, one: int) -> None:
        """A writer no longer hears of others: it is a zombie as soon as another takes over."""
        self.writers[one % len(self.writers)].blind = True

    @precondition(lambda self: self.writers)
    @rule(one=which)
    def crashes(self, one: int) -> None:
        """A writer stops where it is; its reader reads on, as another process's would."""
        writer = self.writers.pop(one % len(self.writers))
        self.readers.append(writer.reader)

    @rule(topic=topics, one=st.integers(0, 30))
    def is_spoilt(self, topic: Topic, one: int) -> None:
        """Somebody who has no business there writes something about what is there."""
        partition = self.cluster.topics[topic]
        names = [kept.record.key for kept in partition.kept if kept.record.key != WRITER]
        if names:
            partition.append(Outgoing(names[one % len(names)], b"{"))

    @rule()
    def joins(self) -> None:
        """A process joins."""
        self.readers.append(Reader(self.cluster))

    @precondition(lambda self: self.readers)
    @rule(one=which, topic=topics, most=st.integers(1, 8), back=st.integers(0, 3))
    def polls(self, one: int, topic: Topic, most: int, back: int) -> None:
        """A reader reads on a little."""
        self.readers[one % len(self.readers)].poll(topic, most, back=back)

    @rule()
    def time_passes(self) -> None:
        """So much that a writer has mended what zombies did, and readers have caught up; then may be compacted."""
        self.settle()
        self.horizon = {topic: partition.end for topic, partition in self.cluster.topics.items()}

    @rule()
    def is_swept(self) -> None:
        """A writer takes rows out of the topic that were dropped long ago."""
        writer = self.settle()
        for record in sweep(writer.reader.follower.dropped(self.horizon[Topic.STATE]), writer.epoch):
            self.cluster.topics[Topic.STATE].append(record)
        self.settle()

    @rule(topic=topics, share=st.floats(0, 1))
    def compacts(self, topic: Topic, share: float) -> None:
        """Some of what is old enough is compacted."""
        self.cluster.topics[topic].compact(round(share * self.horizon[topic]))

    def settle(self) -> Writer:
        """Let a writer live that is nobody's zombie; return it."""
        writer = Writer(self.cluster, self.policies[0])
        self.writers.append(writer)
        writer.rest()
        for reader in self.readers:
            reader.read_all()
        for other in self.writers[:-1]:
            other.reader.read_all()
        return writer

    def teardown(self) -> None:
        """All agree in the end, also who joins now: on what a single writer makes of the log."""
        for writer in self.writers:
            writer.advance(3)
        expected = self.settle().state
        alone = State()
        for offset in range(len(self.cluster.log)):
            step(alone, self.cluster.entry(offset), self.policies[0])
        if len(self.policies) == 1:
            assert expected == alone
        assert (expected.sequence, expected.claims) == (alone.sequence, alone.claims)
        for reader in (*self.readers, *(other.reader for other in self.writers), Reader(self.cluster)):
            reader.read_all()
            assert reader.whole(self.policies[0]) == expected
            assert not reader.follower.repairs()
        for topic in Topic:
            partition = self.cluster.topics[topic]
            partition.compact(partition.end)
        late = Reader(self.cluster)
        late.read_all()
        assert late.whole(self.policies[0]) == expected


class MixedMesh(Mesh):
    """The writers do not even have the same settings."""

    policies = policy(precedence=("git",), guard_count=1), policy(guard_count=1_000), policy(guard_count=0)


TestMesh = Mesh.TestCase
TestMixedMesh = MixedMesh.TestCase
TestMesh.settings = TestMixedMesh.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
