"""`Reception`: what becomes of each batch, told as it happens: received, validated, rejected, held, rolled back.

It stands before the engine and costs the change nothing: all is told once the batch is durable and published.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from pipeline.model.change import Faulted, Pinned, Released, Upserted
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.engines.contract import Engine, Receipt
    from pipeline.model.batch import Batch
    from pipeline.model.change import Change
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.stages.state import State

_MOST = 100
"""Rejections that are told one by one; `rejected` of the event `validated` counts all."""


class Tell(Protocol):
    """Records an event: its type, the revision that it belongs to, the trace, and what there is to say."""

    def __call__(self, type_: str, revision: int, trace: str, /, **data: object) -> None:
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
            batch = replace(batch, cause=replace(batch.cause, trace=secrets.token_hex(8)))
        trace = batch.cause.trace
        before = self._engine.snapshot.revision.number if self._engine.snapshot else 0
        self._tell("received", before, trace, source=batch.source, changes=len(batch.changes))
        receipt = await self._engine.submit(batch)
        rejected = [found for change in batch.changes for found in _rejections(self._engine.state, change)]
        for found in rejected[:_MOST]:
            self._tell(
                "rejected",
                receipt.revision,
                trace,
                resource=str(found.key or ""),
                file=found.origin.file,
                line=found.origin.line,
                code=found.code,
                message=found.message,
            )
        self._tell("validated", receipt.revision, trace, source=batch.source, rejected=len(rejected))
        self._tell_of_the_guard(trace)
        self._tell_of_pins(batch, receipt.revision)
        return receipt

    def _tell_of_pins(self, batch: Batch, revision: int) -> None:
        for number in {change.revision for change in batch.changes if isinstance(change, Pinned)}:
            self._tell("rolled back", revision, batch.cause.trace, to=number)
        released = [str(change.key) for change in batch.changes if isinstance(change, Released)]
        if released:
            self._tell("released", revision, batch.cause.trace, resources=released)

    def _tell_of_the_guard(self, trace: str) -> None:
        hold = self._engine.state.hold
        number = hold.number if hold is not None else 0
        if hold is not None and number != self._held:
            self._tell("held", number, trace, removed=hold.removed, of=hold.total)
        self._held = number


def _rejections(state: State, change: Change) -> Iterator[Diagnostic]:
    """Give the errors for which a change's words are not served."""
    found: tuple[Diagnostic, ...] = ()
    if isinstance(change, Faulted):
        found = change.diagnostics
    elif isinstance(change, Upserted):
        claim = state.claims.get(change.resource.key, {}).get(change.resource.origin.place)
        found = claim.diagnostics if claim is not None else ()
    return (diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR)
