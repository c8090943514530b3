"""Where a configuration object was written. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The place an object came from: a file's line, a commit, a cluster.

    `source` is the name of the source (`files`, `git`); `file` is relative to the source's root, with `/`; `line` and
    `column` count from 1 and are those of the object's first character, both 0 where a place has no lines. `positions`
    holds the line and column of every node (see `pipeline.model.positions`); it is empty where the source has no text.
    """

    source: str
    file: str = ""
    line: int = 1
    column: int = 1
    positions: bytes = b""
    commit: str = ""
    author: str = ""
    cluster: str = ""
    resource_version: str = ""

    def __str__(self) -> str:
        """Return `FILE:LINE:COLUMN`, or the source's name where there is no file."""
        if self.file and not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.file else self.cluster or self.source

    @property
    def place(self) -> tuple[str, str]:
        """The claim's address: source and file (or cluster). A place claims an object with at most one document."""
        return (self.source, self.file or self.cluster)

    def at(self, line: int, column: int) -> Origin:
        """Return this origin moved to a line and column, without the position table."""
        return Origin(
            source=self.source,
            file=self.file,
            line=line,
            column=column,
            commit=self.commit,
            author=self.author,
            cluster=self.cluster,
            resource_version=self.resource_version,
        )
