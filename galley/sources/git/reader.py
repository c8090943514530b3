"""`Reader`: what the files at some paths of a commit say, read without keeping the event loop waiting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from galley.documents.read import read
from galley.sources.diff import unreadable
from galley.sources.git.damaged import DamagedError
from galley.sources.git.objects import Found as FoundObject
from galley.sources.git.objects import TooLarge
from galley.sources.git.tree import Blob
from galley.sources.scan import Problem
from pipeline.model import codes_document, codes_git

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from galley.documents.limits import Limits
    from galley.sources.diff import Found
    from galley.sources.git.objects import Object, Objects
    from galley.sources.git.tree import Place
    from schemas.registry import Registry

CHUNK: Final = 100
"""Files that are in memory, and that one turn of a thread reads, at a time."""

_SMALL: Final = 32 * 1024
"""Bytes that are read at once (a few milliseconds); with more, a thread is worth its price."""

_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_LONGEST_POINTER: Final = 1024
"""A pointer is shorter (git-lfs/docs/spec.md)."""


class Reader:
    """Reads the files of one repository for one source."""

    def __init__(self, objects: Objects, source: str, limits: Limits, registry: Registry) -> None:
        """Read objects by these, for the source of this name."""
        self._objects = objects
        self._source = source
        self._limits = limits
        self._registry = registry

    async def read(self, places: Mapping[str, Place | None]) -> dict[str, Found]:
        """Return what the paths say, in the order of their names. Raise `GitError` where an object is missing."""
        found: dict[str, Found] = {}
        blobs: list[tuple[str, str]] = []
        for path, place in sorted(places.items()):
            match place:
                case Blob():
                    blobs.append((path, place.oid))
                case Problem():
                    found[path] = unreadable(self._source, path, place.code, place.message)
                case None:
                    found[path] = None
        while blobs:
            objects = await self._objects.some([oid for _, oid in blobs[:CHUNK]], self._limits.size)
            pairs = [(path, one) for (path, _), one in zip(blobs, objects, strict=False)]
            blobs = blobs[len(pairs) :]
            size = sum(len(one.data) for one in objects if isinstance(one, FoundObject))
            found |= self._texts(pairs) if size <= _SMALL else await asyncio.to_thread(self._texts, pairs)
        return found

    def _texts(self, pairs: Sequence[tuple[str, Object]]) -> dict[str, Found]:
        return {path: self._text(path, one) for path, one in pairs}

    def _text(self, path: str, one: Object) -> Found:
        match one:
            case TooLarge(size):
                text = f"has {size} bytes; {self._limits.size} are allowed"
                return unreadable(self._source, path, codes_document.TOO_LARGE, text)
            case FoundObject("blob", data):
                if data.startswith(_POINTER) and len(data) < _LONGEST_POINTER:
                    text = "is a Git LFS pointer; the text that it stands for is not fetched"
                    return unreadable(self._source, path, codes_git.LFS_POINTER, text)
                return read(data, self._source, path, self._limits, self._registry)
            case _:
                raise DamagedError(f"the content of {path} is missing")
