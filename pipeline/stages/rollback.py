"""A rollback, its release, and the yes to what is held: as changes that enter the log like any other. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.change import Confirmed, Pinned, Released
from pipeline.stages.aggregate import said, winner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.change import Change
    from pipeline.model.digest import Digest
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import State


def differing(state: State, content: Mapping[Key, Digest]) -> tuple[Key, ...]:
    """Return the sorted keys whose served content is not that of an older mesh, given as content digests."""
    gone = (key for key in state.mesh if key not in content)
    other = (key for key, digest in content.items() if key not in state.mesh or state.mesh[key].digest != digest)
    return tuple(sorted((*gone, *other)))


def rollback(
    state: State, policy: Policy, revision: int, restored: Mapping[Key, Resource | None]
) -> tuple[Change, ...]:
    """Return the changes that bring these objects back to what they were at a revision (None: not there).

    Each is pinned against what its sources say now, so that a newer word of theirs lifts the pin. Where they say just
    that, a pin that another rollback left is released instead.
    """
    changes: list[Change] = []
    for key, resource in restored.items():
        against = said(winner(state, key, policy))
        if against == said(resource):
            changes.append(Released(key=key))
        else:
            changes.append(Pinned(key=key, resource=resource, against=against, revision=revision))
    return tuple(changes)


def release(state: State, revision: int | None = None) -> tuple[Change, ...]:
    """Return the changes that lift the pins of the rollback to a revision, or of all."""
    pins = (pin for key, pin in sorted(state.pins.items()))
    return tuple(Released(key=pin.key) for pin in pins if revision is None or pin.revision == revision)


def confirm(state: State, revision: int) -> tuple[Change, ...]:
    """Return the change that lets the held revision through; none where no revision of that number is held."""
    held = state.hold is not None and state.hold.number == revision
    return (Confirmed(revision=revision),) if held else ()
