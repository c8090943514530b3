"""The files of a directory that are read, and what tells that they changed.

Which: `*.yaml`, `*.yml`, `*.json` at any depth, no dotfiles and nothing in dot directories. Links are followed where
they stay inside (`galley.sources.inside`), so that a Kubernetes ConfigMap mount works (`a.yaml -> ..data/a.yaml`); one
that leads to what the walk finds anyway is left out, so that no object is read twice.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from galley.sources.inside import Inside, OutsideError
from pipeline.model import codes_document as codes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUFFIXES: Final = (".yaml", ".yml", ".json")
"""What a file's name ends in to be read."""

DEEPEST: Final = 64
"""Levels of directories that are walked."""


class Signature(NamedTuple):
    """What tells that a file has changed without reading it. Times are in nanoseconds.

    The change time is part of it because the modification time can be set (rsync, tar, touch).
    """

    modified: int
    changed: int
    size: int
    inode: int


class Problem(NamedTuple):
    """Why a file or directory cannot be read."""

    code: str
    message: str


Entry: TypeAlias = Signature | Problem
"""What is found under a name."""


@dataclass(slots=True)
class Listing:
    """What a walk found; paths are relative to the directory, with `/`.

    `directories` are those walked, with device and inode (the root is the empty path); `unreadable` those that could
    not be: what is in them is unknown, not gone. `linked` tells whether the walk met a link.
    """

    files: dict[str, Entry] = field(default_factory=dict)
    directories: dict[str, tuple[int, int]] = field(default_factory=dict)
    unreadable: dict[str, Problem] = field(default_factory=dict)
    linked: bool = False


def is_read(name: str) -> bool:
    """Whether a file of this name is read."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


def scan(root: Path) -> Listing:
    """Walk a directory. Never raises: a root that cannot be read is `unreadable` under the empty path."""
    listing = Listing()
    try:
        with Inside(root) as inside:
            _Walk(inside, listing).walk(inside.top, "", ())
    except OSError as error:
        listing.unreadable[""] = problem_of(error)
    return listing


def look(root: Path, files: Iterable[str]) -> dict[str, Entry | None] | None:
    """Return what is at these paths now (None: nothing); None where only a whole walk can tell, because of a link."""
    found: dict[str, Entry | None] = {}
    try:
        with Inside(root) as inside:
            for file in files:
                found[file] = _entry(inside, file)
    except (OSError, _LinkedError):
        return None
    return found


def load(inside: Inside, file: str, limit: int) -> tuple[Entry, bytes] | None:
    """Return a file's signature and its bytes, at most `limit` + 1 of them; None where nothing is there.

    The signature is that of before the reading: whatever is written meanwhile is seen as a change of it.
    """
    try:
        with inside.find(file) as found:
            if not found.name:
                return Problem(codes.UNREADABLE_FILE, "is a directory"), b""
            with open(inside.open(found), "rb") as opened:  # noqa: PTH123  a descriptor
                info = os.fstat(opened.fileno())
                if not stat.S_ISREG(info.st_mode):
                    return _entry_of(info), b""
                return _entry_of(info), opened.read(limit + 1)
    except OutsideError as error:
        return problem_of(error), b""
    except FileNotFoundError:
        return None
    except OSError as error:
        return problem_of(error), b""


def problem_of(error: OSError) -> Problem:
    """Return what an error of the operating system means for the reader of a file."""
    if isinstance(error, OutsideError):
        return Problem(codes.OUTSIDE, "is a link that leads out of the directory; it is left alone")
    return Problem(codes.UNREADABLE_FILE, f"cannot be read: {(error.strerror or str(error)).lower()}")


class _LinkedError(Exception):
    """A link is on the way."""


def _entry(inside: Inside, file: str) -> Entry | None:
    try:
        with inside.find(file) as found:
            if found.links:
                raise _LinkedError
            return _entry_of(found.info) if found.name else None
    except FileNotFoundError:
        return None
    except OSError as error:
        return problem_of(error)


def _entry_of(info: os.stat_result) -> Entry:
    if stat.S_ISREG(info.st_mode):
        return Signature(info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino)
    kinds = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return Problem(codes.UNREADABLE_FILE, f"is {kinds.get(stat.S_IFMT(info.st_mode), 'no file')}; it is left alone")


class _Walk:
    """One walk: fills a listing."""

    def __init__(self, inside: Inside, listing: Listing) -> None:
        self._inside = inside
        self._listing = listing

    def walk(self, here: int, path: str, above: tuple[tuple[int, int], ...]) -> None:
        """Walk an open directory; `above` are those that it is in."""
        info = os.fstat(here)
        identity = (info.st_dev, info.st_ino)
        if identity in above:
            return
        if len(above) >= DEEPEST:
            self._listing.unreadable[path] = Problem(codes.UNREADABLE_FILE, f"is more than {DEEPEST} levels deep")
            return
        self._listing.directories[path] = identity
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if not entry.name.startswith("."):
                        self._take(entry, here, path, (*above, identity))
        except OSError as error:
            self._listing.unreadable[path] = problem_of(error)

    def _take(self, entry: os.DirEntry[str], here: int, path: str, above: tuple[tuple[int, int], ...]) -> None:
        name = entry.name
        inner = f"{path}/{name}" if path else name
        if not _is_text(name):
            shown = inner.encode("utf-8", "backslashreplace").decode()
            if is_read(name):
                self._listing.files[shown] = Problem(codes.UNREADABLE_FILE, "has a name that is not UTF-8")
        elif entry.is_symlink():
            self._link(name, inner, above)
        elif entry.is_dir(follow_symlinks=False):
            self._down(name, here, inner, above)
        elif is_read(name):
            try:
                self._listing.files[inner] = _entry_of(entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                return

    def _down(self, name: str, here: int, inner: str, above: tuple[tuple[int, int], ...]) -> None:
        try:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
        except FileNotFoundError:
            return
        except OSError as error:
            self._listing.unreadable[inner] = problem_of(error)
            return
        try:
            self.walk(below, inner, above)
        finally:
            os.close(below)

    def _link(self, name: str, inner: str, above: tuple[tuple[int, int], ...]) -> None:
        self._listing.linked = True
        try:
            with self._inside.find(inner) as found:
                hidden = any(step.startswith(".") for step in found.path)
                if not found.name:
                    if hidden:
                        self.walk(found.parent, inner, above)
                elif is_read(name) and (hidden or not is_read(found.name)):
                    self._listing.files[inner] = _entry_of(found.info)
        except OSError as error:
            if is_read(name):
                self._listing.files[inner] = problem_of(error)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
