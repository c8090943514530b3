"""`EventHistory`: the last events in a file, so that a restart does not forget what has happened.

It is for people and programs that ask later; nothing depends on it. So it is written once a second, without a sync: a
crash costs the events of its last second, a disk that fails those since then, and neither holds anybody up.
"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Final

import orjson
import structlog
from pydantic import ValidationError

from citadel import durable_file
from galley.app.events import Event
from schemas.events.catalogue import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger("galley")
MOST: Final = 1_000
_EVERY: Final = 1.0


class EventHistory:
    """One event a line, at most twice `most` of them."""

    def __init__(self, file: Path, most: int = MOST) -> None:
        """Keep them in this file."""
        self._file = file
        self._most = most
        self._lines = 0
        self._new: list[bytes] = []
        self._torn = False
        self._failed = False
        self._writing = threading.Lock()

    def load(self) -> list[Event]:
        """Return the last events of earlier lives; what cannot be read is left out."""
        try:
            content = self._file.read_bytes()
        except OSError:
            return []
        lines = content.splitlines()
        self._lines, self._torn = len(lines), bool(content) and not content.endswith(b"\n")
        return [event for line in lines[-self._most :] if (event := _event(line)) is not None]

    def add(self, event: Event) -> None:
        """Take an event; it is written by `keep`."""
        self._new.append(event.body)
        if len(self._new) > self._most:
            del self._new[0]

    async def keep(self) -> None:
        """Write until cancelled, and then what is left."""
        try:
            while True:
                await asyncio.sleep(_EVERY)
                if self._new:
                    await asyncio.to_thread(self._write)
        finally:
            self._write()

    def _write(self) -> None:
        with self._writing:
            new, self._new = self._new, []
            try:
                self._append(new)
            except OSError as error:
                if not self._failed:
                    _log.warning("events.not_kept", file=str(self._file), reason=error.strerror)
                self._failed = self._torn = True
            else:
                self._failed = False

    def _append(self, new: list[bytes]) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        with os.fdopen(os.open(self._file, flags, durable_file.PRIVATE), "ab") as file:
            file.write(b"\n" if self._torn else b"")
            file.writelines(body + b"\n" for body in new)
        self._torn = False
        self._lines += len(new)
        if self._lines > 2 * self._most:
            left = self._file.read_bytes().splitlines(keepends=True)[-self._most :]
            durable_file.replace(self._file, b"".join(left))
            self._lines = len(left)


def _event(line: bytes) -> Event | None:
    """Return the event of a line; None where it is cut off, or of a type that there is no more."""
    try:
        told = orjson.loads(line)
        data = CATALOGUE[told["type"]].model_validate(told["data"])
        return Event(id=str(told["id"]), data=data, body=line)
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
