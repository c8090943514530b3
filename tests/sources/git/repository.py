"""`Repository`: a world of git, as the contract and the tests of the git source change it, with git itself."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from galley.settings.git import GitRepository, GitSettings
from galley.sources.git.source import GitSource
from galley.sources.watch import watch
from tests.sources.contract import World, document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from galley.sources.watch import Watching
    from pipeline.stages.policy import Judge

AUTHOR = "Ann Author <ann@example.com>"
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ann Author",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Carl Committer",
    "GIT_COMMITTER_EMAIL": "carl@example.com",
    "LC_ALL": "C",
}


def git(directory: Path, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
    """Run git in a directory, with no configuration but the directory's own; return what it says."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env={**_ENVIRONMENT, **(environment or {})},
        input=stdin,
        capture_output=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "surrogateescape").strip()


class Repository(World):
    """A repository with a working tree on this machine's disk, a file for each object."""

    def __init__(self, root: Path, watching: Watching = watch, object_format: str = "sha1") -> None:
        self.root = root / "mesh"
        self.home = root / "data"
        self.settings = GitSettings(rescan=30.0, poll=1.0)
        self._watching = watching
        self.root.mkdir()
        git(self.root, "init", "--quiet", "--initial-branch=main", f"--object-format={object_format}")

    def source(self, fragment: str = "", judge: Judge = lambda _: (), **fields: object) -> GitSource:
        """See `World`; `fragment` is `#[BRANCH][:PATH]`, `fields` are those of the repository's settings."""
        return self.source_of(f"{self.root}{fragment}", judge, **fields)

    def source_of(self, url: str, judge: Judge = lambda _: (), **fields: object) -> GitSource:
        """Return a source for a URL."""
        repository = GitRepository.model_validate(url)
        repository = GitRepository.model_validate({**repository.model_dump(), "secret": repository.secret, **fields})
        return GitSource(
            repository, home=self.home, settings=self.settings, judge=judge, name="git", watching=self._watching
        )

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`: one commit."""
        self.commit(
            {f"{name}.yaml": None if value is None else document(name, value) for name, value in objects.items()},
            f"change {', '.join(objects)}",
        )

    def commit(self, files: Mapping[str, str | None], message: str = "a change") -> str:
        """Write and remove files, and commit them; return the commit's id."""
        for file, text in files.items():
            path = self.root / file
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(exist_ok=True, parents=True)
                path.write_text(text)
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.root, "rev-parse", "HEAD")

    def spoil(self, name: str) -> None:
        """See `World`."""
        self.commit({f"{name}.yaml": "a: ["}, f"spoil {name}")

    def lose(self) -> None:
        """See `World`."""
        self.root.rename(self.root.with_name("away"))

    def find(self) -> None:
        """See `World`."""
        self.root.with_name("away").rename(self.root)
