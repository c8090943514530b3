"""Changes that belong together: a commit, a directory's rescan, a burst. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something changes: who, when (seconds since the epoch, as a fact of the record) and under which trace id."""

    at: float = 0.0
    trace: str = ""
    author: str = ""
    commit: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The unit that a source hands over: it is logged, and takes effect, as a whole.

    `whole` says that the batch must be a revision of its own (a commit), never joined with its neighbours.
    """

    source: str
    changes: tuple[Change, ...]
    cause: Cause
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One position of the log: the batches that enter the stages together. `sequence` counts from 1, without gaps."""

    sequence: int
    batches: tuple[Batch, ...]
