"""How far the writer has come: the last row that it writes for an entry. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipeline.model import codec

PROGRESS: Final = ("progress", "at")
"""The row's table and key."""


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The entry that is done: its sequence, the mesh's revision then (0: none), and how far that is in the topics.

    `resources` and `revisions` are the offsets of the last records that the writer knows to be there (-1: none). `log`
    is the id of the log's topic, and `base` what is added to an offset in it (and one more) to give the sequence. Rows
    that lie between the offsets `after` and `until` in `state` do not count: they are of an entry that the writer
    before did not bring to its end, and that this one does again. `refused` says why the entry changed nothing, where
    it broke a stage.
    """

    sequence: int
    revision: int
    resources: int = -1
    revisions: int = -1
    log: str = ""
    base: int = 0
    after: int = -1
    until: int = -1
    refused: str = ""

    @property
    def next_offset(self) -> int:
        """The offset in the log from which a writer goes on."""
        return self.sequence - self.base
