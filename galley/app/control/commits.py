"""What `galley wait --commit` waits for: a commit may be still on its way, and may never have a revision of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from galley.app.control.waiting import guarded, not_live
from galley.app.place_text import place_text
from galley.sources.diff import ROOT
from pipeline.model.diagnostic import Severity
from pipeline.stages import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.app.api.answers import Waited
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine

_PAGE = 1_000


class Come(NamedTuple):
    """How far everything has come: what the stages have heard, what is served, and the commit of each repository."""

    sequence: int
    revision: int
    commits: tuple[tuple[str, str], ...]


def come(engine: Engine, sources: Sequence[Source]) -> Come:
    """Return how far everything has come; while that is the same, so is what `revision_with` returns."""
    statuses = (source.status for source in sources)
    revision = engine.snapshot.revision.number if engine.snapshot is not None else 0
    return Come(engine.state.sequence, revision, tuple((status.commit, status.refused) for status in statuses))


async def revision_with(engine: Engine, sources: Sequence[Source], commit: str) -> int | Waited | None:
    """Return the revision that has a commit (or an id that begins so); why it is not live; None where it has not come.

    A commit that changes nothing of the mesh has no revision of its own: it is in the newest. One with errors is not
    live, though the rest of it may be.
    """
    if wrong := _errors(engine, commit):
        return not_live(wrong, final=True)
    for found in await asyncio.to_thread(engine.log.history, _PAGE):
        if found.cause.commit.startswith(commit):
            return found.number
    for status in (source.status for source in sources):
        if status.commit.startswith(commit) and status.refused:
            return not_live(status.refused, final=True)
        if status.commit.startswith(commit) and engine.snapshot is not None:
            return guarded(engine, f"commit {commit[:9]}") or engine.snapshot.revision.number
    return None


def _errors(engine: Engine, commit: str) -> str:
    """Return what is wrong with what a commit says, in words; empty where nothing is."""
    wrong = [
        found
        for found in report.diagnostics(engine.state)
        if found.origin.commit.startswith(commit) and found.severity is Severity.ERROR
    ]
    if not wrong:
        return ""
    first = wrong[0]
    more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    where = "" if first.origin.file == ROOT else place_text(first.origin.source, first.origin.file, first.origin.line)
    says = f"{where}{': ' if where else ''}{first.code}: {first.message}{more}"
    return f"commit {commit[:9]} has errors: {says}; `galley status` says what is served"


def not_come(commit: str) -> Waited:
    """Return that no source has come to the commit."""
    text = f"no revision of commit {commit} yet; `galley sources` shows the commit that each repository is at"
    return not_live(text, final=False)
