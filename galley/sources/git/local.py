"""A repository on this machine's disk, as far as it is looked at without git: where it lies and what it borrows.

Git itself reads such a repository in another process (`upload-pack`), which runs no hook of it and heeds no command in
its configuration (docs/sources/git.md says how that is made sure).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from galley.sources.git.git_error import GitError

_LONGEST: Final = 64 * 1024
"""Bytes of a small file of git's that are read."""

Fingerprint: TypeAlias = "tuple[tuple[int, int, int], ...]"
"""What tells that references may have changed: inode, change time and size of a few files."""


class Lies(NamedTuple):
    """Where a repository lies: `git` has its HEAD, `common` its references and objects; mostly the same."""

    git: Path
    common: Path


def find(directory: Path) -> Lies:
    """Return where the repository at a path lies; raise `GitError` where there is none."""
    for path in (directory / ".git", directory, directory.with_name(f"{directory.name}.git")):
        git = _linked(path) if path.is_file() else path
        if (git / "HEAD").exists():
            common = _first_line(git / "commondir")
            return Lies(git, Path(os.path.normpath(git / common)) if common else git)
    if not directory.exists():
        raise GitError(f"there is no {directory}")
    raise GitError(f"{directory} is no git repository, or may not be read")


def check_alternates(lies: Lies) -> None:
    """Raise `GitError` where the repository borrows objects that lie outside of it."""
    root = lies.common.resolve()
    objects = lies.common / "objects"
    lent = [line for line in _text(objects / "info" / "alternates").splitlines() if line and not line.startswith("#")]
    for place in (objects, *(objects / line for line in lent)):
        if not place.resolve().is_relative_to(root):
            raise GitError(
                f"the repository borrows objects from {place.resolve()}, outside of itself;"
                " if that is meant, set `alternates: true` on the repository"
            )


def directories(lies: Lies, ref: str) -> dict[str, tuple[int, int]]:
    """Return the directories in which HEAD, the packed references or one reference change, with device and inode.

    They are relative to `common`; `ref` is a full name, or empty where it is not known yet. A repository may have any
    number of others, which do not matter.
    """
    paths = ["", "refs", "refs/heads", "refs/tags"]
    paths += ["/".join(ref.split("/")[:steps]) for steps in range(3, ref.count("/") + 1)]
    found: dict[str, tuple[int, int]] = {}
    for path in paths:
        try:
            info = (lies.common / path).lstat() if path else lies.common.stat()
        except OSError:
            continue
        if stat.S_ISDIR(info.st_mode):
            found[path] = (info.st_dev, info.st_ino)
    return found


def fingerprint(directory: Path, ref: str) -> Fingerprint:
    """Return what changes where HEAD, the packed references or one reference of a repository do."""
    try:
        lies = find(directory)
    except (GitError, OSError):
        return ()
    places = (lies.git / "HEAD", lies.common, lies.common / "packed-refs", lies.common / (ref or "HEAD"))
    return tuple(_print(path) for path in places)


def _print(path: Path) -> tuple[int, int, int]:
    try:
        info = path.stat()
    except OSError:
        return (0, 0, 0)
    return (info.st_ino, info.st_ctime_ns, info.st_size)


def _linked(path: Path) -> Path:
    """Return where a `.git` file of a linked working tree or a submodule leads."""
    line = _first_line(path)
    return Path(os.path.normpath(path.parent / line.removeprefix("gitdir:").strip()))


def _first_line(path: Path) -> str:
    return _text(path).partition("\n")[0].strip()


def _text(path: Path) -> str:
    """Return a small file's text; empty where it cannot be read, and for what is no file: a FIFO would keep us."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        return os.read(descriptor, _LONGEST).decode("utf-8", "replace").replace("\0", "")
    except OSError:
        return ""
    finally:
        os.close(descriptor)
