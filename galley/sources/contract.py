"""What every source does, and what it may rely on. Types only.

A source's event is a hint; its listing is the truth. It tells what differs from what it is known to have said (`known`,
from the log, across restarts), all that changed together as one batch, and `Synced` once it has said everything. It
never raises for bad configuration (that is a `Faulted` or a diagnostic), and comes back by itself from a bad world.
`tests/sources/contract.py` holds every source to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from pipeline.model.batch import Batch
    from pipeline.model.change import Upserted
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is known to have been said of one place: each object's latest words, good or bad, and the place's fault.

    `held` are the objects that the fault holds, None where those are all.
    """

    said: Mapping[Key, Upserted] = field(default_factory=dict)
    fault: tuple[Diagnostic, ...] = ()
    held: tuple[Key, ...] | None = None


Known: TypeAlias = "Mapping[str, Words]"
"""What the log has of a source, by file (or cluster); `galley.sources.known.known_of` makes it."""

Emit: TypeAlias = "Callable[[Batch], Awaitable[object]]"
"""Hands a batch over; returns when it is durable and in effect. A source emits its batches one after the other.

What it raises ends the source's run, as it is.
"""


@dataclass(slots=True, kw_only=True)
class SourceStatus:
    """How a source is, for `galley sources`: times are seconds since the epoch, 0 for never.

    `synced` is whether it has once said everything, and stays so while it is down. `last_sync` is when it was last in
    step with its world; it must move on while all is well, so that an age that grows means trouble. `errors` is what is
    wrong now; `lost` is whether that keeps it from seeing its world, and not only from a part of it. `failures` counts
    all that ever went wrong, `retry_at` is when it tries again. `detail` says where in its world it is, in a few words:
    a commit, a cluster's version. A source of commits has the whole id of the one that it has dealt with in `commit`,
    and in `refused` why that is not applied, or nothing. No secrets in any of them.
    """

    name: str
    kind: str
    location: str
    objects: int = 0
    synced: bool = False
    last_sync: float = 0.0
    errors: list[str] = field(default_factory=list)
    lost: bool = False
    failures: int = 0
    retry_at: float = 0.0
    detail: str = ""
    commit: str = ""
    refused: str = ""

    def note(self, errors: list[str], *, lost: bool = False) -> None:
        """Note what is wrong at a look, which is nothing where the list is empty; the same again counts once."""
        self.failures += bool(errors) and errors != self.errors
        self.errors, self.lost = errors, lost

    def well(self, at: float, *errors: str) -> None:
        """Note that the source is in step with its world at a time, and what is wrong with a part of that."""
        self.last_sync, self.retry_at = at, 0.0
        self.note(list(errors))

    def failing(self, *errors: str, retry_at: float = 0.0) -> None:
        """Note what keeps it from seeing its world, and when it tries again."""
        self.errors, self.retry_at, self.lost = list(errors), retry_at, True
        self.failures += 1


class Source(Protocol):
    """One way in. `name` is its identity in origins and in the log; it must stay the same across restarts."""

    @property
    def name(self) -> str:
        """The source's name, unique among the server's sources."""
        ...

    @property
    def status(self) -> SourceStatus:
        """How the source is, now."""
        ...

    async def run(self, known: Known, emit: Emit) -> None:
        """Say everything, then follow changes, until cancelled."""
        ...
