"""Topics that lose what they had: truncated, or made anew. The writer writes it all again, and every reader has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.stages.review import reconcile
from pipeline.stages.rows import rows_of
from pipeline.topics.outgoing import claim
from pipeline.topics.record import Topic
from pipeline.topics.repair import MARGIN, begin_above, everything
from tests.pipeline.builders import batch, policy, thing, upsert
from tests.pipeline.meshes import content, good_and_bad, histories, run, values
from tests.topics.cluster import Cluster, Partition, Reader, Writer

if TYPE_CHECKING:
    from pipeline.model.change import Change
    from pipeline.stages.state import State

RULES = policy(guard_count=1_000)
losses = st.dictionaries(st.sampled_from(Topic), st.sampled_from(["truncated", "made anew"]), min_size=1)
polls = st.lists(st.tuples(st.sampled_from(Topic), st.integers(1, 6)), max_size=20)


class Mesh:
    """A cluster with a writer, a reader that has read all and one that has not."""

    def __init__(self, batches: list[list[Change]], read: list[tuple[Topic, int]]) -> None:
        self.cluster = Cluster()
        self.near, self.far = Reader(self.cluster), Reader(self.cluster)
        self.submit(batches)
        self.writer = Writer(self.cluster, RULES)
        self.writer.rest()
        self.near.read_all()
        for topic, most in read:
            self.far.poll(topic, most)

    def submit(self, batches: list[list[Change]]) -> None:
        """Add to the log."""
        for said in batches:
            self.cluster.submit(batch(*said))

    def lose(self, lost: dict[Topic, str]) -> None:
        """Lose what these topics have. Readers notice; one that has missed something begins anew."""
        self.near.lossy = self.far.lossy = True
        ends = {topic: partition.end for topic, partition in self.cluster.topics.items()}
        for topic, how in lost.items():
            self.cluster.topics[topic].kept = []
            if how == "made anew":
                self.cluster.topics[topic] = Partition()
                for reader in (self.near, self.far, self.writer.reader):
                    reader.position[topic] = 0
                    reader.follower.rewind(topic)
                self.writer.acked[topic] = -1
                if topic is Topic.STATE:
                    self.writer.void = -1, -1
        for name in ("near", "far"):
            if any(getattr(self, name).position[topic] < ends[topic] for topic in lost):
                setattr(self, name, Reader(self.cluster))

    def rewrite(self, writer: Writer) -> None:
        """Let a writer write all that there is."""
        state = writer.reader.follower.state
        what = everything(writer.state, writer.epoch, gone=tuple(state.mesh), dropped=tuple(rows_of(state)))
        for _ in writer.ship(what):
            pass
        writer.reader.read_all()
        for _ in writer.mend():
            pass

    def check(self, state: State) -> None:
        """All come to the writer's state, also who joins now, also once all is compacted."""
        late = Reader(self.cluster)
        for partition in self.cluster.topics.values():
            partition.compact(partition.end)
        for reader in (self.near, self.far, late, Reader(self.cluster)):
            reader.read_all()
            assert reader.whole(RULES) == state
            assert not reader.follower.repairs()
            assert reader.follower.complete


@given(histories(good_and_bad), polls, losses, histories(good_and_bad))
def test_a_living_writer_writes_all_again(
    batches: list[list[Change]], read: list[tuple[Topic, int]], lost: dict[Topic, str], more: list[list[Change]]
) -> None:
    """Its state is what all others follow; under the same revision, whatever was lost, it is there again."""
    mesh = Mesh(batches, read)
    mesh.lose(lost)
    for topic in (Topic.RESOURCES, Topic.STATE):
        mesh.cluster.topics[topic].append(claim("w", mesh.writer.epoch))
    mesh.rewrite(mesh.writer)
    mesh.submit(more)
    mesh.writer.rest()
    mesh.check(mesh.writer.state)


@given(histories(values), st.integers(0, 40), st.tuples(*[st.sampled_from([0.0, 0.5, 1.0])] * 3))
def test_a_long_outage_loses_nothing(batches: list[list[Change]], sent: int, shares: tuple[float, ...]) -> None:
    """A writer that dies within an entry, and topics that are compacted before anybody else is there: all is served."""
    cluster = Cluster()
    for said in batches:
        cluster.submit(batch(*said))
    Writer(cluster, RULES).advance(sent)
    for topic, share in zip(Topic, shares, strict=True):
        partition = cluster.topics[topic]
        partition.compact(round(share * partition.end))
    heir = Writer(cluster, RULES)
    heir.outage = True
    heir.rest()
    alone, _ = run(batches, RULES)
    assert content(heir.state) == content(alone)
    assert heir.state.claims == alone.claims
    late = Reader(cluster)
    late.read_all()
    assert late.whole(RULES) == heir.state


@given(histories(good_and_bad), polls, losses, histories(good_and_bad), st.integers(0, 12))
def test_an_heir_writes_what_it_knows(
    batches: list[list[Change]],
    read: list[tuple[Topic, int]],
    lost: dict[Topic, str],
    more: list[list[Change]],
    old: int,
) -> None:
    """With an older replica than others have, whatever the topics still tell: all come to its state, and go on."""
    replica = Mesh(batches[:old], []).near
    assume(replica.number)
    mesh = Mesh(batches, read)
    mesh.lose(lost)
    heir = Writer(mesh.cluster, RULES, Reader(mesh.cluster))
    heir.reader.lossy = True
    heir.advance(4)
    heir.reader.read_all()
    heir.void = heir.reader.follower.ended, heir.acked[Topic.STATE]
    heir.state = replica.whole(RULES)
    begin_above(heir.state, heir.reader.follower.newest)
    reconcile(heir.state, RULES)
    mesh.rewrite(heir)
    for said in [*batches[old:], *more]:
        mesh.cluster.submit(batch(*said))
        for _ in heir.enter(mesh.cluster.entry(len(mesh.cluster.log) - 1)):
            pass
    mesh.check(heir.state)


def test_a_body_that_no_revision_names_hides_none_for_ever() -> None:
    """Its writer died, and the one before it was compacted away: the heir serves what the claims say, numbered anew."""
    cluster = Cluster()
    cluster.submit(batch(upsert("a"), upsert("b")))
    writer = Writer(cluster, RULES)
    writer.rest()
    reader = Reader(cluster)
    reader.read_all()
    cluster.submit(batch(upsert("a", 2)))
    writer.advance()
    for partition in cluster.topics.values():
        partition.compact(partition.end)
    heir = Writer(cluster, RULES)
    heir.outage = True
    heir.rest()
    for one in (reader, Reader(cluster)):
        one.read_all()
        assert one.whole(RULES) == heir.state
        assert {found.name: body.spec for found, body in one.mesh.items()} == {
            "a": thing("a", 2).spec,
            "b": thing("b").spec,
        }
        assert one.number > MARGIN
