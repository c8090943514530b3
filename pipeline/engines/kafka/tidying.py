"""`Tidying`: has the writer take out of the topics what is past history, or was dropped long ago; a part at a time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from pipeline.topics.record import Topic
from pipeline.topics.tidying import tidying

if TYPE_CHECKING:
    from pipeline.engines.kafka.term import Term
    from pipeline.topics.follower import Follower

_AT_ONCE: Final = 1_000
"""How many revisions, and rows, are taken out at a time."""

_MARKS: Final = 8


class Tidying:
    """Of one process, at the same topics; times in seconds, of a clock that only goes on."""

    def __init__(self, keep: int, age: float) -> None:
        """Keep the newest `keep` revisions, and that a row was dropped for `age`, so that every reader hears of it."""
        self._keep = keep
        self._age = age
        self._marks: deque[tuple[float, int]] = deque()

    async def tidy(self, follower: Follower, term: Term, now: float) -> None:
        """Take out a part of what can go, between two entries; raise as `Term.take` does."""
        revisions = follower.outgrown(self._keep, _AT_ONCE)
        rows = follower.dropped(self._before(follower.next_offset(Topic.STATE), now))[:_AT_ONCE]
        if revisions or rows:
            await term.publish(lambda: tidying(term.state, revisions, rows, term.epoch))

    def _before(self, end: int, now: float) -> int:
        """Return an offset that `state` was read to so long ago; 0: there is none. `end` is where it is read to now."""
        if not self._marks or now - self._marks[-1][0] >= self._age / _MARKS:
            self._marks.append((now, end))
        while len(self._marks) > 1 and now - self._marks[1][0] >= self._age:
            self._marks.popleft()
        at, offset = self._marks[0]
        return offset if now - at >= self._age else 0
