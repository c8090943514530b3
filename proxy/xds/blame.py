"""What a NACK takes back, and who is to blame where one resource was refused alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from proxy.encoded import Encoded
from proxy.resource_type import ResourceType
from proxy.xds.message import Message, Move
from proxy.xds.refusal import Refusal, Refused
from proxy.xds.step import version_of
from proxy.xds.watch import Watch


def names_of(message: Message) -> set[str]:
    """Return the names that a message carries or removes."""
    return {move.name for move in message.moves}


def lost(watch: Watch, messages: Sequence[Message]) -> tuple[list[Move], list[str]]:
    """Return the moves of refused messages that still matter: each name once, and none that a later message carries.

    Likewise the names of which the client holds nothing, later messages apart.

    A later message took for granted that the client holds what an earlier one carried; where that was refused, the
    watch remembers what is really held (`Watch.really`) until the later one is answered.
    """
    overtaken = {move.name for message in watch.flights for move in message.moves}
    moves: dict[str, Move] = {}
    absent: list[str] = []
    for message in messages:
        for name, before, after in message.moves:
            held = watch.really.pop(name, before)
            if held is None:
                absent.append(name)
            if name in overtaken:
                watch.really = {**watch.really, name: held}
            elif after is None or watch.subscription.selects(name):
                first = moves.get(name)
                moves[name] = Move(name, held if first is None else first.before, after)
    return list(moves.values()), absent


def _hand_back(watch: Watch, name: str, refusal: Refusal) -> None:
    """Send the last good endpoints again, for a cluster that warms goes on without any; what cannot be is not held."""
    if isinstance(refusal.last, Encoded) and refusal.last.version != refusal.version:
        watch.force((name,), refusal.since)
    else:
        watch.refused[name] = replace(refusal, last=None)


def blame(watch: Watch, move: Move, reason: str, since: int) -> Refused:
    """Remember a resource that was refused alone; a refused removal is reported and not tried again."""
    name, before, after = move
    version = version_of(after) or ""
    known = watch.refused.get(name)
    if known is not None and after is not None and after == known.last:
        watch.refused[name] = replace(known, last=None)  # not even the last good one is taken any more
    elif after is not None:
        watch.refused[name] = Refusal(version=version, reason=reason, last=before, since=since)
        if watch.table.type is ResourceType.ENDPOINT:
            _hand_back(watch, name, watch.refused[name])
    if watch.search is not None:
        watch.search.blame(name)
        if watch.search.is_over:
            watch.search = None
    return Refused(type=watch.table.type, name=name, version=version, reason=reason)
