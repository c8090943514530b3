"""What happens between two writers, moment by moment."""

from __future__ import annotations

import pytest

from pipeline.stages.rows import Row
from pipeline.topics.outgoing import claim, claim_in_revisions, row_record, sweep
from pipeline.topics.record import Topic
from tests.pipeline.builders import batch, delete, policy, upsert
from tests.topics.cluster import Cluster, Reader, Writer

RULES = policy()


def two_entries() -> tuple[Cluster, Writer, Reader]:
    """Return a writer that has done the first of two entries, and a reader."""
    cluster = Cluster()
    reader = Reader(cluster)
    cluster.submit(batch(upsert("a")))
    writer = Writer(cluster, RULES)
    writer.rest()
    cluster.submit(batch(upsert("a", 2), upsert("b")))
    return cluster, writer, reader


@pytest.mark.parametrize("claimed", range(4))
@pytest.mark.parametrize("sent", range(7))
def test_a_zombie_may_write_at_any_moment_of_a_takeover(claimed: int, sent: int) -> None:
    """Whatever it had written when each claim came: the entry takes effect once, and all agree."""
    cluster, zombie, reader = two_entries()
    zombie.blind = True
    zombie.advance(sent)
    heir = Writer(cluster, RULES)
    heir.advance(claimed + 1)
    zombie.rest()
    heir.rest()
    for one in (reader, zombie.reader, Reader(cluster)):
        one.read_all()
        assert one.whole(RULES) == heir.state
        assert not one.follower.repairs()
        assert (one.settled, one.number) == (2, 2)


def test_a_late_claim_of_an_older_writer_is_written_over() -> None:
    """Else a reader of the compacted topic would take it for the last one."""
    cluster, _, reader = two_entries()
    late = claim_in_revisions("late", 0)
    epoch = cluster.topics[Topic.REVISIONS].append(late) + 1
    heir = Writer(cluster, RULES)
    heir.rest()
    cluster.topics[Topic.RESOURCES].append(claim("late", epoch))
    reader.read_all()
    assert reader.follower.repairs().claims == (Topic.RESOURCES,)
    heir.rest()
    for partition in cluster.topics.values():
        partition.compact(partition.end)
    joiner = Reader(cluster)
    joiner.read_all()
    assert {joiner.follower.fence(topic) for topic in Topic} == {heir.epoch}
    reader.read_all()
    assert not reader.follower.repairs()


def test_epochs_rise_though_the_revisions_are_made_anew() -> None:
    """An epoch is counted from the highest one that anybody saw."""
    cluster, writer, _ = two_entries()
    writer.rest()
    cluster.topics[Topic.REVISIONS] = type(cluster.topics[Topic.REVISIONS])()
    joiner = Reader(cluster)
    joiner.read_all()
    assert joiner.follower.shift == writer.epoch
    writer.reader.follower.rewind(Topic.REVISIONS)
    assert writer.reader.follower.shift == writer.epoch


def test_a_zombies_progress_hides_no_row_that_counts() -> None:
    """It may lie in a compacted topic without the claim that fenced it, and in place of the progress of all before."""
    cluster, zombie, _ = two_entries()
    zombie.blind = True
    Writer(cluster, RULES).rest()
    zombie.rest()
    heir = Writer(cluster, RULES)
    heir.rest()
    state = cluster.topics[Topic.STATE]
    for end in range(state.end + 1):
        state.compact(end)
        joiner = Reader(cluster)
        joiner.read_all()
        assert joiner.whole(RULES) == heir.state


def test_what_was_dropped_long_ago_leaves_the_topic() -> None:
    """A dropped row says who dropped it until it is swept; then, compacted, nothing is left of it but a tombstone."""
    cluster, writer, reader = two_entries()
    cluster.submit(batch(delete("a")))
    writer.rest()
    reader.read_all()
    (gone,) = reader.follower.dropped(cluster.topics[Topic.STATE].end)
    assert gone[0] == "claims"
    assert reader.follower.dropped(0) == ()
    state = cluster.topics[Topic.STATE]
    for record in sweep([gone], writer.epoch):
        state.append(record)
    cluster.submit(batch(upsert("c")))
    writer.rest()
    state.compact(state.end)
    assert [kept.record.value for kept in state.kept if kept.record.key == row_record(Row(*gone, None), 1).key] == [
        None
    ]
    for one in (reader, Reader(cluster)):
        one.read_all()
        assert one.whole(RULES) == writer.state
        assert one.follower.dropped(state.end) == ()
