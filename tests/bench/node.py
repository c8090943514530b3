"""`Node`: one process of a mesh on Kafka: started, killed and started again on what it keeps."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

_PATIENCE = 120.0
_TOOK_OVER = "writer.took-over"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnKafka:
    """Where a mesh is: its brokers, what its topics begin with, the folder of its processes, and its sources' flags."""

    bootstrap: str
    prefix: str
    root: Path
    flags: tuple[str, ...] = ()

    def node(self, name: str, roles: str) -> Node:
        """Return a process with a name of its own, not started yet."""
        (self.root / name).mkdir(parents=True, exist_ok=True)
        return Node(self, name, roles)


class Node:
    """A process with some roles; its data directory stays when it ends."""

    def __init__(self, mesh: OnKafka, name: str, roles: str) -> None:
        """Name the process; `start` starts it."""
        self.name = name
        self.data = mesh.root / name / "data"
        self.log = mesh.root / name / "server.log"
        free = [f"--set={each}.address=127.0.0.1:0" for each in ("admin", "xds", "mixer", "citadel")]
        self._command = (
            *(sys.executable, "-m", "galley.app", "serve", "--engine=kafka", f"--roles={roles}", f"--data={self.data}"),
            *(f"--set=kafka.bootstrap={mesh.bootstrap}", f"--set=kafka.prefix={mesh.prefix}"),
            *(*free, "--set=webhook.address=", "--set=xds.tls_address=", "--set=log_format=json"),
            *(f"--set=xds.name={name}", f"--set=citadel.ca={mesh.root / 'ca'}", *mesh.flags),
        )
        self._process: asyncio.subprocess.Process | None = None
        self._http: httpx.AsyncClient | None = None
        self.addresses: dict[str, str] = {}

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    @property
    def xds(self) -> str:
        """The address of its xDS server."""
        return self.addresses["xds"]

    @property
    def last_term(self) -> str:
        """When it became the writer last, as text that sorts; empty: never."""
        told = [line for line in self.log.read_text().splitlines() if _TOOK_OVER in line]
        return str(orjson.loads(told[-1])["timestamp"]) if told else ""

    async def launch(self) -> None:
        """Start it, and wait for nothing."""
        assert self._process is None
        (self.data / "addresses.json").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, stdout=log, stderr=log)

    async def ready(self) -> None:
        """Return when it serves a snapshot, and follows its mesh."""
        async with asyncio.timeout(_PATIENCE):
            while (await self.get("/readyz")).status_code != httpx.codes.OK:
                await asyncio.sleep(0.02)

    async def has(self, revision: int) -> dict[str, Any]:
        """Return its status once it serves a revision, or a later one."""
        async with asyncio.timeout(_PATIENCE):
            while (status := await self.status())["revision"] < revision:
                await asyncio.sleep(0.02)
        return status

    async def open(self) -> None:
        """Return when its addresses are open."""
        path = self.data / "addresses.json"
        async with asyncio.timeout(_PATIENCE):
            while not path.exists() or not path.read_bytes():
                self._check()
                await asyncio.sleep(0.02)
        self.addresses = orjson.loads(path.read_bytes())
        self._http = httpx.AsyncClient(base_url=f"http://{self.addresses['admin']}", trust_env=False, timeout=30)

    async def get(self, path: str) -> httpx.Response:
        """Ask its administration."""
        self._check()
        assert self._http is not None
        return await self._http.get(path)

    async def status(self) -> dict[str, Any]:
        """Return its status."""
        answer: dict[str, Any] = (await self.get("/api/v1/status")).json()
        return answer

    def _check(self) -> None:
        assert self._process is not None, f"{self.name} does not run"
        assert self._process.returncode is None, f"{self.name} ended; {self.log} ends with {self._tail()}"

    def _tail(self) -> str:
        return self.log.read_text()[-2_000:]

    async def kill(self) -> None:
        """End it as a crash would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it in its own way; nothing happens where it does not run."""
        if self._process is not None:
            await self._end(signal.SIGTERM)

    async def _end(self, by: signal.Signals) -> None:
        assert self._process is not None
        process, self._process = self._process, None
        if process.returncode is None:
            process.send_signal(by)
        await process.wait()
        if self._http is not None:
            await self._http.aclose()
            self._http = None


@asynccontextmanager
async def running(*nodes: Node) -> AsyncIterator[None]:
    """Run some processes, which have opened their addresses when the block begins, and are ended when it ends."""
    try:
        for node in nodes:
            await node.launch()
        for node in nodes:
            await node.open()
        yield
    finally:
        async with asyncio.TaskGroup() as tasks:
            for node in nodes:
                tasks.create_task(node.stop())
