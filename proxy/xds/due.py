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
    holds back stays until its `group` is tried. A refused version is not sent again, unless its group is tried; a
    client that asks for it by name is answered with what it holds.
    """
    step = watch.behind
    assert step is not None
    waiting: Collection[str] = watch.search.waiting if watch.search else ()
    defers = watch.table.type.breaks_last and not removing and group is None
    moves: list[Move] = []
    rest: dict[str, Held] = {}
    for name, before in step.held.items():
        forced = name in step.forced
        if (name in waiting) if group is None else (name not in group):
            rest[name] = before
            continue
        after = watch.table.resources.get(name) if watch.subscription.selects(name) else None
        held: Held = before
        if watch.refused and name in watch.refused:
            held, after, skip = _refused(watch, name, after, asked=forced, tried=group is not None)
            if skip:
                continue
        if after is None and defers and not forced and held is not None:
            rest[name] = before
        elif forced or version_of(held) != version_of(after):
            moves.append(Move(name, held, after))
    return Due(moves, _remainder(step, rest))


def _refused(
    watch: Watch, name: str, after: Encoded | None, *, asked: bool, tried: bool
) -> tuple[Held, Encoded | None, bool]:
    """Return what the client holds, what to send it, and whether to send nothing; end the refusal if it is over."""
    refusal = watch.refused[name]
    if after is None or after.version != refusal.version or tried:
        del watch.refused[name]
    elif not asked:
        return refusal.last, after, True
    elif isinstance(refusal.last, Encoded):
        return refusal.last, refusal.last, False
    return refusal.last, after, False


def _remainder(step: Step, rest: dict[str, Held]) -> Step | None:
    if len(rest) == len(step.held):
        return step
    if not rest:
        return None
    return Step(held=rest, forced=frozenset(filter(rest.__contains__, step.forced)), since=step.since)
