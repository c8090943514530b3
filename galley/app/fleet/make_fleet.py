"""`make_fleet`: the fleet of a server, by its settings: its own proxies, or those of all servers of the mesh."""

from __future__ import annotations

import hashlib
import secrets
import socket
import time
from typing import TYPE_CHECKING

from galley.app.fleet.exchange import Exchange
from galley.app.fleet.fleet import Fleet
from galley.app.fleet.reporter import Reporter

if TYPE_CHECKING:
    from pathlib import Path

    from galley.app.control.proxies import Proxies
    from galley.settings.settings import Settings
    from proxy.xds.ledger import Ledger


def server_name(settings: Settings, data: Path) -> str:
    """Return what this server is called: as it is set, else the host and what stands for its state directory."""
    digest = hashlib.blake2b(str(data).encode("utf-8", "surrogateescape"), digest_size=3).hexdigest()
    return settings.xds.name or f"{socket.gethostname() or 'localhost'}-{digest}"


def make_fleet(
    settings: Settings, data: Path, ledger: Ledger | None, proxies: Proxies | None
) -> tuple[Fleet, Exchange | None]:
    """Return the fleet, and what keeps it true where the mesh may have other servers."""
    made_of = proxies.made_of if proxies is not None else lambda *_: ()
    if settings.engine != "kafka":
        return Fleet(time.monotonic, ledger=ledger, made_of=made_of), None
    from galley.kafka.live_topic import LiveTopic

    name, instance = server_name(settings, data), secrets.token_hex(4)
    fleet = Fleet(time.monotonic, ledger=ledger, made_of=made_of, name=name, instance=instance, shared=True)
    board = LiveTopic(settings.kafka)
    if ledger is None:
        return fleet, Exchange(fleet, board, None)
    return fleet, Exchange(fleet, board, Reporter(ledger, made_of, name, board.put, time.time, instance=instance))
