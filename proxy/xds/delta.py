"""The delta variant of the protocol, for one stream. Pure: requests in as data, messages out.

Theory of operation (xDS protocol, "Incremental xDS"; what Envoy 1.40 was seen to do is in `docs/xds.md`):

| request                                | does                                                                        |
|----------------------------------------|-----------------------------------------------------------------------------|
| first of a type                        | subscribes; what `initial_resource_versions` says is held is not sent again |
| with a nonce in flight, no error       | ACK of that message                                                         |
| with a nonce in flight, and an error   | NACK of that message                                                        |
| with any other nonce                   | neither; its edits count all the same                                       |
| subscribes a name, known or not        | is answered with the resource, or with its removal; the name is remembered  |
| unsubscribes a name under the wildcard | is answered with the resource, or with its removal                          |
| unsubscribes any other name            | is not answered; the client dropped it                                      |

The first request of a type on a stream is first whatever its nonce says: the nonce of another stream means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from proxy.node import Node
from proxy.resource_type import ResourceType
from proxy.xds.due import due
from proxy.xds.hosts import Hosts
from proxy.xds.leads import endpoints_again
from proxy.xds.message import Message, Move
from proxy.xds.protocol_fault import at_most
from proxy.xds.refusal import Refused
from proxy.xds.session import Session, Workshop
from proxy.xds.step import Held, Step
from proxy.xds.subscription import MOST_NAMES, WILDCARD, Subscription, edit_delta, first_delta
from proxy.xds.table import Table
from proxy.xds.watch import NONE, Watch

_WINDOW = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaRequest:
    """What a delta request says of a type; `error` is None but in a NACK."""

    type: ResourceType
    subscribe: Sequence[str] = ()
    unsubscribe: Sequence[str] = ()
    initial_versions: Mapping[str, str] | None = None
    nonce: str = ""
    error: str | None = None


class DeltaSession(Session):
    """A delta stream, of all types or of one."""

    mode = "delta"

    def __init__(self, node: Node, tables: Callable[[ResourceType], Table], workshop: Workshop) -> None:
        """Open the stream; whether it takes its virtual hosts one by one is the node's to say."""
        super().__init__(node, tables, workshop)
        self._follower = Hosts(workshop.intern) if node.takes_hosts_one_by_one else None

    def receive(self, request: DeltaRequest) -> tuple[Refused, ...]:
        """Take a request; return what it refuses. What it makes due is given by `next`."""
        watch = self.watches[request.type.rank]
        if watch is None:
            self._first(request)
            return ()
        events = self._answered(watch, request.nonce, request.error) if request.nonce else ()
        if request.subscribe or request.unsubscribe:
            self._edit(watch, request)
        return events

    # -- requests -----------------------------------------------------------------------------------------------------

    def _first(self, request: DeltaRequest) -> None:
        subscription = first_delta(request.type, request.subscribe, request.unsubscribe)
        watch = self._begin(request.type, subscription)
        claims = request.initial_versions or NONE
        if request.type is ResourceType.VIRTUAL_HOST and self._follower is not None and watch.subscription.star:
            self._follower.begin(watch, claims)
            return
        expected = watch.table.versions(watch.subscription)
        missing = watch.subscription.names.difference(expected, watch.table.unknown)
        if not claims and not missing:
            watch.behind = watch.table.everything(watch.subscription)
            watch.greet = watch.subscription.star and watch.behind is None and request.type.is_full_state
        elif claims != expected or missing:
            watch.lack(_difference(watch, claims, expected, missing))
        if request.type is ResourceType.ENDPOINT and claims:
            self._warm(watch)
        elif request.type is ResourceType.ROUTE and self._follower is not None:
            self._follower.routes_begin(watch)

    def _warm(self, watch: Watch) -> None:
        """A client that comes back may have been sent changed clusters before it could ask for their endpoints."""
        clusters = self.watches[ResourceType.CLUSTER.rank]
        for message in clusters.flights if clusters is not None else ():
            endpoints_again(message, watch)

    def _edit(self, watch: Watch, request: DeltaRequest) -> None:
        before = watch.subscription
        after = self.workshop.intern(edit_delta(before, request.subscribe, request.unsubscribe))
        at_most(MOST_NAMES, len(after.names), "names asked for")
        answer = _answers(watch, request, after)
        if before is not after:
            self._resubscribe(watch, before, after)
        if answer:
            since = self.workshop.composer.revision
            watch.lack(Step(held=answer, forced=frozenset(answer), since=since))

    def _resubscribe(self, watch: Watch, before: Subscription, after: Subscription) -> None:
        newly: dict[str, Held] = {}
        if after.star and not before.star:
            newly = {name: None for name in watch.table.names(after) if not before.selects(name)}
        gone = {name for name in before.names if not after.selects(name)}
        if before.star and not after.star:
            lacking = watch.behind.held if watch.behind else ()
            gone.update(name for name in (*watch.table.names(before), *lacking) if not after.selects(name))
        watch.subscribe(after)
        for name in gone:
            watch.refused.pop(name, None)
        if watch.behind is not None and gone:
            watch.behind = watch.behind.only(lambda name: name not in gone)
        if newly:
            watch.lack(Step(held=newly, since=watch.table.revision))
        if self._follower is not None:
            self._tell(self._follower, watch, gone, newly=after.star and not before.star)

    def _tell(self, follower: Hosts, watch: Watch, gone: set[str], *, newly: bool) -> None:
        """Tell the follower of routes that are no longer asked for, and of a wildcard of virtual hosts that begins."""
        if watch.table.type is ResourceType.ROUTE and gone:
            follower.routes_dropped(gone)
        elif watch.table.type is ResourceType.VIRTUAL_HOST and newly:
            follower.begin(watch, NONE)

    # -- messages -----------------------------------------------------------------------------------------------------

    def _window(self, type_: ResourceType) -> int:
        del type_
        return _WINDOW

    def _hosts(self) -> Hosts | None:
        return self._follower

    def _compose(self, watch: Watch, *, removing: bool) -> Message | None:
        step = watch.behind
        message: Message | None
        if step is None:
            message = self._message(watch, (), self.workshop.composer.revision)
        elif watch.is_plain:
            key = ("delta", id(step), id(watch.subscription), removing)
            _, _, message, watch.behind = watch.table.recall(
                key, lambda: (step, watch.subscription, *self._make(watch, step, removing=removing))
            )
        else:
            message, watch.behind = self._make(watch, step, removing=removing)
        if message is not None:
            watch.greet = False
        return message

    def _attempt(self, watch: Watch, group: Sequence[str]) -> Message | None:
        if watch.behind is None:
            return None
        moves, rest = due(watch, removing=True, group=group)
        message = self._message(watch, moves, watch.behind.since) if moves else None
        watch.behind = rest
        return message

    def _make(self, watch: Watch, step: Step, *, removing: bool) -> tuple[Message | None, Step | None]:
        moves, rest = due(watch, removing=removing)
        return (self._message(watch, moves, step.since) if moves else None), rest

    def _message(self, watch: Watch, moves: Sequence[Move], since: int) -> Message:
        return self.workshop.composer.delta(watch.table.type, moves, since)


def _difference(
    watch: Watch, claims: Mapping[str, str], expected: Mapping[str, str], missing: frozenset[str]
) -> Step | None:
    """Return what a client lacks that says what it holds; names that are not there are answered as such."""
    held: dict[str, Held] = {name: claims.get(name) for name in expected if claims.get(name) != expected[name]}
    selects, unknown = watch.subscription.selects, watch.table.unknown
    gone = (name for name in claims if name not in expected and name not in unknown and selects(name))
    held.update({name: claims[name] for name in gone})
    for name in missing:
        held.setdefault(name, None)
    asked = frozenset(name for name in watch.subscription.names if name in held and name not in claims)
    return Step(held=held, forced=asked, since=watch.table.revision) if held else None


def _answers(watch: Watch, request: DeltaRequest, after: Subscription) -> dict[str, Held]:
    """Return the names that a request wants answered, with what the client holds of them."""
    named = (*request.subscribe, *request.unsubscribe)
    return {name: watch.holds(name) for name in named if name != WILDCARD and after.selects(name)}
