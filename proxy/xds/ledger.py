"""Where a revision is live: who has everything of it, who lacks something, who refused what and in which words. Pure.

Theory of operation. What a client holds is told by its session (`proxy.xds.session`); the ledger keeps, for each
stream, one number: the oldest revision of which it may lack something, or none. A publish costs the streams that it
touches, an answer one stream; a stream that a revision does not touch has it at once. A revision is live at a proxy
when none of the proxy's streams lacks anything that old, and none refuses anything that came with it or before. A
resource that a later revision replaced counts as had once the replacement is accepted. Disconnected proxies are apart.

Time is a number that the caller gives: seconds since the epoch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.model.delivery import Delivery, DeliveryState
from proxy.encoded import Encoded
from proxy.node import Node
from proxy.resource_type import ResourceType
from proxy.xds.refusal import Refused
from proxy.xds.session import Session
from proxy.xds.step import version_of

_HISTORY = 1_000
_GONE = 1_000
_QUIET = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """On how many proxies a revision is live: node ids, by how far they are. `refused` says what is refused there."""

    revision: int
    applied: int
    of: int
    pending: tuple[str, ...]
    refused: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyState:
    """A proxy: `state` is `synced`, `stale` (it lacks something) or `refusing`; `revision` the last that is live there.

    `since` is when it connected, or disconnected; `pending` how many resources it lacks or has not answered.
    """

    node: Node
    connected: bool
    state: str
    revision: int
    mode: str
    since: float
    last_answer: float | None
    pending: int
    refused: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a connected proxy is: the last revision of which it lacks nothing; what it refuses, since which."""

    revision: int
    refused: tuple[tuple[int, Delivery], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A resource at a proxy: accepted, or sent and not answered, or refused (`held` is then what the proxy keeps)."""

    type: ResourceType
    name: str
    version: str
    state: DeliveryState
    reason: str
    held: Encoded | None


class _Record:
    __slots__ = ("last_answer", "since", "waiting")

    def __init__(self, since: float, waiting: int | None) -> None:
        self.since = since
        self.waiting = waiting
        self.last_answer: float | None = None


class Ledger:
    """Told of streams, publishes and answers; asked about revisions and proxies.

    `listeners` are called without arguments whenever an answer of the ledger may have changed.
    """

    def __init__(self) -> None:
        """Start with nobody."""
        self.revision = 0
        self.comings = 0
        """Counts the proxies that have come and gone: while it is the same, the same are connected."""
        self.listeners: dict[Callable[[], None], None] = {}
        self.history: deque[tuple[int, Delivery]] = deque(maxlen=_HISTORY)
        self._records: dict[Session, _Record] = {}
        self._nodes: dict[str, dict[Session, None]] = {}
        self._gone: dict[str, ProxyState] = {}
        self._waiting: dict[int, int] = {}

    # -- being told ---------------------------------------------------------------------------------------------------

    def open(self, session: Session, now: float) -> None:
        """A stream has connected; until it has asked for everything it lacks what is served now."""
        waiting = session.oldest()
        self._records[session] = _Record(now, waiting)
        self.comings += session.node.id not in self._nodes
        self._nodes.setdefault(session.node.id, {})[session] = None
        self._gone.pop(session.node.id, None)
        self._count(waiting, 1)
        self._tell()

    def close(self, session: Session, now: float) -> None:
        """A stream has gone; call it before the session is closed."""
        identity = session.node.id
        sessions = self._nodes[identity]
        if len(sessions) == 1:
            self._gone[identity] = self._state(session.node, sessions, now)
            while len(self._gone) > _GONE:
                del self._gone[next(iter(self._gone))]
        record = self._records.pop(session)
        self._count(record.waiting, -1)
        del sessions[session]
        if not sessions:
            del self._nodes[identity]
            self.comings += 1
        self._tell()

    def publish(self, revision: int, sessions: Iterable[Session]) -> None:
        """A revision is served, and these streams are sent something of it."""
        self.revision = revision
        for session in sessions:
            record = self._records[session]
            if record.waiting is None:
                record.waiting = revision
                self._count(revision, 1)
        self._tell()

    def idle(self, session: Session) -> None:
        """A stream has nothing to send for now: what it was thought to lack may have come to nothing."""
        record = self._records[session]
        if record.waiting is not None and not session.has_flights():
            self._move(record, session.oldest())

    def tick(self, now: float) -> None:
        """Some time has passed: clients that have been quiet for a while have asked for all that they want."""
        for session, record in self._records.items():
            if session.born is not None and now - (record.last_answer or now) > _QUIET:
                session.begin()
                self._move(record, session.oldest())

    def answered(self, session: Session, refused: Sequence[Refused], now: float) -> None:
        """A stream has answered."""
        record = self._records[session]
        record.last_answer = now
        for event in refused:
            delivery = _refusal(session.node, event.type, event.name, event.version, event.reason)
            self.history.append((record.waiting or self.revision, delivery))
        moved = self._move(record, session.oldest())
        if refused and not moved:
            self._tell()

    def _move(self, record: _Record, waiting: int | None) -> bool:
        since = record.waiting
        if waiting == since:
            return False
        record.waiting = waiting
        self._count(since, -1)
        self._count(waiting, 1)
        self._tell()
        return True

    def _count(self, revision: int | None, change: int) -> None:
        if revision is None:
            return
        count = self._waiting.get(revision, 0) + change
        if count:
            self._waiting[revision] = count
        else:
            self._waiting.pop(revision, None)

    def _tell(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    # -- being asked --------------------------------------------------------------------------------------------------

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._records)

    def waiting(self, revision: int) -> int:
        """Return how many streams lack something of a revision or an older one; cheap."""
        return sum(count for oldest, count in self._waiting.items() if oldest <= revision)

    def live(self, revision: int) -> Live:
        """Return on how many of the connected proxies a revision is live."""
        pending: list[str] = []
        refused: list[Delivery] = []
        applied = 0
        for identity, sessions in self._nodes.items():
            refusals = [item for session in sessions for item in _refusals(session, revision)]
            refused.extend(refusals)
            if revision > self.revision or any(self._lacks(session, revision) for session in sessions):
                pending.append(identity)
            elif not refusals:
                applied += 1
        return Live(
            revision=revision,
            applied=applied,
            of=len(self._nodes),
            pending=tuple(sorted(pending)),
            refused=tuple(refused),
        )

    def proxies(self) -> list[ProxyState]:
        """Return every proxy that is connected, and those that lately were, by node id."""
        here = [self._here(sessions) for _, sessions in sorted(self._nodes.items())]
        return here + [state for _, state in sorted(self._gone.items())]

    def proxy(self, identity: str) -> ProxyState | None:
        """Return one proxy that is connected or lately was, by node id."""
        sessions = self._nodes.get(identity)
        return self._here(sessions) if sessions else self._gone.get(identity)

    def connected(self) -> Collection[str]:
        """Return the ids of the connected proxies; look at it at once, for it changes."""
        return self._nodes.keys()

    def gone(self) -> Collection[ProxyState]:
        """Return the proxies that lately were connected, the last one last."""
        return self._gone.values()

    def standing(self, identity: str) -> Standing | None:
        """Return how far a connected proxy is; cheaper than `proxy`."""
        sessions = self._nodes.get(identity)
        if sessions is None:
            return None
        waiting = (self._records[session].waiting for session in sessions)
        oldest = min((one for one in waiting if one is not None), default=None)
        refused = tuple(
            (refusal.since, _refusal(session.node, type_, name, refusal.version, refusal.reason))
            for session in sessions
            for type_, name, refusal in session.refusals()
            if refusal.since <= self.revision
        )
        return Standing(revision=self.revision if oldest is None else oldest - 1, refused=refused)

    def sent(self, identity: str, type_: ResourceType | None = None) -> list[Sent]:
        """Return what a connected proxy was sent, of one type or of all, by type and name."""
        found = [
            item
            for session in self._nodes.get(identity, ())
            for item in _sent(session)
            if type_ is None or item.type is type_
        ]
        return sorted(found, key=lambda item: (item.type.rank, item.name))

    def _lacks(self, session: Session, revision: int) -> bool:
        waiting = self._records[session].waiting
        return waiting is not None and waiting <= revision

    def _here(self, sessions: Collection[Session]) -> ProxyState:
        return self._state(next(iter(sessions)).node, sessions, None)

    def _state(self, node: Node, sessions: Iterable[Session], gone: float | None) -> ProxyState:
        records = [self._records[session] for session in sessions]
        refused = tuple(item for session in sessions for item in _refusals(session, self.revision))
        oldest = min((record.waiting for record in records if record.waiting is not None), default=None)
        answers = [record.last_answer for record in records if record.last_answer is not None]
        return ProxyState(
            node=node,
            connected=gone is None,
            state="refusing" if refused else "synced" if oldest is None else "stale",
            revision=self.revision if oldest is None else oldest - 1,
            mode="+".join(sorted({session.mode for session in sessions})),
            since=min(record.since for record in records) if gone is None else gone,
            last_answer=max(answers, default=None),
            pending=sum(session.pending() for session in sessions),
            refused=refused,
        )


def _refusals(session: Session, revision: int) -> Iterator[Delivery]:
    for type_, name, refusal in session.refusals():
        if refusal.since <= revision:
            yield _refusal(session.node, type_, name, refusal.version, refusal.reason)


def _refusal(node: Node, type_: ResourceType, name: str, version: str, reason: str) -> Delivery:
    return Delivery(
        subscriber=node.id,
        type_url=type_.type_url,
        name=name,
        version=version,
        state=DeliveryState.NACKED,
        reason=reason,
    )


def _sent(session: Session) -> Iterator[Sent]:
    for watch in session.watches:
        if watch is None:
            continue
        flying = {move.name for message in watch.flights for move in message.moves}
        lacking = watch.behind.held if watch.behind else ()
        for name in sorted({*watch.table.names(watch.subscription), *lacking}):
            refusal = watch.refused.get(name)
            held = watch.holds(name)
            if held is None and refusal is None:
                continue
            yield Sent(
                type=watch.table.type,
                name=name,
                version=refusal.version if refusal else version_of(held) or "",
                state=DeliveryState.NACKED
                if refusal
                else DeliveryState.SENT
                if name in flying
                else DeliveryState.ACKED,
                reason=refusal.reason if refusal else "",
                held=held if isinstance(held, Encoded) else None,
            )
