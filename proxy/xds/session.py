"""One stream: its watches, the order in which they are served, and what answers mean. Pure; bytes are made elsewhere.

Theory of operation. A session is pulled, never pushed: `next` gives the next message whenever the shell can write one,
made from what each watch lacks *now*, so that nothing is ever queued for a slow client and the latest state wins.

`next` serves the types in make-before-break order: what is new of clusters, endpoints, secrets, listeners, routes and
virtual hosts, and only when all of that is answered, and no listener, route or virtual host is refused (the last good
one may still name an old cluster), the removal of clusters and then of endpoints.

Two types lead to others without being asked, for that is what Envoy waits for (measured with 1.40):

- a changed EDS cluster warms until its endpoints are sent again, though they did not change; where they are refused it
  would go on without any, so the last good ones are sent again;
- a route configuration warms until its virtual hosts come, and drops those that came before it; one that is still there
  when its listener comes back has lost them.

A NACK refuses one message. What was in it goes back to what the watch lacks; a single resource is remembered as refused
until its version changes, of several the culprit is searched (`proxy.xds.search`) while everything else flows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from proxy.node import Node
from proxy.resource_type import ResourceType
from proxy.xds.blame import blame, lost, names_of
from proxy.xds.culprit import may_be_over, suspects
from proxy.xds.hosts import Hosts
from proxy.xds.leads import endpoints_again
from proxy.xds.message import Composer, Message, Move
from proxy.xds.refusal import Refusal, Refused
from proxy.xds.search import Search
from proxy.xds.step import Step, merge
from proxy.xds.subscription import Interner, Subscription
from proxy.xds.table import Table
from proxy.xds.watch import Watch

_NAMES_CLUSTERS = (
    ResourceType.LISTENER,
    ResourceType.ROUTE,
    ResourceType.ROUTE_TABLE,
    ResourceType.VIRTUAL_HOST,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What all sessions of a server share: who makes messages, and who interns subscriptions."""

    composer: Composer
    intern: Interner


class Session(ABC):
    """A stream of one node. Subclasses read requests and make messages, for one variant of the protocol each."""

    mode: ClassVar[str]
    """`delta` or `sotw`."""

    def __init__(self, node: Node, tables: Callable[[ResourceType], Table], workshop: Workshop) -> None:
        """Open a stream of a node that sees these tables."""
        self.node = node
        self.workshop = workshop
        self.tables = tables
        self.watches: list[Watch | None] = [None] * len(ResourceType)
        self.born: int | None = workshop.composer.revision

    # -- what the variants say ----------------------------------------------------------------------------------------

    @abstractmethod
    def _window(self, type_: ResourceType) -> int:
        """Return how many messages of a type may be unanswered."""

    @abstractmethod
    def _compose(self, watch: Watch, *, removing: bool) -> Message | None:
        """Return the next message of a watch and take it off what the watch lacks; None where there is none yet."""

    @abstractmethod
    def _attempt(self, watch: Watch, group: Sequence[str]) -> Message | None:
        """Return a message that tries a group of the watch's search; None where nothing of it is left to send."""

    @abstractmethod
    def _hosts(self) -> Hosts | None:
        """Return the follower of routes, if the stream takes its virtual hosts one by one."""

    # -- watches ------------------------------------------------------------------------------------------------------

    def watch(self, type_: ResourceType) -> Watch | None:
        """Return the watch of a type, if there is one."""
        return self.watches[type_.rank]

    def _begin(self, type_: ResourceType, subscription: Subscription) -> Watch:
        watch = Watch(self, self.tables(type_), self.workshop.intern(subscription))
        self.watches[type_.rank] = watch
        return watch

    def _open_watches(self) -> Iterator[Watch]:
        return (watch for watch in self.watches if watch is not None)

    def close(self) -> None:
        """Leave all tables."""
        for watch in self._open_watches():
            watch.close()
        self.watches = [None] * len(ResourceType)

    def has_work(self) -> bool:
        """Whether `next` may have something; cheap, and right when it says no."""
        for watch in self.watches:
            if watch is not None and (watch.behind is not None or watch.search is not None or watch.greet):
                return True
        return False

    # -- sending ------------------------------------------------------------------------------------------------------

    def next(self) -> Message | None:
        """Return the next message to write, None where there is nothing to send until something changes or answers."""
        for watch in self.watches:
            if watch is None or (watch.behind is None and watch.search is None and not watch.greet):
                continue
            message = self._advance(watch)
            if message is not None:
                return message
        return self._remove()

    def _advance(self, watch: Watch) -> Message | None:
        if len(watch.flights) >= self._window(watch.table.type):
            return None
        message = self._compose(watch, removing=False) if watch.behind is not None or watch.greet else None
        if message is None and watch.search is not None and not watch.flights:
            message = self._try(watch, watch.search)
        if message is not None:
            self._sent(watch, message)
        return message

    def _try(self, watch: Watch, search: Search) -> Message | None:
        message = None
        while message is None and (group := search.take()) is not None:
            for name in group:
                if name in watch.refused:
                    watch.force((name,), watch.refused[name].since)
            message = self._attempt(watch, group)
        if message is not None:
            search.sent(message.nonce)
        elif search.is_over:
            watch.search = None
        return message

    def _remove(self) -> Message | None:
        """Return the removal of clusters, then of endpoints, once nothing can name them any more."""
        for type_ in (ResourceType.CLUSTER, ResourceType.ENDPOINT):
            watch = self.watches[type_.rank]
            if watch is None or watch.behind is None:
                continue
            if not self._is_quiet():
                return None
            message = self._compose(watch, removing=True)
            if message is not None:
                self._sent(watch, message)
                return message
        return None

    def _is_quiet(self) -> bool:
        if self._refuses_users():
            return False
        return all(not watch.flights and watch.search is None for watch in self._open_watches())

    def _refuses_users(self) -> bool:
        """Whether the client refuses something in whose place it may go on to use an old cluster."""
        return any(watch.refused and watch.table.type in _NAMES_CLUSTERS for watch in self._open_watches())

    def _sent(self, watch: Watch, message: Message) -> None:
        watch.flights.append(message)
        hosts = self._hosts()
        match message.type:
            case ResourceType.CLUSTER:
                endpoints_again(message, self.watches[ResourceType.ENDPOINT.rank])
            case ResourceType.LISTENER if hosts is not None:
                hosts.listeners_sent(message)
            case ResourceType.ROUTE if hosts is not None:
                hosts.routes_sent(message)
            case _:
                pass

    # -- answers ------------------------------------------------------------------------------------------------------

    def _answered(self, watch: Watch, nonce: str, reason: str | None) -> tuple[Refused, ...]:
        """Take an ACK, or a NACK with its reason, of a message in flight; earlier ones were processed before it."""
        place = next((place for place, message in enumerate(watch.flights) if message.nonce == nonce), None)
        if place is None:
            return ()
        done = watch.flights[: place + 1]
        del watch.flights[: place + 1]
        accepted, refused = (done, ()) if reason is None else self._divide(watch.table.type, done)
        for message in accepted:
            self._accept(watch, message)
        return self._refuse(watch, refused, reason) if reason is not None else ()

    def _accept(self, watch: Watch, message: Message) -> None:
        if watch.is_plain:
            return
        moves = message.moves
        if watch.really:
            moves = tuple(Move(name, watch.really.get(name, before), after) for name, before, after in moves)
            watch.really = {name: held for name, held in watch.really.items() if name not in names_of(message)}
        watch.unsure -= names_of(message)
        if watch.search is not None and message.nonce == watch.search.trial:
            watch.search.accepted()
        for name, refusal in watch.refused.items():
            if may_be_over(watch.table.type, refusal.reason, moves):
                watch.search = watch.search or Search()
                watch.search.again(name)
        if watch.search is not None and watch.search.is_over:
            watch.search = None

    def _divide(self, type_: ResourceType, done: list[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
        """Return which of the messages before a NACK were accepted, and which it refuses."""
        del type_
        return done[:-1], done[-1:]

    def _refuse(self, watch: Watch, messages: Sequence[Message], reason: str) -> tuple[Refused, ...]:
        search = watch.search
        if search is not None and any(message.nonce == search.trial for message in messages):
            search.refused()
        moves, absent = lost(watch, messages)
        names = set().union(*(names_of(message) for message in messages))
        hosts = self._hosts()
        if hosts is not None and watch.table.type is ResourceType.ROUTE:
            hosts.routes_refused(absent, watch.flights)
        elif hosts is not None and watch.table.type is ResourceType.LISTENER:
            hosts.listeners_refused(names, watch.flights)
        if len(names) == 1 and moves:
            return (blame(watch, moves[0], reason, messages[-1].since),)
        watch.unsure |= names
        if moves:
            self._look_for(watch, moves, reason, min(message.since for message in messages))
        if watch.search is not None and watch.search.is_over:
            watch.search = None
        return ()

    def _look_for(self, watch: Watch, moves: Sequence[Move], reason: str, since: int) -> None:
        moves = sorted(moves, key=lambda move: (move.before is None, move.name))  # what was good before goes first
        names = tuple(move.name for move in moves)
        back = Step(held={move.name: move.before for move in moves}, forced=frozenset(names), since=since)
        watch.behind = merge(back, watch.behind)
        if watch.search is None:
            watch.search = Search()
        watch.search.split(names, suspects(watch.table.type, reason, moves))

    # -- state --------------------------------------------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Whether everything was sent and answered, but for removals that wait for the end of a refusal."""
        return all(watch.is_settled or watch in self._withheld() for watch in self._open_watches())

    def _withheld(self) -> list[Watch]:
        """Return the watches that lack nothing but such removals."""
        if not self._refuses_users():
            return []
        return [
            watch
            for watch in self._open_watches()
            if watch.table.type.breaks_last and not watch.flights and watch.search is None
        ]

    def oldest(self) -> int | None:
        """Return the oldest revision of which the client may lack something, None where it lacks nothing.

        A client asks for its types one after the other, so a stream that has just been opened lacks everything until it
        has asked for its listeners and for what comes last, virtual hosts or route tables; or until `begin` is called.
        Removals that wait for the end of a refusal do not count: the refusal does.
        """
        if self.born is not None and self._has_started():
            self.born = None
        revisions = [self.born] if self.born is not None else []
        withheld = self._withheld()
        for watch in self._open_watches():
            age = watch.oldest()
            if age is not None and watch not in withheld:
                revisions.append(age)
        return min(revisions, default=None)

    def _has_started(self) -> bool:
        last = ResourceType.ROUTE_TABLE if self._hosts() is None else ResourceType.VIRTUAL_HOST
        asked = (self.watches[type_.rank] is not None for type_ in (ResourceType.LISTENER, last))
        return all(asked) and self.is_settled

    def begin(self) -> None:
        """Take the client to have asked for everything: it has been quiet for a while."""
        if self.is_settled:
            self.born = None

    def has_flights(self) -> bool:
        """Whether any message is not answered yet."""
        return any(watch.flights for watch in self._open_watches())

    def pending(self) -> int:
        """Return how many resources were not sent or not answered yet."""
        count = 0
        for watch in self._open_watches():
            names = {move.name for message in watch.flights for move in message.moves}
            count += len(names.union(watch.behind.held if watch.behind else ()))
        return count

    def refusals(self) -> Iterator[tuple[ResourceType, str, Refusal]]:
        """Yield what the client refuses at present."""
        for watch in self._open_watches():
            for name, refusal in watch.refused.items():
                yield watch.table.type, name, refusal
