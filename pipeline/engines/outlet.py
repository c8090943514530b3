"""`Outlet`: hands every published snapshot to every sink, and keeps a sink that raises from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.engines.contract import Sink
    from pipeline.model.snapshot import Snapshot

_log = structlog.get_logger("pipeline.engines")


class Outlet:
    """The sinks, in the order in which they were attached."""

    def __init__(self) -> None:
        """Start without sinks."""
        self._sinks: list[Sink] = []
        self.failures: dict[str, str] = {}
        """The sinks whose last snapshot failed, and how."""

    def attach(self, sink: Sink, snapshot: Snapshot | None) -> None:
        """Add a sink, and hand it the last snapshot."""
        self._sinks.append(sink)
        if snapshot is not None:
            self._hand(sink, snapshot, ())

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Hand a snapshot to all sinks."""
        for sink in self._sinks:
            self._hand(sink, snapshot, settled)

    def _hand(self, sink: Sink, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        try:
            sink.publish(snapshot, settled)
        except Exception as error:  # noqa: BLE001  the per-record guard: a sink's fault stays its own
            self.failures[sink.name] = f"{type(error).__name__}: {error}"
            _log.error("sink.failed", sink=sink.name, revision=snapshot.revision.number, exc_info=error)
        else:
            self.failures.pop(sink.name, None)
