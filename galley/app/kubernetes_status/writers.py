"""`status_writers`: a writer for each cluster whose objects' statuses are ours to write."""

from __future__ import annotations

import secrets
import socket
from typing import TYPE_CHECKING

from galley.app.kubernetes_status.writer import StatusWriter
from galley.sources.kubernetes.source import KubernetesSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.app.fleet.fleet import Fleet
    from galley.settings.kubernetes import KubernetesSettings
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine


def status_writers(
    sources: Iterable[Source],
    engine: Engine,
    settings: KubernetesSettings,
    fleet: Fleet,
) -> list[StatusWriter]:
    """Return the writers; none where the setting turns them off, and for clusters that are registries only."""
    if not settings.status.write:
        return []
    identity = f"{socket.gethostname()}_{secrets.token_hex(4)}"
    return [
        StatusWriter(source, engine, settings.status, identity, fleet)
        for source in sources
        if isinstance(source, KubernetesSource) and settings.configures(source.place.name)
    ]
