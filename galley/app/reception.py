"""`Reception`: what becomes of each batch, told as it happens: received, validated, rejected, held, rolled back.

It stands before the engine and costs the change nothing: all is told once the batch is durable and published.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from pipeline.model.change import Confirmed, Faulted, Pinned, Released, Upserted
from pipeline.model.diagnostic import Severity
from schemas.events import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.engines.contract import Engine, Receipt
    from pipeline.model.batch import Batch
    from pipeline.model.change import Change
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.stages.state import State
    from schemas.events.catalogue import AnyEvent

_MOST = 100
"""Rejections that are told one by one; `rejected` of the event `validated` counts all."""

_MOST_MESSAGE = 4_096
"""Characters of a message."""


class Tell(Protocol):
    """Records an event, under the trace of the change that led to it."""

    def __call__(self, event: AnyEvent, trace: str, /) -> None:
        """Record it."""
        ...


class Reception:
    """Submits batches to an engine, and tells of them."""

    def __init__(self, engine: Engine, tell: Tell) -> None:
        """Stand before this engine."""
        self._engine = engine
        self._tell = tell
        self._held = 0

    async def submit(self, batch: Batch) -> Receipt:
        """Submit a batch, as the engine's own `submit` does; it gets a trace if it has none."""
        if not batch.cause.trace:
            batch = replace(batch, cause=replace(batch.cause, trace=secrets.token_hex(16)))
        trace = batch.cause.trace
        before = self._engine.snapshot.revision.number if self._engine.snapshot else 0
        self._tell(
            catalogue.Received(revision=before, source=batch.source, changes=len(batch.changes)),
            trace,
        )
        receipt = await self._engine.submit(batch)
        revision = receipt.revision
        rejected = [found for change in batch.changes for found in _rejections(self._engine.state, change)]
        for found in rejected[:_MOST]:
            self._tell(_rejection(found, revision, batch.source), trace)
        self._tell(catalogue.Validated(revision=revision, source=batch.source, rejected=len(rejected)), trace)
        self._tell_of_the_guard(batch)
        self._tell_of_pins(batch, revision)
        return receipt

    def _tell_of_pins(self, batch: Batch, revision: int) -> None:
        for number in sorted({change.revision for change in batch.changes if isinstance(change, Pinned)}):
            self._tell(catalogue.RolledBack(revision=revision, to=number), batch.cause.trace)
        released = [str(change.key) for change in batch.changes if isinstance(change, Released)]
        if released:
            names = tuple(released[: catalogue.MOST_NAMES])
            event = catalogue.Released(revision=revision, resources=names, count=len(released))
            self._tell(event, batch.cause.trace)

    def _tell_of_the_guard(self, batch: Batch) -> None:
        hold = self._engine.state.hold
        number = hold.number if hold is not None else 0
        for change in batch.changes:
            if isinstance(change, Confirmed) and change.revision != number:
                self._tell(catalogue.Confirmed(revision=change.revision), batch.cause.trace)
        if hold is not None and number != self._held:
            event = catalogue.Held(revision=number, removed=hold.removed, of=hold.total, emptied=hold.emptied)
            self._tell(event, batch.cause.trace)
        self._held = number


def _rejection(found: Diagnostic, revision: int, source: str) -> catalogue.Rejected:
    return catalogue.Rejected(
        revision=revision,
        resource=str(found.key or ""),
        source=source,
        file=found.origin.file,
        line=found.origin.line,
        code=found.code,
        message=found.message[:_MOST_MESSAGE],
    )


def _rejections(state: State, change: Change) -> Iterator[Diagnostic]:
    """Give the errors for which a change's words are not served."""
    found: tuple[Diagnostic, ...] = ()
    if isinstance(change, Faulted):
        found = change.diagnostics
    elif isinstance(change, Upserted):
        claim = state.claims.get(change.resource.key, {}).get(change.resource.origin.place)
        found = claim.diagnostics if claim is not None else ()
    return (diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR)
