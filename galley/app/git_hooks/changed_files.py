"""`ChangedFiles`: what a push changes of the files that are read; and the files of a commit, as documents.

Read where the repository lies. What is no file of ours to read (a link, a submodule, an LFS pointer) is a diagnostic,
as it is for the source that follows the repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from galley.documents.limits import DEFAULT_LIMITS
from galley.sources.git.git_error import GitError
from galley.sources.git.in_place import commit_at, listing_at
from galley.sources.git.objects import Found as FoundObject
from galley.sources.git.reader import Reader
from galley.sources.git.tree import Blob, Extent, changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.app.git_hooks.push import Push
    from galley.sources.diff import Found
    from galley.sources.git.objects import Objects
    from galley.sources.git.tree import Listing, Place
    from schemas.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFiles:
    """By path from the repository's root: what is there after a push where it changed, and all that was before."""

    after: Mapping[str, Place | None]
    before: Mapping[str, Place]


async def changed_files(objects: Objects, push: Push, path: str = "") -> ChangedFiles:
    """Return what a push changes below a directory; raise `GitError` where it cannot be read, or takes that away."""
    before = await _files(objects, push.old, path)
    after = await _files(objects, push.new, path)
    if path and before and not after:
        raise GitError(f"the commit has no directory {path}, which is what is followed")
    return ChangedFiles(after=changed(before, after), before=before)


async def documents_at(
    objects: Objects, places: Mapping[str, Place | None], source: str, registry: Registry
) -> dict[str, Found]:
    """Return what paths say; raise `GitError`."""
    return await Reader(objects, source, DEFAULT_LIMITS, registry).read(places)


async def texts_at(objects: Objects, places: Mapping[str, Place | None]) -> dict[str, str | None]:
    """Return what paths hold, as text; what has none is left out. Raise `GitError`."""
    texts: dict[str, str | None] = {file: None for file, place in places.items() if place is None}
    pending = [(file, place.oid) for file, place in places.items() if isinstance(place, Blob)]
    while pending:
        answers = await objects.some([oid for _, oid in pending], DEFAULT_LIMITS.size)
        for (file, _), answer in zip(pending, answers, strict=False):
            if isinstance(answer, FoundObject):
                try:
                    texts[file] = answer.data.decode()
                except UnicodeDecodeError:
                    continue
        pending = pending[len(answers) :]
    return texts


async def _files(objects: Objects, oid: str, path: str) -> Listing:
    """Return the files of a commit; none of no commit, and none where it has no such directory."""
    if not oid:
        return {}
    commit = await commit_at(objects, oid)
    try:
        return await listing_at(objects, commit, Extent(path=path))
    except GitError:
        if path:
            return {}
        raise
