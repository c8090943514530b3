"""What a source is known to have said: where it goes on after a restart. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.state import State


def known(state: State, source: str) -> dict[str, dict[Key, Resource]]:
    """Return, for each file (or cluster) of a source, its latest words on each object, good or bad.

    A file that could not be read is there too, with the objects it had before, or none.
    """
    said: dict[str, dict[Key, Resource]] = {place: {} for name, place in state.faults if name == source}
    for (name, place), keys in state.places.items():
        if name == source:
            said[place] = {key: state.claims[key][name, place].resource for key in sorted(keys)}
    return said
