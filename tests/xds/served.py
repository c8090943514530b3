"""A mesh behind a real server, and real Envoys on it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from galley.app.envoy.binary import find_envoy
from galley.app.envoy.bootstrap import Bootstrap
from galley.app.envoy.process import running_envoy
from proxy.server import Limits, Server
from proxy.xds.ledger import Live
from tests.xds.mesh import Mesh

LOOPBACK = "127.0.0.1"
NODE = "sidecar~127.0.0.1~edge.default~default.svc.cluster.local"
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StateOfTheWorld(Bootstrap):
    """A bootstrap whose Envoy speaks the state-of-the-world variant."""

    def render(self) -> dict[str, Any]:
        """Return the bootstrap as JSON data."""
        data = Bootstrap.render(self)
        data["dynamic_resources"]["ads_config"]["api_type"] = "GRPC"
        return data


@asynccontextmanager
async def serving(mesh: Mesh, port: int = 0, limits: Limits | None = None) -> AsyncIterator[tuple[Server, int]]:
    """Serve what a mesh has published, on a free port or on this one."""
    server = Server(mesh.discovery, limits)
    ports = await server.open(f"{LOOPBACK}:{port}")
    if mesh.revision:
        server.ready()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        try:
            yield server, ports["xds"]
        finally:
            await server.stop(0)


@asynccontextmanager
async def real_envoy(folder: Path, port: int, variant: type[Bootstrap] = Bootstrap) -> AsyncIterator[int]:
    """Run an Envoy on the server at the port; yield its administration's port."""
    admin = free_port()
    bootstrap = variant(node=NODE, server=f"{LOOPBACK}:{port}", admin=f"{LOOPBACK}:{admin}")
    async with running_envoy(find_envoy(), bootstrap, folder, folder / "envoy.log"):
        yield admin


async def told(mesh: Mesh, enough: Callable[[], bool]) -> None:
    """Wait until the ledger has heard enough."""
    heard = asyncio.Event()
    mesh.discovery.ledger.listeners[heard.set] = None
    try:
        async with asyncio.timeout(_PATIENCE):
            while not enough():
                await heard.wait()
                heard.clear()
    finally:
        del mesh.discovery.ledger.listeners[heard.set]


async def live(mesh: Mesh, of: int = 1) -> Live:
    """Wait until so many proxies have the last revision, or refuse some of it."""
    ledger = mesh.discovery.ledger

    def enough() -> bool:
        now = ledger.live(mesh.revision)
        return now.of >= of and not now.pending

    await told(mesh, enough)
    return ledger.live(mesh.revision)


async def get(port: int, path: str = "/", host: str = "") -> tuple[int, str]:
    """Ask a proxy, until it listens; return the answer's status and text."""
    async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.get(f"http://{LOOPBACK}:{port}{path}", headers={"host": host} if host else {})
            except httpx.TransportError:
                await asyncio.sleep(0.02)
                continue
            return answer.status_code, answer.text


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
