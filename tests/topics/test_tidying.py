"""What is past history, or was dropped long ago, leaves the topics; nothing else does."""

from __future__ import annotations

from pipeline.topics.record import Topic
from pipeline.topics.tidying import tidying
from tests.pipeline.builders import batch, delete, policy, upsert
from tests.topics.cluster import Cluster, Reader, Writer

RULES = policy()


def mesh_of(revisions: int) -> tuple[Cluster, Writer, Reader]:
    """Return a mesh of so many revisions, and a reader of all of them."""
    cluster = Cluster()
    for number in range(revisions):
        cluster.submit(batch(upsert("a", number)))
    writer = Writer(cluster, RULES)
    writer.rest()
    reader = Reader(cluster)
    reader.read_all()
    return cluster, writer, reader


def tidy(cluster: Cluster, writer: Writer, reader: Reader, keep: int, most: int = 1_000) -> int:
    """Take out what can go; return how many records that are."""
    dropped = reader.follower.dropped(cluster.topics[Topic.STATE].end)
    what = tidying(writer.state, reader.follower.outgrown(keep, most), dropped, writer.epoch)
    for _ in writer.ship(what):
        pass
    reader.read_all()
    return len(what.revisions) + len(what.rows)


def test_revisions_past_history_leave_the_topic() -> None:
    """The oldest first, a part at a time; the newest stay, and whoever joins serves the same."""
    cluster, writer, reader = mesh_of(7)
    assert reader.follower.outgrown(3, 1_000) == (1, 2, 3, 4)
    assert tidy(cluster, writer, reader, keep=3, most=3) == 3
    assert reader.follower.outgrown(3, 1_000) == (4,)
    assert tidy(cluster, writer, reader, keep=3) == 1
    assert tidy(cluster, writer, reader, keep=3) == 0
    partition = cluster.topics[Topic.REVISIONS]
    partition.compact(partition.end)
    assert {kept.record.key for kept in partition.kept if kept.record.value} == {b"5", b"6", b"7", b"writer"}
    joiner = Reader(cluster)
    joiner.read_all()
    assert joiner.whole(RULES) == writer.state
    assert joiner.follower.outgrown(3, 1_000) == ()


def test_a_row_that_is_there_again_stays() -> None:
    """Though the reader, by which it was dropped, has not heard of that yet."""
    cluster, writer, reader = mesh_of(1)
    cluster.submit(batch(delete("a")))
    writer.rest()
    reader.read_all()
    assert len(reader.follower.dropped(1 << 62)) == 1
    cluster.submit(batch(upsert("a", "again")))
    writer.rest()
    assert tidy(cluster, writer, reader, keep=10) == 0
    assert reader.whole(RULES) == writer.state
    assert reader.follower.dropped(1 << 62) == ()
