"""Thousands of random edits, good and bad, on a server that is killed now and then: it ends like a fresh start."""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from galley.app.offline.mesh import load
from proxy.resource_type import ResourceType
from tests.bench.client import connected, wanted
from tests.bench.mesh import route, service
from tests.bench.process import Galley, galley, resident
from tests.bench.table import show
from tests.xds.delta_client import DeltaClient

EDITS = 5_000
CHECKS = 20
LIVES = 5
SERVICES = 30
BAD = (
    "kind: [",
    "apiVersion: v1\n",
    "\x00",
    "a: &a [*a]\n",
    "kind: VirtualService\nmetadata: {name: x}\nspec: {http: 3}\n",
)
_PATIENCE = 60.0


class Editor:
    """Somebody who changes files at random, and knows which of them are wrong."""

    def __init__(self, folder: Path, choice: random.Random) -> None:
        """Start with every service."""
        self._folder = folder
        self._choice = choice
        self._bad: set[Path] = set()
        for i in range(SERVICES):
            self._write(folder / f"service-{i}.yaml", service(i))
            self._write(folder / f"route-{i}.yaml", route(i))

    def edit(self) -> None:
        """Change one file: anew, away, wrong, or another's content."""
        i = self._choice.randrange(SERVICES)
        kind = self._choice.choice(("service", "route", "route"))
        path = self._folder / f"{kind}-{i}.yaml"
        match self._choice.randrange(10):
            case 0:
                path.unlink(missing_ok=True)
                self._bad.discard(path)
            case 1 | 2:
                self._write(path, self._choice.choice(BAD))
                self._bad.add(path)
            case 3:
                self._write(path, service(i).replace("version: v2", f"version: v{self._choice.randrange(2, 5)}"))
            case _:
                mark = f"m{self._choice.randrange(50)}"
                self._write(path, route(i, mark) if kind == "route" else service(i).replace("8080", mark[1:] + "80"))

    def repair(self) -> None:
        """Take what is wrong away, and what two files say with it, so that the files alone say what is served."""
        for path in self._bad:
            path.unlink(missing_ok=True)
        self._bad.clear()
        for i in range(SERVICES):
            path = self._folder / f"route-{i}.yaml"
            if path.exists() and "ServiceEntry" in path.read_text():
                self._write(path, route(i))

    def _write(self, path: Path, text: str) -> None:
        self._bad.discard(path)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(text)
        temporary.replace(path)


def _from_scratch(folder: Path) -> tuple[str, dict[ResourceType, dict[str, bytes]]]:
    """The digest of the mesh, and what the proxy is to have, from the files alone."""
    mesh = load([str(folder)])
    assert mesh.state.revision is not None
    return mesh.state.revision.digest, wanted(mesh.graph)


async def _agree(server: Galley, client: DeltaClient) -> None:
    """Return once the server and its client are where a fresh start would be."""
    digest, all_of_it = _from_scratch(server.files)
    async with (
        asyncio.timeout(_PATIENCE),
        httpx.AsyncClient(base_url=f"http://{server.admin}", trust_env=False) as http,
    ):
        status: dict[str, Any] = {}
        while status.get("digest") != digest or status["held"]:
            await asyncio.sleep(0.05)
            status = (await http.get("/api/v1/status")).json()
        while {type_: client.live[type_] for type_ in all_of_it} != all_of_it:
            await asyncio.sleep(0.05)
    assert not client.nacks


@pytest.mark.soak
async def test_whatever_is_edited_it_ends_like_a_fresh_start(tmp_path: Path) -> None:
    """After any edits, faults and kills, mesh and proxy equal those made from the files alone; memory stays bounded."""
    (tmp_path / "mesh").mkdir()
    choice = random.Random(int(os.environ.get("SOAK_SEED", "1")))
    editor = Editor(tmp_path / "mesh", choice)
    client = DeltaClient()
    edits = int(os.environ.get("SOAK_EDITS", str(EDITS)))
    rows = []
    for life in range(LIVES):
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(galley(tmp_path))
            await stack.enter_async_context(connected(client, server.xds))
            for check in range(CHECKS // LIVES):
                for _ in range(edits // CHECKS):
                    editor.edit()
                    await asyncio.sleep(choice.random() * 0.01)
                editor.repair()
                await _agree(server, client)
                rows.append((life, check, resident(server.pid)))
            for _ in range(choice.randrange(5)):
                editor.edit()
            os.kill(server.pid, 9 if life % 2 else 15)
    show(f"{edits:,} edits", ("life", "check", "MiB"), rows)
    first = rows[0][2]
    assert max(size for _, _, size in rows) < 1.5 * first
