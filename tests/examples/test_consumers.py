"""The consumers of `docs/streams.md` are programs: each is run against a real broker and a server that publishes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.commands import entry
from tests.app.live import proxy, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

_CONSUMERS = Path(__file__).parents[2] / "examples" / "consumers"


@contextlib.asynccontextmanager
async def consumer(
    folder: Path, name: str, *words: str, env: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.StreamReader]:
    """Run an example, and give what it prints."""
    command = (sys.executable, str(_CONSUMERS / name), *words)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_with(printed: asyncio.StreamReader, text: str) -> str:
    """Return the next line that a text is in."""
    while text not in (line := (await printed.readline()).decode()):
        assert line, "the example has ended"
    return line


async def test_each_consumer_prints_what_it_says(kafka: Kafka, tmp_path: Path) -> None:
    """Revisions as they are published; the mesh, complete at each revision; how many proxies have it."""
    prefix = f"c{secrets.token_hex(4)}."
    settings = {"bootstrap": [kafka.bootstrap], "prefix": prefix, "publish": True}
    environment = {"BROKER": kafka.bootstrap, "PREFIX": prefix}
    async with running(tmp_path, kafka=settings) as live, proxy(live.addresses["xds"]) as sent:
        await sent.get()
        (live.files / "a.yaml").write_text(entry("web"))
        first = (await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1))["revision"]
        async with (
            consumer(tmp_path, "with_kafka_python.py", kafka.bootstrap, prefix) as published,
            consumer(tmp_path, "with_aiokafka.py", kafka.bootstrap, prefix) as complete,
            consumer(tmp_path, "with_faust.py", "worker", "--without-web", env=environment) as rollouts,
        ):
            assert "ServiceEntry default/web" in await line_with(published, f"revision {first}:")
            assert "1 objects: ServiceEntry/default/web" in await line_with(complete, f"revision {first}:")
            assert "live on 1 of 1 proxies" in await line_with(rollouts, f"revision {first} ")
            (live.files / "b.yaml").write_text(entry("other", 2))
            (live.files / "a.yaml").write_text(entry("web", 3))
            await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 2)
            await line_with(published, "ServiceEntry default/other")
            assert "ServiceEntry/default/web" in await line_with(complete, "2 objects: ServiceEntry/default/other")
            (live.files / "a.yaml").unlink()
            await line_with(complete, "1 objects: ServiceEntry/default/other")
            number = (await live.get("/api/v1/status"))["revision"]
            assert "1 of 1" in await line_with(rollouts, f"revision {number} ")
