"""`MeshFileSource`: one file with a MeshConfig or MeshNetworks document, in Istio's own form, as a source.

The file is looked at every half second: it is one, it is small, and whoever edits it may replace its whole directory. A
text is taken once it has stayed the same for a moment, because a file that is being saved is empty at first, and an
empty one says that everything is as by default. A file that cannot be read, or does not parse, leaves what it said
before.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Final

from galley.documents.mesh_file import mesh_resource
from galley.sources.contract import SourceStatus, Words
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Faulted, Synced, Upserted

if TYPE_CHECKING:
    from pathlib import Path

    from galley.sources.contract import Emit, Known
    from pipeline.model.change import Change

POLL: Final = 0.5
"""Seconds between two looks."""

SETTLE: Final = 0.05
"""Seconds for which a new text must stay the same."""

_LARGEST = 1 << 20


class MeshFileSource:
    """Follows one file."""

    def __init__(self, file: Path, *, name: str, kind: str) -> None:
        """Take a file, which need not be there yet; `kind` is `MeshConfig` or `MeshNetworks`."""
        self._file = file
        self._kind = kind
        self._name = name
        self._text: bytes | None = None
        self._status = SourceStatus(name=name, kind="file", location=str(file))

    @property
    def name(self) -> str:
        """The source's name."""
        return self._name

    @property
    def status(self) -> SourceStatus:
        """How the source is, now."""
        return self._status

    async def run(self, known: Known, emit: Emit) -> None:
        """Say what the file says, then follow it, until cancelled."""
        words = known.get(self._file.name, Words())
        self._text = None
        while True:
            text = self._read()
            if self._status.synced and text is not None and text != self._text:
                await asyncio.sleep(SETTLE)
                if self._read() != text:
                    continue
            changes = self._say(text, words)
            if changes or not self._status.synced:
                told = (*changes, Synced(source=self._name)) if not self._status.synced else tuple(changes)
                cause = Cause(at=time.time(), trace=secrets.token_hex(8))
                await emit(Batch(source=self._name, changes=told, cause=cause))
                self._status.synced = True
            if not self._status.errors:
                self._status.last_sync = time.time()
            await asyncio.sleep(POLL)

    def _read(self) -> bytes | None:
        """Return the file's text, None where it cannot be read."""
        try:
            with self._file.open("rb") as file:
                text = file.read(_LARGEST)
        except OSError as error:
            self._status.note([f"{self._file}: {error.strerror}"], lost=True)
            return None
        self._status.note([])
        return text

    def _say(self, text: bytes | None, words: Words) -> list[Change]:
        """Return what is new in a text since the last one."""
        if text is None or text == self._text:
            return []
        self._text = text
        read = mesh_resource(text, self._kind, self._name, self._file.name)
        self._status.objects = int(read.resource is not None)
        if read.resource is None:
            return [Faulted(origin=read.origin, diagnostics=read.diagnostics)]
        upserted = Upserted(resource=read.resource, diagnostics=read.diagnostics)
        if not self._status.synced and words.said.get(read.resource.key) == upserted and not words.fault:
            return []
        return [Faulted(origin=read.origin), upserted]
