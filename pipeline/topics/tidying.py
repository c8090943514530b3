"""What a writer takes out of the topics since nobody needs it any more. Pure.

Without that, a compacted topic keeps a record of every revision, and of every row that there ever was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.rows import row_of
from pipeline.topics.outgoing import Sending, forget_revision, sweep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.stages.state import State


def tidying(state: State, revisions: Iterable[int], dropped: Iterable[tuple[str, str]], epoch: int) -> Sending:
    """Return what takes out revisions, and rows that were dropped; a row that the state has again stays.

    They are what `pipeline.topics.follower.Follower.outgrown` and `Follower.dropped` say; the state is the writer's
    own, between two entries, which may be ahead of them.
    """
    gone = [row for row in dropped if row_of(state, *row).value is None]
    return Sending(revisions=tuple(forget_revision(number, epoch) for number in revisions), rows=sweep(gone, epoch))
