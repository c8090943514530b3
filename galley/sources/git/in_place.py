"""A repository read where it lies: for hooks, which judge a commit before, or after, it is taken.

A hook runs in the repository that is pushed to, as its owner, and what is pushed may still be in quarantine
(git-receive-pack(1)): the variables that lead there are passed on, and nothing else of git's. Nothing is fetched,
nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from galley.sources.git.commit import read_commit
from galley.sources.git.environment import FIXED
from galley.sources.git.git_error import GitError
from galley.sources.git.objects import Found, Objects
from galley.sources.git.program import Program
from galley.sources.git.tree import Trees

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from galley.sources.git.commit import Commit
    from galley.sources.git.tree import Extent, Listing

LARGEST_COMMIT: Final = 1 << 20
"""Bytes of a commit, its message included."""

_QUARANTINE: Final = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")


def objects_in(repository: Path, inherited: Mapping[str, str]) -> Objects:
    """Return a reader of a repository's objects; `repository` is its git directory, `inherited` the hook's variables.

    Use it as an asynchronous context. `Reader` (`galley.sources.git.reader.Reader`) reads documents by it.
    """
    made = {name: inherited[name] for name in ("PATH", *_QUARANTINE) if inherited.get(name)}
    made |= FIXED | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ALLOW_PROTOCOL": "none"}
    return Objects(Program(environment=made, directory=repository), repository.absolute())


async def commit_at(objects: Objects, oid: str) -> Commit:
    """Return a commit by its full id; raise `GitError` where there is none."""
    found = await objects.one(oid, LARGEST_COMMIT)
    if not isinstance(found, Found) or found.kind != "commit":
        raise GitError(f"there is no commit {oid}, or it is larger than a commit should be")
    return read_commit(oid, found.data)


async def listing_at(objects: Objects, commit: Commit, extent: Extent) -> Listing:
    """Return what a commit has, of what is read: `galley.sources.git.tree.changed` compares two of these.

    Raise `GitError` where it cannot be read, or has no directory as the extent wants it.
    """
    return await Trees(objects).listing(commit.tree, extent)
