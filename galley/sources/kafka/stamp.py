"""`stamped`: what a record says, with the record in its origins; what was said is remembered without. Pure.

So that a record that says what another has said is nothing new.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from galley.sources.contract import Known, Words
from pipeline.model.change import Change, Deleted, Faulted, Upserted

if TYPE_CHECKING:
    from pipeline.model.origin import Origin


def stamped(change: Change, version: str = "", author: str = "") -> Change:
    """Return a change with a record's place in its topic, and its author, in the origin."""

    def here(origin: Origin) -> Origin:
        return replace(origin, resource_version=version, author=author)

    match change:
        case Upserted(resource=resource):
            return replace(change, resource=replace(resource, origin=here(resource.origin)))
        case Deleted(origin=origin) | Faulted(origin=origin):
            return replace(change, origin=here(origin))
        case _:
            return change


def unstamped(known: Known) -> dict[str, Words]:
    """Return what is known to have been said, without records."""
    return {place: _bare(words) for place, words in known.items()}


def _bare(words: Words) -> Words:
    said = {}
    for key, upserted in words.said.items():
        bare = stamped(upserted)
        assert isinstance(bare, Upserted)
        said[key] = bare
    return replace(words, said=said)
