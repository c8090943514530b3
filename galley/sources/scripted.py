"""`ScriptedSource`: a source whose files are in memory and change by a script, or at a word. For demos and tests.

It keeps the contract of every source (`galley.sources.contract`) in the simplest way, so it shows what the contract
asks: compare with what was said, say all that changed together at once, say `Synced` once everything is said.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from galley.documents.read import read
from galley.sources.contract import SourceStatus
from galley.sources.diff import NOTHING, difference
from galley.sources.unwrapped import unwrapped
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Synced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from galley.sources.contract import Emit, Known, Words
    from pipeline.model.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One step of a script: after so many seconds these files say this (None: they are gone).

    With `fails` the source fails instead, as a bad library or a bug would make it.
    """

    after: float = 0.0
    files: Mapping[str, str | None] = field(default_factory=dict)
    fails: str = ""


class ScriptFailedError(RuntimeError):
    """The script said so."""


class ScriptedSource:
    """Files by name, each the text of documents."""

    def __init__(self, files: Mapping[str, str], *, name: str = "scripted", script: Iterable[Turn] = ()) -> None:
        """Take the files that are there from the beginning, and what becomes of them."""
        self._files = dict(files)
        self._script = tuple(script)
        self._changed = asyncio.Event()
        self._away = ""
        self._words: dict[str, Words] = {}
        self._status = SourceStatus(name=name, kind="scripted", location="memory")

    @property
    def name(self) -> str:
        """See `galley.sources.contract.Source.name`."""
        return self._status.name

    @property
    def status(self) -> SourceStatus:
        """See `galley.sources.contract.Source.status`."""
        return self._status

    def put(self, files: Mapping[str, str | None]) -> None:
        """Change files, all together; None removes one."""
        for file, text in files.items():
            if text is None:
                self._files.pop(file, None)
            else:
                self._files[file] = text
        self._changed.set()

    def lose(self, why: str) -> None:
        """Put the files out of reach; an empty reason brings them back."""
        self._away = why
        self._changed.set()

    async def run(self, known: Known, emit: Emit) -> None:
        """See `galley.sources.contract.Source.run`."""
        self._words = dict(known)
        with unwrapped():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._play())
                while True:
                    self._changed.clear()
                    self._status.note([self._away] if self._away else [], lost=bool(self._away))
                    if not self._away:
                        await self._say(emit)
                    await self._changed.wait()

    async def _play(self) -> None:
        for turn in self._script:
            await asyncio.sleep(turn.after)
            if turn.fails:
                raise ScriptFailedError(turn.fails)
            self.put(turn.files)

    async def _say(self, emit: Emit) -> None:
        """Emit what differs from what was said, and `Synced` the first time."""
        words: dict[str, Words] = {}
        changes: list[Change] = []
        for file in sorted(self._files.keys() | self._words.keys()):
            text = self._files.get(file)
            found = None if text is None else read(text.encode(), self.name, file)
            new = difference(self.name, file, self._words.get(file, NOTHING), found)
            changes += new.changes
            if new.words is not None:
                words[file] = new.words
        if not self._status.synced:
            changes.append(Synced(source=self.name))
        if changes:
            cause = Cause(at=time.time(), trace=secrets.token_hex(16), reason="script")
            await emit(Batch(source=self.name, changes=tuple(changes), cause=cause))
        self._words = words
        self._status.synced = True
        self._status.last_sync = time.time()
        self._status.objects = sum(len(place.said) for place in words.values())
