"""`Follower`: the records of the three topics in, what is published and done out. Pure; mutable, owned by its reader.

It takes the records of `resources`, `revisions` and `state` in any interleaving of the three, each in its own order,
again from an earlier offset too. A record of a writer older than the last claim before it does not count.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from pipeline.model.key import Key
from pipeline.stages.state import State
from pipeline.topics.committed import Committed
from pipeline.topics.record import Body, ClaimRecord, Poison, RevisionRecord, RowRecord, Topic, topic_of
from pipeline.topics.settling import Settling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.topics.output import Output
    from pipeline.topics.progress import Progress
    from pipeline.topics.record import Record

_CLAIMS: Final = 64
_About: TypeAlias = "Key | int | tuple[str, str]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """What has to be written anew, because the last record about it in its topic is not what counts."""

    bodies: tuple[Key, ...] = ()
    revisions: tuple[int, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    claims: tuple[Topic, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.bodies or self.revisions or self.rows or self.claims)


class Follower:
    """Keeps the state that the topics come to."""

    def __init__(self, ends: Mapping[Topic, int], *, floor: int = 0) -> None:
        """Nothing is told before the topics were read to these ends (the offsets after their last records).

        No revision below `floor` is published: that of the replica, where it is of the same topics.
        """
        self.state = State()
        self._ends = dict(ends)
        self._read: dict[Topic, int] = dict.fromkeys(Topic, 0)
        self._fence: dict[Topic, int] = dict.fromkeys(Topic, 0)
        self._highest = 0
        self._shift: int | None = None
        self._committed = Committed(self.state, floor)
        self._settling = Settling(self.state)
        self._revisions: dict[int, int] = {}
        self._kept: set[int] = set()
        self._claims: set[Topic] = set()
        self._past: dict[Topic, deque[ClaimRecord]] = {topic: deque(maxlen=_CLAIMS) for topic in Topic}
        self._newer: set[_About] = set()

    # -- what the reader asks -----------------------------------------------------------------------------------

    @property
    def joined(self) -> bool:
        """Whether the topics were read to the ends that they had at first."""
        return self._committed.joined

    @property
    def complete(self) -> bool:
        """Whether all that was read is published and done: a writer may go on from the state."""
        progress = self._settling.progress
        served = progress is None or progress.revision <= self._committed.published
        return self._committed.complete and self._settling.complete and served

    @property
    def outdated(self) -> bool:
        """Whether something is there that only a newer version of Galley can read: this one must not write."""
        return bool(self._newer)

    @property
    def progress(self) -> Progress | None:
        """The progress of the last entry that is done."""
        return self._settling.progress

    @property
    def ended(self) -> int:
        """The offset in `state` of the last progress row; -1: none. A new writer's `Progress.after`."""
        return self._settling.ended

    @property
    def newest(self) -> int:
        """The highest number of a revision that was read or heard of, whether published or not."""
        progress = self._settling.progress
        return max(self._committed.newest, progress.revision if progress is not None else 0)

    @property
    def shift(self) -> int:
        """What a new claim's epoch is to be counted from (`pipeline.topics.outgoing.claim_in_revisions`)."""
        return self._shift if self._shift is not None else self._highest

    def next_offset(self, topic: Topic) -> int:
        """Return the offset up to which a topic was read."""
        return self._read[topic]

    def fence(self, topic: Topic) -> int:
        """Return the epoch of the last claim in a topic; 0: none."""
        return self._fence[topic]

    def claimed_after(self, epoch: int) -> bool:
        """Tell whether a claim later than this epoch was read in any topic."""
        return any(fence > epoch for fence in self._fence.values())

    def passed(self, epoch: int) -> bool:
        """Tell whether the claims of an epoch, or later ones, were read in all topics."""
        return all(fence >= epoch for fence in self._fence.values())

    def outgrown(self, keep: int, most: int) -> tuple[int, ...]:
        """Return revisions that `revisions` has and that are older than the newest `keep`: the oldest, at most `most`.

        The writer is to take them out of the topic (`pipeline.topics.tidying`).
        """
        last = self._committed.published - keep
        return tuple(nsmallest(most, (number for number in self._kept if number <= last)))

    def dropped(self, before: int) -> tuple[tuple[str, str], ...]:
        """Return the rows of which `state` keeps only that they were dropped, before an offset.

        The writer is to take them out of the topic (`pipeline.topics.tidying`), once every reader has read it
        to there, which is to say after hours.
        """
        return self._settling.dropped(before)

    def salvage(self) -> tuple[State, Progress | None]:
        """Return a copy of the state, and how far it is, for a writer: with all that the rows say.

        Where this is not `complete`, the mesh is behind the rows, and `pipeline.stages.review.reconcile` tells by what.
        """
        state = self.state.copy()
        return state, self._settling.salvage(state)

    def repairs(self) -> Repairs:
        """Return what has to be written anew; what the writer of now has on its way is not among it."""
        resources, revisions, state = (self._fence[topic] for topic in Topic)
        return Repairs(
            bodies=self._committed.loose(resources),
            revisions=tuple(number for number, epoch in self._revisions.items() if epoch < revisions),
            rows=self._settling.loose(state),
            claims=tuple(self._claims),
        )

    # -- what it is told ----------------------------------------------------------------------------------------

    def take(self, record: Record) -> list[Output]:
        """Take a record; return what follows."""
        topic = topic_of(record)
        if record.offset < self._read[topic]:
            return []
        self._read[topic] = record.offset + 1
        return [*self._take(topic, record), *self._settle()]

    def reached(self, positions: Mapping[Topic, int]) -> list[Output]:
        """Hear how far the topics were read, after each poll: compacted offsets have no record; return what follows."""
        for topic, position in positions.items():
            self._read[topic] = max(self._read[topic], position)
        told: list[Output] = []
        if self._committed.joined:
            told += self._committed.leap()
        elif all(self._read[topic] >= end for topic, end in self._ends.items()):
            told += self._committed.join()
        return [*told, *self._settle()]

    def rewind(self, topic: Topic) -> None:
        """Hear that a topic was made anew: it is read from its start again, and what was read from it stays."""
        self._read[topic] = 0
        self._past[topic].clear()
        if topic is Topic.REVISIONS:
            self._shift = None
            self._kept.clear()

    # -- within -------------------------------------------------------------------------------------------------

    def _settle(self) -> Iterator[Output]:
        if self.joined and not self._settling.complete:
            yield from self._settling.settle(self._there, self._fenced)

    def _fenced(self, progress: Progress, epoch: int) -> bool:
        """Tell whether what a progress names came after the claim of a newer writer, which it does not know of."""
        named = (Topic.RESOURCES, progress.resources), (Topic.REVISIONS, progress.revisions)
        return any(
            epoch < claim.epoch and claim.offset < offset for topic, offset in named for claim in self._past[topic]
        )

    def _there(self, progress: Progress) -> bool:
        return (
            not self._committed.waits_for(progress.revision)
            and self._read[Topic.RESOURCES] > progress.resources
            and self._read[Topic.REVISIONS] > progress.revisions
        )

    def _take(self, topic: Topic, record: Record) -> Iterator[Output]:
        match record:
            case Poison():
                self._spoil(record.about, -1)
                if record.newer and record.about is not None:
                    self._newer.add(record.about)
                return
            case ClaimRecord():
                self._claim(record)
                return
            case Body():
                about: _About = record.key
            case RevisionRecord():
                about = record.number
            case RowRecord():
                about = record.row.table, record.row.key
            case _:
                assert_never(record)
        self._highest = max(self._highest, record.epoch)
        if record.epoch < self._fence[topic]:
            self._spoil(about, record.epoch)
        else:
            yield from self._counts(record, about)

    def _counts(self, record: Body | RevisionRecord | RowRecord, about: _About) -> Iterator[Output]:
        self._newer.discard(about)
        match record:
            case Body():
                yield from self._committed.body(record)
            case RevisionRecord():
                self._revisions.pop(record.number, None)
                (self._kept.discard if record.revision is None else self._kept.add)(record.number)
                yield from self._committed.revision(record)
            case RowRecord():
                self._settling.row(record)
            case _:
                assert_never(record)

    def _spoil(self, about: _About | None, epoch: int) -> None:
        """Note that the last record about something does not count."""
        match about:
            case Key():
                self._committed.spoilt(about, epoch)
            case int():
                self._revisions[about] = epoch
            case (table, key):
                self._settling.spoilt((table, key), epoch)
            case None:
                return
            case _:
                assert_never(about)

    def _claim(self, claim: ClaimRecord) -> None:
        if claim.epoch < self._fence[claim.topic]:
            self._claims.add(claim.topic)
            return
        self._claims.discard(claim.topic)
        self._fence[claim.topic] = claim.epoch
        self._past[claim.topic].append(claim)
        self._highest = max(self._highest, claim.epoch)
        if claim.topic is Topic.REVISIONS:
            self._shift = claim.shift
