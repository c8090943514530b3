"""Sources as the API tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.api.answers import SourceAnswer
from galley.app.control.source_health import healths_of
from galley.app.convert import time_text
from galley.sources.contract import SourceStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.app.control.source_health import SourceHealth
    from galley.sources.contract import Source
    from pipeline.stages.state import SourceState, State


_ELSEWHERE = "followed by another process, which knows how it is"


def source_answers(sources: Sequence[Source], state: State, now: float, *, shared: bool = False) -> list[SourceAnswer]:
    """Return how each source is at `now` (seconds since the epoch).

    `shared`: others may be followed elsewhere; of these what they have is known, and not whether they can be seen.
    """
    here = [source.status for source in sources]
    names = {status.name for status in here}
    others = [_elsewhere(known) for name, known in sorted(state.sources.items()) if shared and name not in names]
    return [_answer(health) for health in healths_of((*here, *others), state, now)]


def _elsewhere(known: SourceState) -> SourceStatus:
    kind, _, location = known.location.partition(" ")
    return SourceStatus(name=known.name, kind=kind or "unknown", location=location, detail=_ELSEWHERE)


def _answer(health: SourceHealth) -> SourceAnswer:
    return SourceAnswer(
        name=health.name,
        kind=health.kind,
        location=health.location,
        detail=health.detail,
        state=health.condition,
        objects=health.objects,
        held=health.held,
        faults=health.faults,
        synced=health.synced,
        last_sync=time_text(health.last_sync),
        age=health.age,
        retry_in=health.retry_in,
        errors=list(health.errors),
        failures=health.failures,
    )


def readiness(answers: Sequence[SourceAnswer], revision: int, trouble: str = "", stalled: str = "") -> str:
    """Return a server's readiness as `/readyz?verbose` says it: snapshot, engine, each source, verdict, a line each.

    `trouble` is why the engine accepts no changes, which decides nothing; `stalled` why it follows none.
    """
    good = revision > 0 and not stalled
    lines = [f"[+] snapshot: revision {revision}" if revision else "[-] snapshot: none yet"]
    lines += [f"[-] engine: {words}" for words in (stalled, trouble) if words]
    for answer in answers:
        mark = "+" if answer.state == "synced" else "-"
        lines.append(f"[{mark}] source {answer.name}: {answer.state}, {answer.objects} objects" + _trouble(answer))
    return "\n".join((*lines, "ready" if good else stalled or "no snapshot yet", ""))


def _trouble(answer: SourceAnswer) -> str:
    age = f", last in step {answer.age:.0f} s ago" if answer.last_sync else ""
    retry = f", retrying in {max(1.0, answer.retry_in):.0f} s" if answer.retry_in is not None else ""
    return age + retry + "".join(f"; {error}" for error in answer.errors)
