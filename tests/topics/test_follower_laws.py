"""Laws of the follower: whatever it reads in whatever order, it comes to what the writer has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pipeline.topics.record import Topic
from tests.pipeline.builders import batch, policy
from tests.pipeline.meshes import good_and_bad, histories
from tests.topics.cluster import Cluster, Reader, Writer

if TYPE_CHECKING:
    from pipeline.model.change import Change

RULES = policy(guard_count=1_000)
polls = st.lists(st.tuples(st.sampled_from(Topic), st.integers(1, 6), st.integers(0, 4)), max_size=40)


def written(batches: list[list[Change]]) -> tuple[Cluster, Writer]:
    """Return topics to which a writer has brought these."""
    cluster = Cluster()
    for number, said in enumerate(batches, start=1):
        cluster.submit(batch(*said, at=float(number)))
    writer = Writer(cluster, RULES)
    writer.rest()
    return cluster, writer


@given(histories(good_and_bad), polls, st.integers(0, 12))
def test_any_interleaving_comes_to_the_writers_state(
    batches: list[list[Change]], order: list[tuple[Topic, int, int]], early: int
) -> None:
    """However the partitions are read, and read again, and whenever the reader joined: it has what the writer has."""
    cluster, writer = written(batches[:early])
    reader = Reader(cluster)
    for number, said in enumerate(batches[early:], start=early + 1):
        cluster.submit(batch(*said, at=float(number)))
    writer.rest()
    for topic, most, back in order:
        reader.poll(topic, most, back=back)
    reader.read_all()
    assert reader.whole(RULES) == writer.state
    assert reader.follower.complete
    assert not reader.follower.repairs()


@given(histories(good_and_bad), polls, polls, st.tuples(*[st.floats(0, 1)] * 3), st.integers(0, 12))
def test_a_joiner_over_compacted_topics_comes_to_the_writers_state(
    batches: list[list[Change]],
    before: list[tuple[Topic, int, int]],
    after: list[tuple[Topic, int, int]],
    shares: tuple[float, ...],
    early: int,
) -> None:
    """However much of each topic was compacted, also while it was reading."""
    cluster, writer = written(batches[:early])
    reader = Reader(cluster)
    for topic, most, back in before:
        reader.poll(topic, most, back=back)
    for number, said in enumerate(batches[early:], start=early + 1):
        cluster.submit(batch(*said, at=float(number)))
    writer.rest()
    for topic, share in zip(Topic, shares, strict=True):
        partition = cluster.topics[topic]
        partition.compact(round(share * partition.end))
    late = Reader(cluster)
    for topic, most, back in after:
        reader.poll(topic, most, back=back)
        late.poll(topic, most, back=back)
    for one in (reader, late):
        one.read_all()
        assert one.whole(RULES) == writer.state
        assert one.follower.complete
        assert not one.follower.repairs()
