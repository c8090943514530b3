"""How sources are: in `galley sources`, in status, metrics and readiness, in the checkup; while they are down, too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from galley.app.api.answers import SourceAnswer
from galley.app.cli.printing import age_text, source_state
from galley.app.control.source_health import healths
from galley.app.control.sources import source_answers
from galley.app.source_remedy import source_remedy
from galley.sources.contract import SourceStatus
from galley.sources.scripted import ScriptedSource
from pipeline.stages.state import SourceState, State
from tests.app.commands import entry, galley
from tests.app.live import running
from tests.pipeline.builders import origin, synced, upsert
from tests.pipeline.meshes import run

if TYPE_CHECKING:
    from pathlib import Path

    from galley.app.control.source_health import SourceHealth


def health(state: State, now: float = 100.0, **said: Any) -> SourceHealth:  # noqa: ANN401  any field's
    """Return how a source is that says this of itself."""
    source = ScriptedSource({}, name="git")
    for field, value in said.items():
        setattr(source.status, field, value)
    (found,) = healths([source], state, now)
    return found


@pytest.mark.parametrize(
    ("said", "condition", "text"),
    [
        ({}, "waiting", "waiting"),
        ({"synced": True}, "synced", "synced"),
        ({"errors": ["no"], "synced": True}, "synced", "synced"),
        ({"errors": ["no"], "lost": True}, "failed", "failed"),
        ({"errors": ["no"], "retry_at": 104.0}, "retrying", "retrying in 4 s"),
        ({"errors": ["no"], "lost": True, "synced": True}, "stale", "stale"),
        ({"errors": ["no"], "synced": True, "retry_at": 104.0}, "stale", "stale, retrying in 4 s"),
    ],
)
def test_a_state_a_word(said: dict[str, Any], condition: str, text: str) -> None:
    """Each way to be has its word, with the seconds to the next attempt where there is one."""
    found = health(State(), **said)
    assert found.condition == condition
    source = ScriptedSource({}, name="git")
    for field, value in said.items():
        setattr(source.status, field, value)
    assert source_state(source_answers([source], State(), 100.0)[0]) == text


def test_what_is_in_the_log_counts_and_its_age_is_seen() -> None:
    """After a restart while the source is down, it is synced, with its objects, as old as its last word."""
    state, _ = run([[upsert("a", at=origin("a.yaml", source="git")), synced("git")]])
    state.sources["git"] = SourceState(name="git", synced=True, at=40.0)
    found = health(state, errors=["connection refused"], lost=True, retry_at=101.0)
    assert (found.condition, found.objects, found.age, found.retry_in) == ("stale", 1, 60.0, 1.0)
    assert health(state, now=400.0, errors=["connection refused"], lost=True).age == 360.0


def test_held_objects_and_faults_are_counted_by_source() -> None:
    """An object that is not served as written is its source's, and nobody else's."""
    state, _ = run([[upsert("a", at=origin("a.yaml", source="git")), synced("git")]])
    run_on, _ = run([[upsert("a", "bad", at=origin("a.yaml", source="git")), synced("git")]])
    assert (health(state).held, health(run_on).held) == (0, 1)


@pytest.mark.parametrize(
    ("age", "text"), [(0.0, "0s"), (119.0, "119s"), (120.0, "2m"), (7_200.0, "2h"), (200_000.0, "2d")]
)
def test_an_age_in_its_largest_unit(age: float, text: str) -> None:
    """Seconds up to two minutes, minutes up to two hours, and so on; a dash where there never was a sync."""
    known = SourceAnswer(name="a", kind="git", location="", objects=0, synced=True, last_sync="x", age=age, errors=[])
    assert age_text(known) == text
    assert age_text(known.model_copy(update={"last_sync": ""})) == "-"


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("files", "/mesh cannot be read: no such file or directory", "mounted"),
        ("files", "/mesh cannot be read: permission denied", "server's user"),
        (
            "files",
            "/mesh cannot be watched (inotify watch limit reached); looking every 0.5 s instead",
            "max_user_watches",
        ),
        ("file", "mesh.yaml: No such file or directory", "is PLACE there"),
        ("git", "there is no /srv/mesh.git", "spelt right"),
        ("git", "git cannot be started: No such file or directory", "install git"),
        ("git", "the repository has no branch or tag prod; what it said last is kept", "URL#BRANCH"),
        ("git", "the commit has more than 10 files and directories (git.max_files)", "raise the limit"),
        ("git", "Permission denied (publickey)", "token or key"),
        ("git", "Host key verification failed", "known_hosts"),
        ("git", "ssh: Could not resolve hostname x", "reach"),
        ("kubernetes", "403 Forbidden: services is forbidden", "roles"),
        (
            "kubernetes",
            "https://127.0.0.1:1 is out of reach: Cannot connect to host 127.0.0.1:1 ssl:default [Connect call failed]",
            "readyz",
        ),
        ("kubernetes", "kubernetes-asyncio is not installed: pip install ...", "install the extra"),
        ("consul", "403 Permission denied", "service:read"),
        ("consul", "http://c:8500 knows no leader: what it has may be old, and is not believed", "raft list-peers"),
        ("consul", "http://c:8500/v1/catalog/services cannot be reached (no connection)", "consul members"),
        ("nomad", "connection refused", "nomad status"),
        ("marathon", "401", "user and token"),
        ("somebody-elses", "no", "look at PLACE"),
    ],
)
def test_the_checkup_says_what_to_do(kind: str, error: str, words: str) -> None:
    """Each kind of source has its own ways to fail, and each of them its own way out."""
    source = SourceAnswer(
        name="a", kind=kind, location="PLACE", objects=0, synced=True, last_sync="", age=0, errors=[error]
    )
    assert words in source_remedy(source.model_copy(update={"state": "stale"}))
    assert source_remedy(source.model_copy(update={"state": "synced", "errors": []})) == ""
    assert words in source_remedy(source.model_copy(update={"state": "synced"}))


def test_the_same_trouble_counts_once() -> None:
    """A source that looks every half second and sees the same counts one failure until something changes."""
    status = SourceStatus(name="a", kind="files", location="")
    for errors in ([], ["gone"], ["gone"], [], ["gone"], ["denied"]):
        status.note(errors)
    assert (status.failures, status.errors) == (3, ["denied"])
    status.failing("again", retry_at=5.0)
    assert (status.failures, status.retry_at) == (4, 5.0)
    status.well(7.0)
    assert (status.errors, status.retry_at, status.last_sync) == ([], 0.0, 7.0)


async def test_a_source_that_goes_away_is_seen_everywhere(tmp_path: Path) -> None:
    """Stale in `galley sources`, in status, in readiness (which stays 200), in the metrics; and it comes back."""
    (tmp_path / "mesh").mkdir()
    (tmp_path / "mesh" / "a.yaml").write_text(entry("web"))
    async with running(tmp_path) as live:
        await live.until("/api/v1/sources", lambda sources: sources[0]["state"] == "synced")
        (tmp_path / "mesh").rename(tmp_path / "away")
        (source,) = await live.until("/api/v1/sources", lambda sources: sources[0]["state"] == "stale")
        assert (source["objects"], source["failures"]) == (1, 1)
        ready = await live.http.get("/readyz", params={"verbose": ""})
        assert ready.status_code == 200
        assert "[-] source files: stale, 1 objects" in ready.text
        assert (await live.http.get("/readyz")).text == "ready\n"
        scraped = (await live.http.get("/metrics")).text
        for line in (
            'galley_source_failing{source="files"} 1.0',
            'galley_source_errors_total{source="files"} 1.0',
            'galley_source_synced{source="files"} 1.0',
        ):
            assert line in scraped
        said = await asyncio.to_thread(galley, "sources", "--server", live.addresses["admin"])
        assert "  stale  " in said.out
        advice = await asyncio.to_thread(galley, "doctor", "--server", live.addresses["admin"])
        assert "is it there, a directory" in advice.out or "mounted" in advice.out
        (tmp_path / "away").rename(tmp_path / "mesh")
        await live.until("/api/v1/sources", lambda sources: sources[0]["state"] == "synced")


async def test_a_name_in_the_precedence_that_is_no_source_is_told(tmp_path: Path) -> None:
    """A misspelt source is a diagnostic in the status, and a fault in the checkup."""
    async with running(tmp_path, sources={"files": [tmp_path / "mesh"], "precedence": ["fiels"]}) as live:
        status = await live.revision(1)
        (found,) = status["diagnostics"]
        assert (found["code"], found["hint"]) == ("GLY0307", "the sources are files")
