"""`DamagedError`: our own copy of a repository lacks what it should have; a fresh one is fetched."""

from __future__ import annotations

from galley.sources.git.git_error import GitError


class DamagedError(GitError):
    """An object that was fetched is not there, or is not what it should be."""
