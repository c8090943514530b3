"""`GitError`: why a repository, or what it holds, cannot be read now. Its text may be shown: it holds no secret."""

from __future__ import annotations


class GitError(Exception):
    """The world is not as it should be; what was read before stays, and it is tried again."""
