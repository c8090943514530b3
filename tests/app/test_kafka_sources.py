"""The topics that the settings ask for, as sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from galley.app.api.answers import SourceAnswer
from galley.app.cannot_start import CannotStart
from galley.app.control.sources import source_answers
from galley.app.data_directory import data_directory
from galley.app.source_list import distinct_names, make_sources
from galley.app.source_remedy import source_remedy
from galley.settings.load import load_settings
from galley.settings.settings import Settings
from pipeline.stages.state import SourceState, State
from schemas.registry import DEFAULT_REGISTRY


def settings(*assignments: str) -> Settings:
    """Return settings with brokers."""
    return load_settings(None, {}, ["kafka.bootstrap=127.0.0.1:9092", *assignments], {})


def test_each_topic_is_a_source() -> None:
    """By its own name, else by number."""
    wanted = "sources.kafka=[{topic: one}, two, {topic: three, name: mesh}]"
    sources = make_sources(settings(wanted), DEFAULT_REGISTRY)
    assert distinct_names(sources) == ("kafka", "kafka-2", "mesh")
    assert [(one.status.kind, one.status.location) for one in sources][1] == ("kafka", "kafka://127.0.0.1:9092/two")


def test_a_topic_needs_brokers() -> None:
    """Which is said at the start."""
    with pytest.raises(CannotStart, match=r"topic mesh .* needs kafka\.bootstrap"):
        make_sources(load_settings(None, {}, ["sources.kafka=mesh"], {}), DEFAULT_REGISTRY)


@pytest.mark.parametrize("topics", ["galley.resources", "mesh,mesh.verdicts", "[{topic: mesh, dead_letters: x}, x]"])
def test_what_galley_writes_is_not_read(topics: str) -> None:
    """It would answer its own answers."""
    with pytest.raises(CannotStart, match="is one that Galley writes"):
        make_sources(settings(f"sources.kafka={topics}"), DEFAULT_REGISTRY)


def test_each_topic_has_a_state_directory_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As each directory and each repository has."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = {data_directory(settings(f"sources.kafka={topic}")) for topic in ("one", "two", "one,two")}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("the topic mesh does not exist, or may not be seen by us; it is waited for", "make the topic"),
        ("its records are compressed, and cramjam, which can undo that, is not installed", "pip install cramjam"),
        ("no broker answers: 127.0.0.1:9092: it refuses the user galley by PLAIN (kafka.sasl)", "check kafka.sasl"),
        (
            "no broker answers: 127.0.0.1:9092: its certificate is not trusted: expired (kafka.tls.ca)",
            "check kafka.tls",
        ),
        ("no broker answers: 127.0.0.1:9092: Connection refused", "galley doctor"),
        ("the topic mesh.verdicts cannot be written to: TopicAuthorizationFailedError", "let the account write"),
        ("the topic mesh at 127.0.0.1:9092 cannot be followed: GroupAuthorizationFailedError", "consumer group"),
    ],
)
def test_each_trouble_has_a_remedy(error: str, remedy: str) -> None:
    """Which `galley doctor` and `galley sources` show."""
    answer = SourceAnswer(
        name="kafka",
        kind="kafka",
        location="kafka://127.0.0.1:9092/mesh",
        state="stale",
        objects=1,
        synced=True,
        last_sync="",
        age=0.0,
        errors=[error],
    )
    assert remedy in source_remedy(answer)


def test_a_source_of_another_process_is_asked_for_there() -> None:
    """This one cannot know why it has not spoken."""
    known = SourceState(name="kafka", location="kafka kafka://127.0.0.1:9092/mesh")
    (answer,) = source_answers([], State(sources={"kafka": known}), 0.0, shared=True)
    assert "ask the process that follows it" in source_remedy(answer)
