"""`Level`: what `resources` and `revisions` hold, and what is missing there. Pure; mutable, owned by its publisher.

Theory of operation. The topics are a level, not a stream: whatever was missed, what counts is the difference between
what they hold and what is served. So they are read to their ends once, by key, headers and a digest of the value, and
from then on what is sent is known to be there. An object is sent where its record would have another value (its content
or its lines), or names a revision that is not one of ours; what somebody wrote before the last claim does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from pipeline.topics.key_text import key_of
from pipeline.topics.outgoing import WRITER, Outgoing, body_record, forget_revision, revision_record
from pipeline.topics.reading import read
from pipeline.topics.record import ClaimRecord, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.model.snapshot import Snapshot


class Raw(NamedTuple):
    """A record as it lies in a topic."""

    topic: Topic
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a topic holds of an object: its value's digest, its content's, and since which revision it is so.

    `resource` is what was last found to be just that; `counts` is false for what somebody wrote after another's claim.
    """

    value: bytes
    digest: str
    revision: int
    counts: bool = True
    resource: Resource | None = None


class Due(NamedTuple):
    """A record to send, and what is held once it is acknowledged: None where the object is gone."""

    key: Key
    record: Outgoing
    held: Held | None


class Level:
    """Told what the topics hold, and what was sent; asked what is missing. `highest` is the highest epoch known."""

    def __init__(self, highest: int = 0) -> None:
        """Know of nothing."""
        self.highest = highest
        self.claim: ClaimRecord | None = None
        self._shift: int | None = None
        self._fence = {Topic.RESOURCES: 0, Topic.REVISIONS: 0}
        self._bodies: dict[Key, Held] = {}
        self._numbers: dict[int, bytes] = {}

    @property
    def shift(self) -> int:
        """What a new claim's epoch is to be counted from (`pipeline.topics.outgoing.claim_in_revisions`)."""
        return self._shift if self._shift is not None else self.highest

    @property
    def newest(self) -> int:
        """The highest number of a revision that is there and counts; 0: none."""
        return max((number for number, value in self._numbers.items() if value), default=0)

    # -- what is there ------------------------------------------------------------------------------------------

    def take(self, raw: Raw) -> None:
        """Take a record that was read; what nobody can read is as if it were not there."""
        if raw.key == WRITER:
            found = read(raw.topic, raw.offset, raw.key, raw.value, raw.headers)
            if isinstance(found, ClaimRecord) and found.epoch >= self._fence[raw.topic]:
                self._claimed(found)
            return
        try:
            epoch = int(raw.headers.get("epoch", b"0"))
            self.highest = max(self.highest, epoch)
            counts = epoch >= self._fence[raw.topic]
            if raw.topic is Topic.RESOURCES:
                self._body(key_of((raw.key or b"").decode()), raw, counts=counts)
            else:
                self._number(int(raw.key or b""), raw, counts=counts)
        except ValueError:
            return

    def _claimed(self, claim: ClaimRecord) -> None:
        self._fence[claim.topic] = claim.epoch
        self.highest = max(self.highest, claim.epoch)
        if claim.topic is Topic.REVISIONS:
            self.claim = claim
            self._shift = claim.shift

    def _body(self, key: Key, raw: Raw, *, counts: bool) -> None:
        if raw.value is None and counts:
            self._bodies.pop(key, None)
            return
        self._bodies[key] = Held(
            value=_digest(raw.value or b""),
            digest=raw.headers.get("digest", b"").decode(),
            revision=int(raw.headers.get("revision", b"0")),
            counts=counts,
        )

    def _number(self, number: int, raw: Raw, *, counts: bool) -> None:
        if raw.value is None and counts:
            self._numbers.pop(number, None)
        else:
            self._numbers[number] = _digest(raw.value or b"") if counts else b""

    # -- what is missing ----------------------------------------------------------------------------------------

    def bodies(
        self, snapshot: Snapshot, since: Mapping[Key, int], epoch: int, only: Iterable[Key] | None = None
    ) -> Iterator[Due]:
        """Give the objects that are to be sent, among all or `only` these.

        `since` has the revisions that changed them, where that is known.
        """
        now = snapshot.revision.number
        gone = (key for key in list(self._bodies) if key not in snapshot.resources)
        for key in chain(snapshot.resources, gone) if only is None else only:
            resource, held = snapshot.resources.get(key), self._bodies.get(key)
            if resource is None:
                if held is not None:
                    yield Due(key, body_record(key, None, since.get(key, now), epoch), None)
            elif held is None or held.resource is not resource or held.revision > now:
                due = self._due(resource, held, since.get(key, now), epoch, now)
                if due is not None:
                    yield due

    def _due(self, resource: Resource, held: Held | None, since: int, epoch: int, now: int) -> Due | None:
        known = held if held is not None and held.counts and held.revision <= now else None
        if known is not None and known.digest == resource.digest:
            since = known.revision
        key = resource.key
        record = body_record(key, resource, since, epoch)
        found = Held(value=_digest(record.value or b""), digest=resource.digest, revision=since, resource=resource)
        if known is not None and known.value == found.value:
            self._bodies[key] = found
            return None
        return Due(key, record, found)

    def revisions(self, known: Iterable[Revision], now: int, keep: int, epoch: int) -> Iterator[tuple[int, Outgoing]]:
        """Give the records of revisions that are to be sent: what is known and not there, then what is to be forgotten.

        `now` is the revision that is served; what is older than the `keep` before it goes, and so does what is newer.
        """
        kept = range(max(1, now - keep + 1), now + 1)
        for one in sorted(known, key=_number_of):
            if one.number in kept:
                record = revision_record(one, epoch)
                if self._numbers.get(one.number) != _digest(record.value or b""):
                    yield one.number, record
        for number in sorted(number for number in self._numbers if number not in kept):
            yield number, forget_revision(number, epoch)

    # -- what was sent ------------------------------------------------------------------------------------------

    def sent_bodies(self, sent: Iterable[Due]) -> None:
        """Note what was acknowledged."""
        for due in sent:
            if due.held is None:
                self._bodies.pop(due.key, None)
            else:
                self._bodies[due.key] = due.held

    def sent_revisions(self, sent: Iterable[tuple[int, Outgoing]]) -> None:
        """Note what was acknowledged."""
        for number, record in sent:
            if record.value is None:
                self._numbers.pop(number, None)
            else:
                self._numbers[number] = _digest(record.value)


def _number_of(revision: Revision) -> int:
    return revision.number


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
