"""`Served`: a repository that is reached over HTTP, on loopback, through git's own `http-backend`."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from galley.settings.git import GitSettings
from tests.sources.git.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from galley.sources.git.source import GitSource
    from pipeline.stages.policy import Judge


class Served(Repository):
    """A repository whose source asks a server. `mode` is how the server behaves (`http_program.py`)."""

    def __init__(self, root: Path, port: int, scheme: str) -> None:
        super().__init__(root)
        self.directory = root
        self.url = f"{scheme}://127.0.0.1:{port}/mesh/.git"
        self.settings = GitSettings.model_construct(**{**GitSettings().model_dump(), "poll": 0.05})
        self.mode("")

    def mode(self, mode: str) -> None:
        """Say how the server behaves from now on."""
        (self.directory / "mode").write_text(mode)

    def requests(self) -> list[str]:
        """Return what the server was asked: path and authorization."""
        return (self.directory / "requests").read_text().splitlines()

    def source(self, fragment: str = "", judge: Judge = lambda _: (), **fields: object) -> GitSource:
        """See `World`."""
        return self.source_of(self.url + fragment, judge, **fields)

    def lose(self) -> None:
        """See `World`."""
        self.mode("down")

    def find(self) -> None:
        """See `World`."""
        self.mode("")


@contextmanager
def served(root: Path, pem: Path | None = None) -> Iterator[Served]:
    """Run the server while a test needs it; with a certificate and its key it speaks TLS."""
    (root / "mode").write_text("")
    program = Path(__file__).with_name("http_program.py")
    arguments = [sys.executable, str(program), str(root), *([str(pem)] if pem else [])]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Served(root, int(process.stdout.readline()), "https" if pem else "http")
        finally:
            process.kill()
