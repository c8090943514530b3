"""Installs a repository's hooks: small shell scripts that call the `galley` that installed them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK: Final = "# Installed by `galley hook install`, which replaces it; remove the file to be rid of it."


class CannotInstall(Exception):
    """A hook cannot be installed; the message says why, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Take both."""
        super().__init__(message)
        self.hint = hint


def install(repository: Path, options: Mapping[str, Sequence[str]]) -> list[Path]:
    """Write the hooks of a repository, all or none; return their paths. Raise `CannotInstall`.

    `options` are the words that each hook is called with, by its name.
    """
    directory = _hooks_of(repository)
    paths = {name: directory / name for name in options}
    for name, path in paths.items():
        if path.is_symlink() or (path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace")):
            raise CannotInstall(
                f"{path} is there already, and not ours",
                f"have it call ours, with the same standard input: {_command(name, options[name])}",
            )
    directory.mkdir(parents=True, exist_ok=True)
    for name, path in paths.items():
        _write(path, f"#!/bin/sh\n{MARK}\nexec {_command(name, options[name])}\n")
    return list(paths.values())


def _write(path: Path, text: str) -> None:
    """Put a program into place whole."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(path)


def _command(name: str, options: Sequence[str]) -> str:
    return shlex.join([*_program(), "hook", name, *options])


def _program() -> list[str]:
    """Return this very `galley`, by an absolute path."""
    called = Path(sys.argv[0])
    if called.name == "galley":
        found = shutil.which(str(called)) or str(called)
        return [str(Path(found).absolute())]
    return [sys.executable, "-P", "-m", "galley.app"]  # git runs hooks in a directory that others write to


def _hooks_of(repository: Path) -> Path:
    """Return the directory of a repository's hooks, which its configuration may have moved."""
    try:
        done = subprocess.run(  # noqa: S603  the repository that the user named, as an argument of `-C`
            ["git", "-C", str(repository), "rev-parse", "--git-path", "hooks"],  # noqa: S607  whichever git there is
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except OSError as error:
        raise CannotInstall("there is no program `git`", "install git") from error
    if done.returncode != 0:
        raise CannotInstall(f"{repository} is no git repository: {done.stderr.strip()}")
    return Path(os.path.normpath(repository / done.stdout.rstrip("\n")))
