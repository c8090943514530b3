"""Processes of one mesh on a real Kafka: `galley serve --engine kafka` with roles apart, as users run them."""

from __future__ import annotations

import asyncio
import secrets
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from tests.components.process import Process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from tests.components.kafka_broker import Kafka

PATIENCE = 40.0


class Member:
    """One process: its state directory, its addresses, and a client of its administration."""

    def __init__(self, name: str, folder: Path, process: Process) -> None:
        """Take the process, which `start` starts."""
        self.name = name
        self.log = folder / f"{name}.log"
        self.addresses: dict[str, str] = {}
        self.http = httpx.AsyncClient(trust_env=False, timeout=PATIENCE)
        self._process = process
        self._told = folder / name / "addresses.json"

    async def start(self) -> None:
        """Start it, also again, and return once it serves a snapshot."""
        self._told.unlink(missing_ok=True)
        await asyncio.to_thread(self._process.start)
        await asyncio.to_thread(self._process.wait, lambda: self._told.exists() and bool(self._told.read_bytes()))
        self.addresses = orjson.loads(self._told.read_bytes())
        await self.until("/readyz", lambda _: True, shape="text")

    async def kill(self) -> None:
        """End it as a crash would."""
        await asyncio.to_thread(self._process.kill)

    async def stop(self) -> None:
        """End it in its own way."""
        await asyncio.to_thread(self._process.stop)
        await self.http.aclose()

    async def get(self, path: str, **query: str | float) -> Any:  # noqa: ANN401  JSON
        """Return the JSON of a read that succeeds."""
        answer = await self.http.get(f"http://{self.addresses['admin']}{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until(self, path: str, true: Callable[[Any], bool], *, shape: str = "json", **query: str | float) -> Any:  # noqa: ANN401  JSON
        """Return the first answer of which something is true."""
        url, found = f"http://{self.addresses['admin']}{path}", None
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    answer = await self.http.get(url, params=query)
                    if answer.status_code == 200:
                        found = answer.json() if shape == "json" else answer.text
                        if true(found):
                            return found
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{self.name}: {path}: {found}; its log: {self.log.read_text()[-4_000:]}") from None

    async def live(self, revision: int) -> Any:  # noqa: ANN401  JSON
        """Return the answer once a revision is live on every proxy of the mesh."""
        return await self.until("/api/v1/wait", lambda answer: bool(answer["done"]), revision=revision, timeout=5)

    async def revision(self, number: int) -> Any:  # noqa: ANN401  JSON
        """Return the status once a revision, or a later one, is served."""
        return await self.until("/api/v1/status", lambda status: status["revision"] >= number)


class Members:
    """A mesh: a folder of configuration, and processes that share brokers, prefix and authority."""

    def __init__(self, folder: Path, broker: Kafka, settings: Mapping[str, object] | None = None) -> None:
        """Take an empty folder; further settings are all processes'."""
        self.files = folder / "mesh"
        self.files.mkdir(parents=True)
        self.prefix = f"mesh-{secrets.token_hex(4)}."
        self._folder = folder
        wanted: dict[str, object] = {
            "engine": "kafka",
            "kafka": {"bootstrap": [broker.bootstrap], "prefix": self.prefix},
            "sources": {"files": [str(self.files)]},
            "citadel": {"ca": str(folder / "ca"), "address": "127.0.0.1:0"},
            "admin": {"address": "127.0.0.1:0"},
            "webhook": {"address": "127.0.0.1:0"},
            "mixer": {"address": "127.0.0.1:0"},
            "xds": {"address": "127.0.0.1:0", "tls_address": "127.0.0.1:0"},
            **(settings or {}),
        }
        (folder / "settings.json").write_bytes(orjson.dumps(wanted, default=str))

    @asynccontextmanager
    async def member(self, name: str, roles: str, more: Sequence[str] = ()) -> AsyncIterator[Member]:
        """Run a process with these roles, and further settings, `KEY=VALUE` each."""
        flags = [f"--set={setting}" for setting in (f"xds.name={name}", *more)]
        command = [sys.executable, "-m", "galley.app", "serve", "--settings", str(self._folder / "settings.json")]
        command += ["--data", str(self._folder / name), "--roles", roles, *flags]
        member = Member(name, self._folder, Process(command, self._folder / f"{name}.log"))
        try:
            await member.start()
            yield member
        finally:
            await member.stop()
        assert "Traceback" not in member.log.read_text(), member.log.read_text()[-8_000:]
