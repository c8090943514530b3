"""Paths resolved step by step inside a directory, so that none leads out of it.

Each step opens one name relative to the directory reached so far and follows no link by itself; a link's target is
taken apart and walked in the same way, and `..` goes back to the directory that was really walked. What is swapped
meanwhile can make a step fail, but cannot make it leave. (Linux's `openat2` with RESOLVE_BENEATH does the same; Python
has no call for it.)
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

MOST_LINKS: Final = 40
"""Links that one path may lead through, as the kernel's own limit is."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class OutsideError(OSError):
    """The path leads out of the directory."""


class Found(NamedTuple):
    """What a path leads to: the descriptor of the directory that holds it, its name and its real path from the root.

    The descriptor is good while `Inside.find` is. For a directory, `parent` is its own descriptor and `name` empty.
    """

    parent: int
    name: str
    path: tuple[str, ...]
    info: os.stat_result
    links: int


class Inside:
    """An open directory, closed when it is left."""

    def __init__(self, root: Path) -> None:
        """Open the directory; raise `OSError` where that cannot be done. It may itself be reached through links."""
        self._given = root
        self.top = os.open(root, _DIRECTORY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.top)

    @contextmanager
    def find(self, path: str) -> Iterator[Found]:
        """Give what a path (with `/`) leads to; raise `OSError`, which is `OutsideError` where it leads out."""
        opened: list[int] = []
        try:
            yield self._walk(path, opened)
        finally:
            for descriptor in opened:
                os.close(descriptor)

    def _walk(self, path: str, opened: list[int]) -> Found:
        pending = deque(path.split("/"))
        walked: list[tuple[int, str]] = []
        links = 0
        while pending:
            step = pending.popleft()
            here = walked[-1][0] if walked else self.top
            if step in {"", "."}:
                continue
            if step == "..":
                if not walked:
                    raise OutsideError(errno.EXDEV, "leads out of the directory")
                walked.pop()
                continue
            info = os.stat(step, dir_fd=here, follow_symlinks=False)
            if stat.S_ISLNK(info.st_mode):
                links += 1
                if links > MOST_LINKS:
                    raise OSError(errno.ELOOP, "leads through too many links")
                pending.extendleft(reversed(self._target(step, here, walked)))
            elif stat.S_ISDIR(info.st_mode):
                opened.append(os.open(step, _DIRECTORY | os.O_NOFOLLOW, dir_fd=here))
                walked.append((opened[-1], step))
            elif pending:
                raise NotADirectoryError(errno.ENOTDIR, "leads through what is no directory")
            else:
                return Found(here, step, (*_names(walked), step), info, links)
        last = walked[-1][0] if walked else self.top
        return Found(last, "", _names(walked), os.fstat(last), links)

    def open(self, found: Found) -> int:
        """Return a descriptor of a file that was found, for the caller to close; raise `OSError` where it is a link."""
        return os.open(found.name, _FILE, dir_fd=found.parent)

    def _target(self, name: str, here: int, walked: list[tuple[int, str]]) -> Sequence[str]:
        """Return the steps of a link's target, from where the walk then stands."""
        target = os.readlink(name, dir_fd=here)
        if not target.startswith("/"):
            return target.split("/")
        root = os.path.realpath(self._given)
        if target != root and not target.startswith(root.rstrip("/") + "/"):
            raise OutsideError(errno.EXDEV, "leads out of the directory")
        walked.clear()
        return target[len(root) :].split("/")


def _names(walked: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in walked)
