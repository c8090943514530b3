"""Trees: what a commit has at which path, read by ourselves, object by object. Pure but for `Trees`.

Nothing of a tree is believed: names are checked, depth, length and number are bounded, and what leads elsewhere (a
link, a submodule) is a `Problem`. A name is only ever a name here, since nothing is written to a disk.
"""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from galley.sources.git.damaged import DamagedError
from galley.sources.git.git_error import GitError
from galley.sources.git.objects import Found
from galley.sources.scan import DEEPEST, Problem, is_read
from pipeline.model import codes_git as codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from galley.sources.git.objects import Objects

LARGEST: Final = 32 << 20
"""Bytes of one tree object: some 700,000 names."""

LONGEST_NAME: Final = 255
"""Bytes of one name."""

LONGEST_PATH: Final = 4096
"""Bytes of one path."""

MANY: Final = 5_000
"""With more names than this (some ten milliseconds), they are listed in a thread, so that the event loop goes on."""

_KIND: Final = 0o170000
_DIRECTORY: Final = 0o040000


class Entry(NamedTuple):
    """One name of a directory."""

    mode: int
    name: bytes
    oid: str

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return self.mode & _KIND == _DIRECTORY


class Blob(NamedTuple):
    """A file: the id of its content."""

    oid: str


Place: TypeAlias = "Blob | Problem"
"""What is at a path."""

Listing: TypeAlias = "dict[str, Place]"
"""The files that are read, and what is not read and should be known, by path from the repository's root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What of a repository is read: the directory (from the root, empty for all), and the names at most."""

    path: str = ""
    most: int = 100_000


def parse_tree(data: bytes, id_bytes: int = 20) -> tuple[Entry, ...]:
    """Return the entries of a tree object's content; raise `GitError` where it is none."""
    entries: list[Entry] = []
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 8)
        zero = data.find(b"\0", space + 1)
        stop = zero + 1 + id_bytes
        mode = data[at:space]
        if space < 0 or zero < 0 or stop > len(data) or not mode.isdigit() or mode.strip(b"01234567"):
            raise GitError("a directory of the commit is damaged")
        entries.append(Entry(int(mode, 8), data[space + 1 : zero], data[zero + 1 : stop].hex()))
        at = stop
    if len({entry.name for entry in entries}) != len(entries):
        raise GitError("a directory of the commit has a name twice")
    return tuple(entries)


class Trees:
    """The directories of the commit that was read last, by id; what did not change is not read again."""

    def __init__(self, objects: Objects) -> None:
        """Read by these."""
        self._objects = objects
        self._known: dict[str, tuple[Entry, ...]] = {}

    async def listing(self, root: str, extent: Extent) -> Listing:
        """Return what a tree has; raise `GitError` where it cannot be read, or is beyond the limits."""
        top = await self._below(root, extent.path, extent.most)
        needed = {top}
        level = [top]
        for _ in range(DEEPEST + 1):
            await self._load(level, extent.most)
            level = list(
                dict.fromkeys(
                    entry.oid
                    for oid in level
                    for entry in self._known[oid]
                    if entry.is_directory and entry.oid not in needed and not entry.name.startswith(b".")
                )
            )
            needed.update(level)
            if not level:
                break
        self._known = {oid: entries for oid, entries in self._known.items() if oid in needed}
        names = sum(len(entries) for entries in self._known.values())
        if names > MANY:
            return await asyncio.to_thread(flatten, self._known, top, extent)
        return flatten(self._known, top, extent)

    async def _below(self, root: str, path: str, most: int) -> str:
        """Return the id of a directory below a tree."""
        oid = root
        for step in path.split("/") if path else ():
            await self._load([oid], most)
            found = [entry.oid for entry in self._known[oid] if entry.name == step.encode() and entry.is_directory]
            if not found:
                raise GitError(f"the commit has no directory {path}")
            oid = found[0]
        return oid

    async def _load(self, oids: Iterable[str], most: int) -> None:
        """Read the directories that are not known yet; raise `GitError` where they have more than `most` names."""
        missing, limit = [oid for oid in oids if oid not in self._known], most
        while missing:
            for oid, found in zip(missing, answers := await self._objects.some(missing, LARGEST), strict=False):
                if not isinstance(found, Found) or found.kind != "tree":
                    raise DamagedError(f"directory {oid} of the commit is missing or too large")
                self._known[oid] = entries = parse_tree(found.data, len(oid) // 2)
                most -= len(entries)
            missing = missing[len(answers) :]
            if most < 0:
                raise _too_many(limit)


def flatten(trees: Mapping[str, tuple[Entry, ...]], top: str, extent: Extent) -> Listing:
    """Return what is at each path below a tree whose directories are all at hand, down to the deepest that is read.

    Raise `GitError` where there are more names than the extent allows: directories may share few objects and yet stand
    for more paths than anybody could read.
    """
    listing: Listing = {}
    left = extent.most
    pending = [(extent.path, top, 0)]
    while pending:
        path, oid, depth = pending.pop()
        prefix = f"{path}/" if path else ""
        entries = trees[oid]
        left -= len(entries)
        if left < 0:
            raise _too_many(extent.most)
        for entry in entries:
            if entry.name.startswith(b"."):
                continue
            name = _name(entry.name)
            full = prefix + (name or _escaped(entry.name))
            if name is None or len(full.encode()) > LONGEST_PATH:
                if entry.is_directory or is_read(full):
                    listing[full[:LONGEST_PATH]] = Problem(codes.UNUSABLE_NAME, "is not read because of its name")
            elif not entry.is_directory:
                place = _place(entry, name)
                if place is not None:
                    listing[full] = place
            elif depth >= DEEPEST:
                listing[full] = Problem(codes.TREE_TOO_DEEP, f"is more than {DEEPEST} levels deep and is not read")
            else:
                pending.append((full, entry.oid, depth + 1))
    return listing


def changed(before: Mapping[str, Place], after: Mapping[str, Place]) -> dict[str, Place | None]:
    """Return the paths at which something else is than before; None where nothing is."""
    found: dict[str, Place | None] = {path: place for path, place in after.items() if before.get(path) != place}
    return found | {path: None for path in before if path not in after}


def _place(entry: Entry, name: str) -> Place | None:
    match entry.mode & _KIND:
        case 0o100000:
            return Blob(entry.oid) if is_read(name) else None
        case 0o120000:
            # A link without a suffix may be one to a directory.
            shown = is_read(name) or "." not in name
            return Problem(codes.SYMLINK, "is a symbolic link, which is not followed") if shown else None
        case 0o160000:
            return Problem(codes.SUBMODULE, "is a submodule, which is not followed")
        case _:
            return Problem(codes.UNUSABLE_NAME, f"is of a kind that git does not make (mode {entry.mode:o})")


def _name(name: bytes) -> str | None:
    """Return a name that can be shown and compared; None where it cannot."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return None
    if not text or len(name) > LONGEST_NAME or "/" in text or "\\" in text:
        return None
    return None if any(unicodedata.category(one) in _UNSHOWN for one in text) else text


_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _escaped(name: bytes) -> str:
    """Return a name that cannot be shown in a form that can, and that no name that can be shown has."""
    text = name[:LONGEST_NAME].decode("ascii", "backslashreplace").replace("/", "\\x2f")
    shown = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)
    return shown if "\\" in shown else f"\\{shown}…"


def _too_many(most: int) -> GitError:
    return GitError(f"the commit has more than {most} files and directories (git.max_files)")
