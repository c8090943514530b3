"""`Reader`: what the files at some paths say, read without keeping the event loop waiting."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from galley.documents.read import read
from galley.sources.diff import unreadable
from galley.sources.inside import Inside
from galley.sources.scan import Problem, Signature, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from galley.documents.limits import Limits
    from galley.sources.diff import Found
    from galley.sources.scan import Entry
    from schemas.registry import Registry

SMALL: Final = 32 * 1024
"""Bytes that are read at once (a few milliseconds); with more, a thread is worth its price."""

CHUNK: Final = 100
"""Files that one turn of a thread reads."""


class Finding(NamedTuple):
    """What is at a path (None: nothing), and what it says."""

    entry: Entry | None
    said: Found


class Reader:
    """Reads the files of one directory for one source."""

    def __init__(self, root: Path, source: str, limits: Limits, registry: Registry) -> None:
        self._root = root
        self._source = source
        self._limits = limits
        self._registry = registry

    async def read(self, entries: Mapping[str, Entry | None]) -> dict[str, Finding]:
        """Return what the paths say, in the order of their names."""
        paths = sorted(entries)
        size = sum(entry.size for entry in entries.values() if isinstance(entry, Signature))
        if len(paths) < CHUNK and size <= SMALL:
            return self._read(paths, entries)
        found: dict[str, Finding] = {}
        for start in range(0, len(paths), CHUNK):
            found |= await asyncio.to_thread(self._read, paths[start : start + CHUNK], entries)
        return found

    def _read(self, paths: Sequence[str], entries: Mapping[str, Entry | None]) -> dict[str, Finding]:
        found = {
            path: self._without(path, entry) for path in paths if not isinstance(entry := entries[path], Signature)
        }
        files = [path for path in paths if path not in found]
        if files:
            # A directory that has gone since it was looked at says nothing; the next look will tell.
            with suppress(OSError), Inside(self._root) as inside:
                found |= {path: self._one(inside, path) for path in files}
        return found

    def _one(self, inside: Inside, path: str) -> Finding:
        loaded = load(inside, path, self._limits.size)
        if loaded is None:
            return Finding(None, None)
        entry, data = loaded
        if isinstance(entry, Problem):
            return self._without(path, entry)
        return Finding(entry, read(data, self._source, path, self._limits, self._registry))

    def _without(self, path: str, entry: Problem | None) -> Finding:
        """Say what a path is that has no text."""
        if entry is None:
            return Finding(None, None)
        return Finding(entry, unreadable(self._source, path, entry.code, entry.message))
