"""One life of an embedded engine with a scripted source, which may end at any time; what happened stands in a ledger.

The ledger is a file of JSON lines, written as things happen: what survived of it is what others had been told.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.engines.embedded import EmbeddedEngine, EmbeddedSettings
from pipeline.log.sqlite import SqliteLog
from pipeline.model.revision import mesh_digest
from tests.crash.script import LENGTH, RULES, digest_of, said, seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.model.snapshot import Snapshot

_SETTINGS = EmbeddedSettings(keep=3, compact_every=3, most_wait=0.0)
_TOGETHER = 3


class Ledger:
    """Appends what happened; also the sink that is told of every snapshot."""

    name = "ledger"

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, **what: object) -> None:
        """Append one line; it is in the kernel's hands when this returns."""
        os.write(self._file, orjson.dumps(what) + b"\n")

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Note what is published."""
        assert not settled
        digest = mesh_digest(snapshot.resources.values())
        self.write(what="published", revision=snapshot.revision.number, digest=digest)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


async def live(folder: Path) -> None:
    """Run the engine and its source in a folder, from where the log is to the script's end."""
    ledger = Ledger(folder / "ledger")
    log = SqliteLog(folder / "galley.db")
    engine = EmbeddedEngine(log, RULES, _SETTINGS)
    await engine.open()
    state = engine.state
    ledger.write(what="recovered", seen=seen(state), sequence=state.sequence, digest=digest_of(state.revision))
    engine.attach(ledger)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(engine.run())
        await _speak(engine, ledger)
        task.cancel()
    ledger.write(what="finished", digest=digest_of(engine.state.revision))
    log.close()
    ledger.close()


async def _speak(engine: EmbeddedEngine, ledger: Ledger) -> None:
    """Say what the log has not seen yet, a few batches at a time."""
    number = seen(engine.state)
    while number < LENGTH:
        together = range(number + 1, min(number + _TOGETHER, LENGTH) + 1)
        ledger.write(what="said", upto=together[-1])
        await asyncio.gather(*(_say(engine, ledger, one) for one in together))
        number = together[-1]


async def _say(engine: EmbeddedEngine, ledger: Ledger, number: int) -> None:
    receipt = await engine.submit(said(number))
    ledger.write(what="acknowledged", number=number, sequence=receipt.sequence, revision=receipt.revision)
