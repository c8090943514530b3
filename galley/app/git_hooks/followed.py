"""`Followed`: what of a repository is followed, by which source of a server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from galley.settings.git import GitRepository
from galley.sources.git import local
from galley.sources.git.git_error import GitError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from galley.app.api.answers import SourceAnswer
    from galley.app.git_hooks.push import Push


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A branch or tag (empty: every branch) and a directory (empty: all) of a repository.

    `source` is the name of the source that follows it, empty where no server is known to.
    """

    source: str = ""
    ref: str = ""
    path: str = ""

    def concerns(self, push: Push) -> bool:
        """Whether a push moves what is followed."""
        return push.moves(self.ref) if self.ref else push.ref.startswith("refs/heads/")


def followed_by(answers: Iterable[SourceAnswer], repository: Path, source: str = "") -> list[Followed]:
    """Return what a server's sources follow of the repository with this git directory.

    Those of its own disk are known by their place; one that reaches it otherwise is named: `source`.
    """
    found: list[Followed] = []
    for answer in answers:
        if answer.kind != "git":
            continue
        try:
            wanted = GitRepository.model_validate(answer.location)
        except ValueError:
            continue
        if answer.name == source or (not source and wanted.scheme == "file" and _same(wanted.directory, repository)):
            found.append(Followed(source=answer.name, ref=wanted.ref or head_of(repository), path=wanted.path))
    return found


def head_of(repository: Path) -> str:
    """Return the branch that a repository's HEAD names, in full; empty where it names none."""
    try:
        text = (repository / "HEAD").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.removeprefix("ref: ").strip() if text.startswith("ref: ") else ""


def git_directory(directory: Path) -> Path:
    """Return where the repository at a path keeps its references; raise `GitError` where there is none."""
    return local.find(directory).common


def _same(directory: Path, repository: Path) -> bool:
    try:
        return os.path.realpath(git_directory(directory)) == os.path.realpath(repository)
    except (GitError, OSError):
        return False
