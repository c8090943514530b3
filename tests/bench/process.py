"""Servers as processes of their own, so that what is measured shares no interpreter with who measures."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Galley:
    """A running server."""

    pid: int
    files: Path
    xds: str
    admin: str
    webhook: str = ""


@asynccontextmanager
async def galley(root: Path, *, webhook: bool = False) -> AsyncIterator[Galley]:
    """Run a server over `root/mesh` until the block ends; it is ready when the block begins."""
    data = root / "data"
    (data / "addresses.json").unlink(missing_ok=True)
    on = ("xds", "admin", "webhook") if webhook else ("xds", "admin")
    flags = [f"--set={name}.address=" for name in ("mixer", "citadel", "webhook") if name not in on]
    flags += [f"--set={name}.address=127.0.0.1:0" for name in on] + ["--set=xds.tls_address="]
    command = (sys.executable, "-m", "galley.app", "serve", "--files", str(root / "mesh"), "--data", str(data), *flags)
    with (root / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        async with asyncio.timeout(_PATIENCE):
            addresses = await _ready(process, data / "addresses.json")
        opened = {name: addresses[name] for name in on}
        yield Galley(pid=process.pid, files=root / "mesh", **opened)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(process: asyncio.subprocess.Process, path: Path) -> dict[str, str]:
    while not path.exists() or not path.read_bytes():
        assert process.returncode is None, "the server ended; see server.log"
        await asyncio.sleep(0.02)
    addresses: dict[str, str] = orjson.loads(path.read_bytes())
    async with httpx.AsyncClient(trust_env=False) as client:
        while (await client.get(f"http://{addresses['admin']}/readyz")).status_code != httpx.codes.OK:
            await asyncio.sleep(0.02)
    return addresses


@asynccontextmanager
async def bare(size: int) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run a server that knows nothing (`tests.bench.bare_server`); yield it and its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.bare_server",
        str(size),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


def resident(pid: int) -> float:
    """The resident memory of a process in MiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
