"""Our discovery server in this process, over a mesh that a test publishes as text; and real Envoys on it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from galley.app.envoy.binary import find_envoy
from galley.app.envoy.bootstrap import Bootstrap
from galley.app.envoy.process import running_envoy
from pipeline.derive import Graph
from pipeline.model.key import Key
from proxy.catalogue import refs
from proxy.scope import scope_of
from proxy.server import Server
from proxy.xds.catalogue import Catalogue
from proxy.xds.discovery import Discovery
from tests.envoy.golden import resources_of

LOOPBACK = "127.0.0.1"
_PATIENCE = 20.0


class ControlPlane:
    """A mesh as text, and the server that serves what it comes to."""

    def __init__(self) -> None:
        """Start with an empty mesh, unpublished."""
        self.graph = Graph()
        self.discovery = Discovery(self.graph, Catalogue(scope_of=scope_of, refs=refs), count(1))
        self.server = Server(self.discovery)
        self.revision = 0
        self.port = 0
        self._keys: set[Key] = set()

    def publish(self, text: str) -> int:
        """Serve another mesh as the next revision."""
        found = resources_of(text)
        self.graph.apply({**dict.fromkeys(self._keys - set(found)), **found})
        self._keys = set(found)
        self.revision += 1
        self.discovery.publish(self.graph.settle(), self.revision)
        self.server.ready()
        return self.revision

    async def live(self, text: str = "") -> None:
        """Publish, where there is a text, and wait until every proxy has taken it; nothing may be refused."""
        revision = self.publish(text) if text else self.revision
        async with asyncio.timeout(_PATIENCE):
            while True:
                found = self.discovery.ledger.live(revision)
                assert not found.refused, found.refused
                if found.of and found.applied == found.of:
                    return
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def envoy(self, folder: Path, node: str, metadata: Mapping[str, Any], ready: int) -> AsyncIterator[str]:
        """An Envoy of a node, once it takes connections on the port `ready`: the URL of its administration."""
        admin = free_port()
        bootstrap = Bootstrap(
            node=node, server=f"{LOOPBACK}:{self.port}", admin=f"{LOOPBACK}:{admin}", metadata=metadata
        )
        folder.mkdir()
        log = folder / "envoy.log"
        async with running_envoy(find_envoy(), bootstrap, folder, log) as process, asyncio.timeout(_PATIENCE) as limit:
            while not await _listens(ready):
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.02)
            await self.live()
            limit.reschedule(None)
            yield f"http://{LOOPBACK}:{admin}"


@asynccontextmanager
async def control_plane() -> AsyncIterator[ControlPlane]:
    """A running server."""
    plane = ControlPlane()
    plane.port = (await plane.server.open(f"{LOOPBACK}:0"))["xds"]
    try:
        yield plane
    finally:
        await plane.server.stop(0)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


async def ask(url: str, host: str, method: str = "GET", **more: Any) -> httpx.Response:  # noqa: ANN401  httpx' own
    """The answer to a request for a host; `headers` and httpx' other options may be given."""
    headers = {"host": host, **more.pop("headers", {})}
    verify = more.pop("verify", False)
    async with httpx.AsyncClient(trust_env=False, verify=verify, timeout=10) as client:
        return await client.request(method, url, headers=headers, **more)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True
