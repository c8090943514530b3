"""The topics to take configuration from."""

from __future__ import annotations

import pytest

from galley.settings.load import BadSettings, load_settings


def test_topics_may_be_text() -> None:
    """One, several, or with settings of their own."""
    for said, topics in (
        ("mesh", ["mesh"]),
        ("mesh,more", ["mesh", "more"]),
        ("[{topic: mesh}, more]", ["mesh", "more"]),
    ):
        settings = load_settings(None, {}, [f"sources.kafka={said}"], {})
        assert [one.topic for one in settings.sources.kafka] == topics
    settings = load_settings(None, {"GALLEY_SOURCES__KAFKA": "mesh"}, [], {})
    assert settings.sources.kafka[0].read == "replay"


def test_answers_go_beside_the_topic_or_nowhere() -> None:
    """Never to the topic itself, which would be read again without end."""
    [one] = load_settings(None, {}, ["sources.kafka=mesh"], {}).sources.kafka
    assert (one.verdict_topic, one.dead_letter_topic) == ("mesh.verdicts", "mesh.dead-letters")
    [one] = load_settings(None, {}, ["sources.kafka={topic: mesh, verdicts: '', dead_letters: dlq}"], {}).sources.kafka
    assert (one.verdict_topic, one.dead_letter_topic) == ("", "dlq")
    with pytest.raises(BadSettings, match="cannot go to the topic that is read"):
        load_settings(None, {}, ["sources.kafka={topic: mesh, verdicts: mesh}"], {})
