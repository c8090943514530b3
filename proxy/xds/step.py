"""What a client may lack: for each name, what it held before. Pure data, shared by all streams in the same state.

Theory of operation. A stream keeps no copy of what its client holds. A stream with nothing to send is in step with its
table: its client holds what its subscription selects there. When the table changes, the streams that the change
touches are handed one shared `Step`, name by name what the client holds *instead of* the table's present value. A slow
stream's steps merge, the oldest holding of a name winning, so that what waits is bounded by the table and the latest
value is the one that is sent; a value that went and came back meanwhile is not sent at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from proxy.encoded import Encoded

Held: TypeAlias = Encoded | str | None
"""What a client holds of a name: a resource, one known by its version only (from before it reconnected), or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """Held resources by name; those in `forced` are answered whatever is held; `since` is the oldest revision in it."""

    held: Mapping[str, Held]
    forced: frozenset[str] = frozenset()
    since: int

    def only(self, keep: Callable[[str], bool]) -> Step | None:
        """Return the part of the step whose names pass; the same object where all do, None where none does."""
        held = {name: value for name, value in self.held.items() if keep(name)}
        if len(held) == len(self.held):
            return self
        if not held:
            return None
        return Step(held=held, forced=frozenset(filter(held.__contains__, self.forced)), since=self.since)

    def then(self, later: Step) -> Step:
        """Return this step and a later one as one."""
        return Step(
            held={**later.held, **self.held},
            forced=self.forced | later.forced,
            since=min(self.since, later.since),
        )


def merge(earlier: Step | None, later: Step | None) -> Step | None:
    """Return two steps as one, either of which may be none."""
    if earlier is None or later is None:
        return later if earlier is None else earlier
    return earlier.then(later)


def version_of(held: Held) -> str | None:
    """Return the version that is held, None for nothing."""
    return held.version if isinstance(held, Encoded) else held
