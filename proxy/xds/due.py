"""What a watch's next message changes at its client, and what stays for later. Pure; ends refusals that are over."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from proxy.encoded import Encoded
from proxy.xds.message import Move
from proxy.xds.step import Held, Step, version_of
from proxy.xds.watch import Watch


class Due(NamedTuple):
    """The moves to send now, and the step that remains to be sent later, if any."""

    moves: list[Move]
    rest: Step | None


def due(watch: Watch, *, removing: bool, group: Collection[str] | None = None) -> Due:
    """Return what to send of the watch's step.

    A removal of a type that breaks last stays until `removing`, unless it answers a question. A name that a search
    holds back stays until its `group` is tried. A refused version is not sent again, unless its group is tried; who
    asks for it by name is answered with what it holds, or, if it holds nothing, with that version after all.
    """
    step = watch.behind
    assert step is not None
    waiting: Collection[str] = watch.search.waiting if watch.search else ()
    defers = watch.table.type.breaks_last and not removing and group is None
    moves: list[Move] = []
    rest: dict[str, Held] = {}
    for name, before in step.held.items():
        if (name in waiting) if group is None else (name not in group):
            rest[name] = before
            continue
        forced = name in step.forced
        after = watch.table.resources.get(name) if watch.subscription.selects(name) else None
        refusal = watch.refused.get(name)
        held = before if refusal is None else refusal.last
        if refusal is not None and group is None and version_of(after) == refusal.version:
            if not forced:
                continue
            if isinstance(held, Encoded):
                moves.append(Move(name, held, held))
                continue
        if after is None and defers and not forced and held is not None:
            rest[name] = before
            continue
        if refusal is not None:
            del watch.refused[name]
            forced = forced or after is None  # the client asked for it, and has no answer that it took
        if forced or name in watch.unsure or version_of(held) != version_of(after):
            moves.append(Move(name, held, after))
    return Due(moves, _remainder(step, rest))


def _remainder(step: Step, rest: dict[str, Held]) -> Step | None:
    if len(rest) == len(step.held):
        return step
    if not rest:
        return None
    return Step(held=rest, forced=frozenset(filter(rest.__contains__, step.forced)), since=step.since)
