"""The topics of a mesh: one prefix, one partition each, and what is lost by no cleaning."""

from __future__ import annotations

from galley.kafka.names import Topics
from galley.kafka.wanted import MAX_MESSAGE_BYTES, engine_topics, published_topics


def test_topics_of_a_mesh_share_its_prefix() -> None:
    """And the engine's are all that there are."""
    topics = Topics("shop-")
    names = {topics.log, topics.resources, topics.revisions, topics.state, topics.events, topics.live}
    assert names == {f"shop-{name}" for name in ("log", "resources", "revisions", "state", "events", "live")}
    assert {topic.name for topic in engine_topics("shop-")} == names
    assert {topic.name for topic in published_topics("shop-")} == {topics.events, topics.resources, topics.revisions}


def test_order_is_kept_and_large_records_pass() -> None:
    """In every topic."""
    for topic in engine_topics("galley."):
        assert topic.partitions == 1
        assert topic.settings["max.message.bytes"] == str(MAX_MESSAGE_BYTES)


def test_only_what_has_keys_is_compacted() -> None:
    """The log is kept until somebody decides otherwise; a reader has ten minutes for what compaction would take."""
    made = {topic.name: topic.settings for topic in engine_topics("")}
    assert made["log"]["cleanup.policy"] == "delete"
    assert made["log"]["retention.ms"] == "-1"
    assert made["events"]["retention.ms"] == "604800000"
    for name in ("resources", "revisions", "state"):
        assert made[name]["cleanup.policy"] == "compact"
        assert made[name]["min.compaction.lag.ms"] == "600000"
    assert made["live"]["cleanup.policy"] == "compact"
