"""The demo's processes: the sample services, the server and the Envoy, each a child that ends with the demo."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from galley.app.envoy.process import stop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from galley.app.demo.scene import Scene

_READY = 30.0
_NODE = "router~127.0.0.1~edge.bookinfo~bookinfo.svc.cluster.local"


class DidNotStart(Exception):
    """A part of the demo did not come up; the message says which, and where its log is."""


class Stage:
    """The running demo; `start_server` and `kill_server` let the server fall and come back."""

    def __init__(self, scene: Scene, stack: contextlib.AsyncExitStack) -> None:
        """Use `raised` instead."""
        self.scene = scene
        self._stack = stack
        self._server: asyncio.subprocess.Process | None = None

    async def start_server(self) -> None:
        """Start the server on the demo's mesh, and wait until it is ready."""
        flags = [f"--set={name}=127.0.0.1:{port}" for name, port in self.scene.server.items()]
        data = self.scene.root / "data"
        self._server = await self._child(
            "server", "serve", "--files", str(self.scene.mesh), "--data", str(data), *flags
        )
        await self._until(f"{self.scene.admin}/readyz", "server", self._server)

    async def kill_server(self) -> None:
        """Kill the server, as a crash would."""
        assert self._server is not None
        self._server.kill()
        await self._server.wait()

    async def start_envoy(self) -> None:
        """Start Envoy with a certificate from the server, and wait until it routes."""
        metadata = orjson.dumps({"LABELS": {"istio": "ingressgateway"}}).decode()
        folder = self.scene.root / "envoy"
        flags = ["--node", _NODE, "--metadata", metadata, "--dir", str(folder), "--admin", "127.0.0.1:0"]
        envoy = await self._child("envoy", "envoy", *flags, "--server", self.scene.admin)
        await self._until(self.scene.url, "envoy", envoy)

    async def start_services(self) -> None:
        """Start the three versions of the sample service."""
        versions = [f"{name}:{port}" for name, port in self.scene.ports.items() if name != "edge"]
        await self._process("services", sys.executable, "-m", "galley.app.demo.sample_service", *versions)

    async def _child(self, name: str, *arguments: str) -> asyncio.subprocess.Process:
        return await self._process(name, sys.executable, "-m", "galley.app", *arguments)

    async def _process(self, name: str, *command: str) -> asyncio.subprocess.Process:
        with (self.scene.root / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        self._stack.push_async_callback(stop, process)
        return process

    async def _until(self, url: str, name: str, process: asyncio.subprocess.Process) -> None:
        """Wait until the URL answers 200."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _READY
        async with httpx.AsyncClient(trust_env=False) as client:
            while loop.time() < end and process.returncode is None:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(url)).is_success:
                        return
                await asyncio.sleep(0.05)
        log = self.scene.root / f"{name}.log"
        tail = b"\n".join(log.read_bytes().splitlines()[-5:]).decode(errors="replace")
        msg = f"the {name} did not come up; its log is {log}:\n{tail}"
        raise DidNotStart(msg)


@contextlib.asynccontextmanager
async def raised(scene: Scene, say: Any) -> AsyncIterator[Stage]:  # noqa: ANN401  a function of one text
    """Start everything; stop all of it at the end, whatever happened."""
    async with contextlib.AsyncExitStack() as stack:
        stage = Stage(scene, stack)
        say("starting three versions of the sample service")
        await stage.start_services()
        say("starting the server")
        await stage.start_server()
        say("starting Envoy")
        await stage.start_envoy()
        yield stage
