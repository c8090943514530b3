"""The tree that a checker reads: a root and the files in it, and what a checker says about them."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Self

PACKAGES = ("schemas", "pipeline", "galley", "sinks", "proxy", "mixer", "citadel")
"""The top-level packages that are shipped; imports point from later names to earlier ones at most."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault: where, and what to do about it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Tree:
    """The files under a root, as paths with slashes relative to it."""

    root: Path
    files: tuple[str, ...]

    @classmethod
    def of_repository(cls) -> Self:
        """The repository that this file is in: what git tracks, and what it would track."""
        root = Path(__file__).resolve().parents[2]
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
        return cls(root, tuple(sorted(name for name in set(listed.split("\0")) if name and (root / name).is_file())))

    @classmethod
    def planted(cls, root: Path, files: Mapping[str, str]) -> Self:
        """A tree of these texts, written under `root`: the builder of the tests."""
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return cls(root, tuple(sorted(files)))

    def text(self, name: str) -> str:
        """The text of a file; empty where it is none."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def lines(self) -> Iterator[tuple[str, int, str]]:
        """Every line of every file, with its file and its number from 1."""
        for name in self.files:
            for number, line in enumerate(self.text(name).splitlines(), 1):
                yield name, number, line

    @property
    def sources(self) -> tuple[str, ...]:
        """The Python files."""
        return tuple(name for name in self.files if name.endswith(".py"))

    @property
    def shipped(self) -> tuple[str, ...]:
        """The Python files of the packages that are shipped."""
        return tuple(name for name in self.sources if PurePosixPath(name).parts[0] in PACKAGES)

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """The syntax tree of every Python file; a file that does not parse is left to ruff."""
        parsed = {}
        for name in self.sources:
            try:
                parsed[name] = ast.parse(self.text(name))
            except SyntaxError:
                continue
        return parsed


def run(*checks: Callable[[Tree], list[Finding]]) -> None:
    """Run checks over the repository, print what they found, and exit 1 if that is anything."""
    tree = Tree.of_repository()
    found = sorted(finding for check in checks for finding in check(tree))
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    sys.exit(1 if found else 0)
