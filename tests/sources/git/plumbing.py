"""Objects that no porcelain of git's would make, written straight into a repository."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE, DIRECTORY, LINK, MODULE = b"100644", b"40000", b"120000", b"160000"
PERSON = b"Ann Author <ann@example.com> 1700000000 +0000"


class Plumbing:
    """Writes loose objects and references of one repository."""

    def __init__(self, git_directory: Path) -> None:
        self.directory = git_directory

    def object(self, kind: str, data: bytes) -> str:
        """Write an object; return its id."""
        whole = b"%s %d\0" % (kind.encode(), len(data)) + data
        oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        path = self.directory / "objects" / oid[:2] / oid[2:]
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_bytes(zlib.compress(whole, 1))
        return oid

    def blob(self, text: str | bytes) -> str:
        """Write a file's content."""
        return self.object("blob", text.encode() if isinstance(text, str) else text)

    def tree(self, entries: Iterable[tuple[bytes, bytes, str]], *, ordered: bool = True) -> str:
        """Write a directory: mode, name and id of each entry, as they are."""
        listed = list(entries)
        if ordered:
            listed.sort(key=lambda entry: entry[1] + (b"/" if entry[0] == DIRECTORY else b""))
        return self.object(
            "tree", b"".join(b"%s %s\0" % (mode, name) + bytes.fromhex(oid) for mode, name, oid in listed)
        )

    def commit(self, tree: str, message: bytes = b"a change\n", person: bytes = PERSON) -> str:
        """Write a commit without parents."""
        return self.object(
            "commit", b"tree %s\nauthor %s\ncommitter %s\n\n%s" % (tree.encode(), person, PERSON, message)
        )

    def point(self, oid: str, ref: str = "refs/heads/main") -> None:
        """Move a reference, whatever its name, by a rename, as git does."""
        path = self.directory / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name("new-ref")
        new.write_text(f"{oid}\n")
        new.rename(path)
