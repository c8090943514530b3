"""What the edges ask of an engine, and what an engine asks of sinks. Types only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.derive import Graph
    from pipeline.log.contract import Log
    from pipeline.model.batch import Batch
    from pipeline.model.snapshot import Snapshot
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import State


class Sink(Protocol):
    """Receives every published snapshot, in order, on the engine's loop; must return at once (queue what is slow)."""

    @property
    def name(self) -> str:
        """The sink's name in status and metrics."""
        ...

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Take a snapshot; `settled` are the observed results (rule, key) of the engine's graph that changed.

        A revision is published again where only the origins of its resources moved.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a batch: its log entry, and the revision after it (0 before the first)."""

    sequence: int
    revision: int


class Engine(Protocol):
    """Takes batches in, keeps them, steps them, publishes revisions.

    Sinks are attached after `open`, which gives the last good snapshot before any source has spoken; then `run` works.
    """

    @property
    def graph(self) -> Graph:
        """The incremental graph over the published mesh; rules of every consumer run on it."""
        ...

    @property
    def state(self) -> State:
        """What the stages remember; read it, never change it."""
        ...

    @property
    def policy(self) -> Policy:
        """How the stages decide."""
        ...

    @property
    def log(self) -> Log:
        """The log, for reading history."""
        ...

    @property
    def snapshot(self) -> Snapshot | None:
        """The last published snapshot."""
        ...

    @property
    def trouble(self) -> str:
        """Why no changes are accepted, in words for people; empty while they are. What is published is served on."""
        ...

    @property
    def stalled(self) -> str:
        """Why this process no longer follows its mesh, in words for people; empty while it does.

        What is published is served on; the process is not ready, so that nobody new is sent to it.
        """
        ...

    @property
    def failing_sinks(self) -> Mapping[str, str]:
        """The sinks that could not take the last snapshot, and why."""
        ...

    async def submit(self, batch: Batch) -> Receipt:
        """Return once the batch is durable and the revision that it led to is published to all sinks.

        Raise `pipeline.log.contract.LogUnusable` where nothing can be made durable now; what broke a stage, as it is.
        """
        ...

    def attach(self, sink: Sink) -> None:
        """Add a sink; it gets the last snapshot at once, if there is one."""
        ...

    async def accepting(self) -> None:
        """Return when changes are accepted (again)."""
        ...

    async def open(self) -> None:
        """Publish the last good snapshot, if there is one; raise `pipeline.log.contract.LogUnusable`."""
        ...

    async def run(self) -> None:
        """Take batches until cancelled; opens what is not open."""
        ...
