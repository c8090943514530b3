"""Bodies and revisions to the published mesh: one half of the follower. Pure; mutable, owned by the follower.

Theory of operation. A revision is published once every object that changed since the one before has a body at the
digest that the revision names, and the mesh then has the revision's digest. Bodies whose revision is not published yet
wait in `_tail`. Where a body was compacted away (a newer one of its object was read), a later revision is tried; where
revisions are missing, or nothing is published yet, the newest one whose digest the latest bodies have (`leap`). The
price of a step is what it changes, that of a leap the tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pipeline.topics.output import Moved, Output, Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.model.digest import Digest
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.state import State
    from pipeline.topics.record import Body, RevisionRecord


_Picks: TypeAlias = "dict[Key, tuple[Resource | None, int]]"


@dataclass(frozen=True, slots=True)
class _Latest:
    """What the last record about an object or a revision was, where it is not what is committed."""

    epoch: int
    digest: Digest | None
    revision: int


class Committed:
    """Bodies and revisions in, `Published` and `Moved` out; keeps the state's mesh."""

    def __init__(self, state: State, floor: int) -> None:
        """Keep the mesh of this state; publish no revision below `floor`."""
        self._state = state
        self._floor = floor
        self._tail: dict[Key, list[Body]] = {}
        self._keys_of: dict[int, set[Key]] = {}
        self._revisions: dict[int, Revision] = {}
        self._loose: dict[Key, _Latest] = {}
        self._at = self.published
        self._want: dict[Key, tuple[Digest | None, int]] = {}
        self._lacking: set[Key] = set()
        self._hopeless: set[Key] = set()
        self._misfit = 0
        self._news = False
        self.newest = self.published
        self.joined = False

    @property
    def published(self) -> int:
        """The number of the published revision; 0: none."""
        return self._state.revision.number if self._state.revision is not None else 0

    @property
    def complete(self) -> bool:
        """Whether no revision waits to be published."""
        return self.joined and not self._revisions

    def waits_for(self, number: int) -> bool:
        """Tell whether a revision up to this number was read and is not published yet."""
        return any(waiting <= number for waiting in self._revisions)

    def loose(self, epoch: int) -> tuple[Key, ...]:
        """Return the objects whose last record is not the committed one, if a writer before this epoch wrote it."""
        return tuple(key for key, latest in self._loose.items() if latest.epoch < epoch)

    def spoilt(self, key: Key, epoch: int) -> None:
        """Note that the last record of an object is one that does not count."""
        self._loose[key] = _Latest(epoch, None, 0)

    def body(self, body: Body) -> Iterator[Output]:
        """Take a body that counts."""
        key = body.key
        self._news = True
        if body.revision > self.published:
            self._tail.setdefault(key, []).append(body)
            self._keys_of.setdefault(body.revision, set()).add(key)
            self._loose[key] = _Latest(body.epoch, body.digest, body.revision)
            self._look_for(body)
            yield from self._advance()
            return
        current = self._state.mesh.get(key)
        if body.digest != (current.digest if current is not None else ""):
            self._loose[key] = _Latest(body.epoch, body.digest, body.revision)
            return
        self._loose.pop(key, None)
        if body.resource is not None and body.resource != current:
            self._state.mesh[key] = body.resource
            yield Moved(changes={key: body.resource})

    def revision(self, record: RevisionRecord) -> Iterator[Output]:
        """Take a revision that counts."""
        if record.revision is None:
            self._revisions.pop(record.number, None)
            return
        self.newest, self._news = max(self.newest, record.number), True
        if record.number > self.published:
            self._revisions[record.number] = record.revision
            yield from self._advance()

    def join(self) -> Iterator[Output]:
        """Publish what the topics have, read to their ends."""
        self.joined = True
        yield from self.leap()

    def leap(self) -> Iterator[Output]:
        """Where the next revision is not there, publish the newest one whose digest the latest bodies have."""
        if not self._news or (self._at + 1 in self._revisions and self.published):
            return
        self._news = False
        numbers = [number for number in self._revisions if number > self._at and number >= self._floor]
        before = self._served(self._tail)
        found = self._newest_that_fits(sorted(numbers, reverse=True), before)
        if found:
            yield self._publish(found, before, whole=True)
        yield from self._advance()

    # -- step by step -------------------------------------------------------------------------------------------

    def _advance(self) -> Iterator[Output]:
        """Publish what can be; look further only where the next revision can never be published."""
        while self.joined:
            if self._at > self.published and not self._lacking and self._at != self._misfit:
                before = self._served(self._want)
                if self._at >= self._floor and self._fits_at(self._at, before):
                    yield self._publish(self._at, before, whole=False)
                else:
                    self._misfit = self._at
                continue
            if self._lacking and not self._hopeless:
                return
            following = self._revisions.get(self._at + 1)
            if following is None:
                return
            self._extend(following)

    def _extend(self, revision: Revision) -> None:
        self._at = revision.number
        for key, digest in revision.changed.items():
            self._want[key] = digest, revision.number
            self._lacking.discard(key)
            self._hopeless.discard(key)
            if digest is not None and self._find(key, digest) is None:
                self._lacking.add(key)
                if any(body.revision > self._at for body in self._tail.get(key, ())):
                    self._hopeless.add(key)

    def _look_for(self, body: Body) -> None:
        """Note what a new body means for the revision that is waited for."""
        if body.key in self._lacking:
            if body.digest == self._want[body.key][0]:
                self._lacking.discard(body.key)
                self._hopeless.discard(body.key)
            elif body.revision > self._at:
                self._hopeless.add(body.key)

    def _find(self, key: Key, digest: Digest | None) -> Resource | None:
        """Return the object at a digest: of its waiting bodies the last one up to the revision, else what is served."""
        if digest is None:
            return None
        found = [body for body in self._tail.get(key, ()) if body.digest == digest]
        timely = [body for body in found if body.revision <= self._at]
        if timely:
            return timely[-1].resource
        current = self._state.mesh.get(key)
        if current is not None and current.digest == digest:
            return current
        return found[-1].resource if found else None

    # -- publishing ---------------------------------------------------------------------------------------------

    def _served(self, keys: Iterable[Key]) -> _Picks:
        """Return what is served of some objects, and since when."""
        return {key: (self._state.mesh.get(key), self._state.since.get(key, 0)) for key in keys}

    def _serve(self, picks: _Picks) -> None:
        for key, (resource, since) in picks.items():
            self._state.serve(key, resource, since)

    def _fits_at(self, number: int, before: _Picks) -> bool:
        """Serve what the revisions up to this one want; if that is not its mesh, leave all as it was."""
        self._serve({key: (self._find(key, digest), since) for key, (digest, since) in self._want.items()})
        if self._state.digests.digest() == self._revisions[number].digest:
            return True
        self._serve(before)
        return False

    def _newest_that_fits(self, numbers: list[int], before: _Picks) -> int:
        """Serve the last bodies up to the first of these revisions whose mesh that is; 0, and all as it was: none."""
        past = sorted(self._keys_of)
        keys: Iterable[Key] = before
        for number in numbers:
            while past and past[-1] > number:
                keys = {*keys, *self._keys_of[past.pop()]}
            self._serve({key: self._last(key, number) or before[key] for key in keys})
            if self._state.digests.digest() == self._revisions[number].digest:
                return number
            keys = ()
        self._serve(before)
        return 0

    def _last(self, key: Key, number: int) -> tuple[Resource | None, int] | None:
        """Return an object's last body up to a revision."""
        bodies = self._tail.get(key, ())
        return next(((body.resource, body.revision) for body in reversed(bodies) if body.revision <= number), None)

    def _publish(self, number: int, before: _Picks, *, whole: bool) -> Published:
        """Tell that this revision is served; `before` is what was, of the objects that may have changed."""
        self._state.revision = self._revisions[number]
        done = sorted(found for found in self._revisions if found <= number)
        revisions = tuple(self._revisions.pop(found) for found in done)
        for past in [found for found in self._keys_of if found <= number]:
            for key in self._keys_of.pop(past):
                self._forget(key, number)
        self._at, self._misfit = number, 0
        self._want, self._lacking, self._hopeless = {}, set(), set()
        mesh = self._state.mesh
        changes = {key: mesh.get(key) for key, (resource, _) in before.items() if mesh.get(key) != resource}
        return Published(revision=revisions[-1], changes=changes, revisions=revisions, whole=whole)

    def _forget(self, key: Key, number: int) -> None:
        """Drop an object's bodies up to a revision, which is published."""
        left = [body for body in self._tail.get(key, ()) if body.revision > number]
        if left:
            self._tail[key] = left
        else:
            self._tail.pop(key, None)
        latest, current = self._loose.get(key), self._state.mesh.get(key)
        digest = current.digest if current is not None else ""
        if latest is not None and latest.revision <= number and latest.digest == digest:
            del self._loose[key]
