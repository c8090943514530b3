"""How each source is, from what it says itself and what the log has of it. Pure but for reading the statuses.

A source whose last state is in the log counts as synced, and its age is that of its last word: so a restart while it is
out of reach neither hides what it has nor how old that is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from pipeline.stages.report import held
from pipeline.stages.state import SourceState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.sources.contract import Source, SourceStatus
    from pipeline.stages.state import State

Condition: TypeAlias = Literal["waiting", "synced", "stale", "retrying", "failed"]
"""`waiting` for its first word; `synced`, with errors where a part of it is in trouble; `stale`: it cannot be seen, and
its last words are served; `retrying` and `failed`: it could never be seen, and is tried again or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source. Times are seconds; `last_sync` since the epoch, 0 for never; `retry_in` None: it is not waiting.

    `objects` are those that it has, `held` those of them that are not served as written, `faults` its files or clusters
    that cannot be read, wholly or in part; `failures` counts all that went wrong since the start.
    """

    name: str
    kind: str
    location: str
    detail: str
    condition: Condition
    objects: int
    synced: bool
    last_sync: float
    age: float
    errors: tuple[str, ...]
    failures: int
    retry_in: float | None
    held: int
    faults: int


def healths(sources: Iterable[Source], state: State, now: float) -> list[SourceHealth]:
    """Return how each source is at `now` (seconds since the epoch)."""
    return healths_of((source.status for source in sources), state, now)


def healths_of(statuses: Iterable[SourceStatus], state: State, now: float) -> list[SourceHealth]:
    """Return how the sources with these statuses are."""
    claimed: Counter[str] = Counter()
    for place, keys in state.places.items():
        claimed[place[0]] += len(keys)
    faults = Counter(source for source, _ in state.faults)
    back = Counter(one.origin.source for one in held(state))
    return [
        _health(status, state, now, (claimed[status.name], back[status.name], faults[status.name]))
        for status in statuses
    ]


def _health(status: SourceStatus, state: State, now: float, counts: tuple[int, int, int]) -> SourceHealth:
    claimed, back, faults = counts
    known = state.sources.get(status.name, SourceState(name=status.name))
    synced = status.synced or known.synced
    last = status.last_sync or (known.at if known.synced else 0.0)
    retry_in = max(0.0, status.retry_at - now) if status.retry_at and status.errors else None
    return SourceHealth(
        name=status.name,
        kind=status.kind,
        location=status.location,
        detail=status.detail,
        condition=_condition(
            lost=bool(status.errors) and (status.lost or retry_in is not None),
            synced=synced,
            retries=retry_in is not None,
        ),
        objects=status.objects if status.synced else claimed,
        synced=synced,
        last_sync=last,
        age=max(0.0, now - last) if last else 0.0,
        errors=tuple(status.errors),
        failures=status.failures,
        retry_in=retry_in,
        held=back,
        faults=faults,
    )


def _condition(*, lost: bool, synced: bool, retries: bool) -> Condition:
    if not lost:
        return "synced" if synced else "waiting"
    if synced:
        return "stale"
    return "retrying" if retries else "failed"
