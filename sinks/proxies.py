"""The sink of Envoy fleets: every published snapshot goes to the discovery server. Returns at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from pipeline.model.snapshot import Snapshot
from proxy.xds.discovery import Discovery

_log = structlog.get_logger(__name__)


class ProxiesSink:
    """Hands settled results to discovery; calls `ready` with each, for from the first one on clients are answered."""

    name = "proxies"

    def __init__(self, discovery: Discovery, ready: Callable[[], None]) -> None:
        """Feed a discovery server."""
        self._discovery = discovery
        self._ready = ready

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Serve a snapshot; what changed for the connected proxies is on its way when this returns."""
        self._discovery.publish(settled, snapshot.revision.number)
        for failure in self._discovery.cache.failures():
            _log.error("xds.rule_failed", revision=snapshot.revision.number, error=failure)
        self._ready()
