"""`Directory`: a world of files, as the contract and the tests of the files source change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.files import FilesSource
from galley.sources.watch import watch
from tests.sources.contract import World, document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from galley.sources.contract import Source
    from galley.sources.watch import Watching


class Directory(World):
    """A directory with a file for each object."""

    def __init__(self, root: Path, watching: Watching = watch) -> None:
        self.root = root
        self._watching = watching
        root.mkdir()

    def source(self) -> Source:
        """See `World`."""
        return FilesSource(self.root, watching=self._watching)

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`."""
        for name, value in objects.items():
            if value is None:
                (self.root / f"{name}.yaml").unlink()
            else:
                self.write(f"{name}.yaml", document(name, value))

    def write(self, file: str, *documents: str) -> Path:
        """Write a file in place."""
        path = self.root / file
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("---\n".join(documents))
        return path

    def spoil(self, name: str) -> None:
        """See `World`."""
        self.write(f"{name}.yaml", "a: [")

    def lose(self) -> None:
        """See `World`."""
        self.root.rename(self.root.with_name("away"))

    def find(self) -> None:
        """See `World`."""
        self.root.with_name("away").rename(self.root)
