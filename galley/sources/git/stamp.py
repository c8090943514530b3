"""The commit and author of origins: put on what is said, taken off what is compared. Pure.

A commit touches few objects; the others must not be said again because the commit is another one. So sources compare
words without commit and author, and what differs is stamped with those of the commit that brought it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from galley.sources.contract import Words
from pipeline.model.change import Deleted, Faulted, Upserted

if TYPE_CHECKING:
    from galley.sources.contract import Known
    from pipeline.model.change import Change
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.origin import Origin


class Stamp(NamedTuple):
    """Which commit said something, and who wrote that commit."""

    commit: str = ""
    author: str = ""

    def change(self, change: Change) -> Change:
        """Return a change whose origins carry the stamp."""
        match change:
            case Upserted():
                return self._upserted(change)
            case Deleted():
                return replace(change, origin=self._origin(change.origin))
            case Faulted():
                return replace(
                    change,
                    origin=self._origin(change.origin),
                    diagnostics=tuple(self.diagnostic(found) for found in change.diagnostics),
                )
            case _:
                return change

    def diagnostic(self, found: Diagnostic) -> Diagnostic:
        """Return a diagnostic whose origins carry the stamp."""
        related = tuple(replace(one, origin=self._origin(one.origin)) for one in found.related)
        return replace(found, origin=self._origin(found.origin), related=related)

    def words(self, words: Words) -> Words:
        """Return words whose origins carry the stamp."""
        return Words(
            said={key: self._upserted(upserted) for key, upserted in words.said.items()},
            fault=tuple(self.diagnostic(found) for found in words.fault),
            held=words.held,
        )

    def _upserted(self, upserted: Upserted) -> Upserted:
        resource = upserted.resource
        return Upserted(
            resource=replace(resource, origin=self._origin(resource.origin)),
            diagnostics=tuple(self.diagnostic(found) for found in upserted.diagnostics),
        )

    def _origin(self, origin: Origin) -> Origin:
        return replace(origin, commit=self.commit, author=self.author)


def unstamped(known: Known) -> dict[str, Words]:
    """Return what is known to have been said, without the commits that said it."""
    return {file: Stamp().words(words) for file, words in known.items()}
