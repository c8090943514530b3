"""Reading a repository where it lies, as hooks do."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from galley.documents.limits import DEFAULT_LIMITS
from galley.documents.reading import Reading
from galley.sources.git.git_error import GitError
from galley.sources.git.in_place import commit_at, listing_at, objects_in
from galley.sources.git.reader import Reader
from galley.sources.git.tree import Extent, changed
from schemas.registry import DEFAULT_REGISTRY
from tests.sources.contract import document
from tests.sources.git.repository import Repository, git

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_a_push_changes_is_read_by_commits(tmp_path: Path) -> None:
    """The files that differ between two commits, and what they say."""
    world = Repository(tmp_path)
    old = world.commit({"mesh/a.yaml": document("a", 1), "mesh/b.yaml": document("b", 1)})
    new = world.commit({"mesh/a.yaml": document("a", 2), "mesh/b.yaml": None, "c.yaml": "a: ["})
    async with objects_in(world.root / ".git", os.environ) as objects:
        listings = [await listing_at(objects, await commit_at(objects, oid), Extent(path="mesh")) for oid in (old, new)]
        places = changed(*listings)
        assert sorted(places) == ["mesh/a.yaml", "mesh/b.yaml"]
        found = await Reader(objects, "git", DEFAULT_LIMITS, DEFAULT_REGISTRY).read(places)
    assert found["mesh/b.yaml"] is None
    reading = found["mesh/a.yaml"]
    assert isinstance(reading, Reading)
    assert [read.resource.key.name for read in reading.resources] == ["a"]


async def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """An id that is no commit's, a word that is no id, a directory that is no repository."""
    world = Repository(tmp_path)
    world.change({"a": 1})
    tree = git(world.root, "rev-parse", "HEAD^{tree}")
    async with objects_in(world.root / ".git", os.environ) as objects:
        for oid in (40 * "1", tree, "HEAD", "--help", "", "main\n"):
            with pytest.raises(GitError):
                await commit_at(objects, oid)
        head = git(world.root, "rev-parse", "HEAD")
        assert (await commit_at(objects, head)).oid == head
    async with objects_in(tmp_path, os.environ) as objects:
        with pytest.raises(GitError):
            await commit_at(objects, head)


async def test_a_hook_reads_what_is_still_in_quarantine(tmp_path: Path) -> None:
    """Before a push is taken its objects lie elsewhere; git's variables lead to them."""
    world = Repository(tmp_path)
    world.change({"a": 1})
    bare = tmp_path / "bare.git"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    hook = bare / "hooks" / "pre-receive"
    kept = tmp_path / "kept"
    # The hook keeps a copy of the quarantine, so that it can be read after git has let the push in and removed it.
    hook.write_text(f'#!/bin/sh\ncp -r "$GIT_QUARANTINE_PATH" {kept}\nexit 1\n')
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(AssertionError, match="pre-receive hook declined"):
        git(world.root, "push", "--quiet", str(bare), "main")
    head = git(world.root, "rev-parse", "HEAD")
    async with objects_in(bare, os.environ) as objects:
        with pytest.raises(GitError):
            await commit_at(objects, head)
    quarantine = {
        "PATH": os.environ["PATH"],
        "GIT_QUARANTINE_PATH": str(kept),
        "GIT_OBJECT_DIRECTORY": str(kept),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(bare / "objects"),
    }
    async with objects_in(bare, quarantine) as objects:
        assert (await commit_at(objects, head)).oid == head
