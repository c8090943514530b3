"""The state-of-the-world variant of the protocol, for one stream. Pure: requests in as data, messages out.

Theory of operation (xDS protocol, "How the client specifies what resources to return" and "ACK/NACK"):

| request                                | does                                                                       |
|----------------------------------------|----------------------------------------------------------------------------|
| first of a type                        | subscribes; answered unless `version_info` says that the client has it all |
| with the nonce of the last message     | ACK, or NACK where it has an error; its names replace the subscription     |
| without a nonce                        | its names replace the subscription                                         |
| with any other nonce                   | stale: dropped, for a newer request follows                                |
| asks for a name that it did not before | is answered with it, though it may not have changed                        |

A response of clusters or listeners is all there is, so that absence deletes; one of another type carries what changed,
and cannot delete. A name without a resource is remembered. The version is the digest of the names and versions of the
whole set that the client then has, so that it survives the stream. Only one response of a type that is not full state
is in flight, for its NACK would be lost behind a newer one. That a client has it all can be told for a wildcard only:
of named resources it may have dropped some since it accepted that version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from proxy.encoded import Encoded
from proxy.node import Node
from proxy.resource_type import ResourceType
from proxy.xds.due import due
from proxy.xds.hosts import Hosts
from proxy.xds.leads import endpoints_again
from proxy.xds.message import Cause, Message, Move, set_version
from proxy.xds.refusal import Refused
from proxy.xds.session import Session, Workshop
from proxy.xds.step import Held, Step
from proxy.xds.subscription import Subscription, edit_sotw, first_sotw
from proxy.xds.table import Table
from proxy.xds.watch import Watch

_WINDOW = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SotwRequest:
    """What a state-of-the-world request says of a type; `error` is None but in a NACK."""

    type: ResourceType
    names: Sequence[str] = ()
    version: str = ""
    nonce: str = ""
    error: str | None = None


class SotwSession(Session):
    """A state-of-the-world stream, of all types or of one."""

    mode = "sotw"

    def __init__(self, node: Node, tables: Callable[[ResourceType], Table], workshop: Workshop) -> None:
        """Open the stream."""
        super().__init__(node, tables, workshop)
        self._accepted = ""
        self._known: set[ResourceType] = set()

    def receive(self, request: SotwRequest) -> tuple[Refused, ...]:
        """Take a request; return what it refuses. What it makes due is given by `next`."""
        watch = self.watches[request.type.rank]
        if watch is None:
            self._first(request)
            return ()
        last = watch.last_nonce
        if request.nonce and request.nonce != last:
            return ()
        self._accepted = request.version
        events = self._answered(watch, request.nonce, request.error) if request.nonce else ()
        self._edit(watch, request)
        return events

    # -- requests -----------------------------------------------------------------------------------------------------

    def _first(self, request: SotwRequest) -> None:
        watch = self._begin(request.type, first_sotw(request.type, request.names))
        full = request.type.is_full_state and watch.subscription.star
        if full and request.version and request.version == _present_version(watch):
            return
        watch.behind = watch.table.everything(watch.subscription)
        watch.greet = request.type.is_full_state

    def _edit(self, watch: Watch, request: SotwRequest) -> None:
        before = watch.subscription
        if not request.names and (before.legacy or before == Subscription()):
            return
        after = self.workshop.intern(edit_sotw(before, request.names))
        if after is before:
            return
        newly: dict[str, Held] = {name: None for name in watch.table.names(after) if not before.selects(name)}
        lacking = watch.behind.held if watch.behind else ()
        gone = {name for name in (*watch.refused, *lacking) if not after.selects(name)}
        asks_absent = any(name not in watch.table.resources for name in after.names - before.names)
        watch.subscribe(after)
        for name in gone:
            watch.refused.pop(name, None)
        if watch.behind is not None and gone:
            watch.behind = watch.behind.only(lambda name: name not in gone)
        if newly:
            watch.lack(Step(held=newly, forced=frozenset(newly), since=watch.table.revision))
        watch.greet = watch.greet or (asks_absent and request.type.is_full_state)

    # -- messages -----------------------------------------------------------------------------------------------------

    def _window(self, type_: ResourceType) -> int:
        return _WINDOW if type_.is_full_state else 1

    def _hosts(self) -> Hosts | None:
        return None

    def _divide(self, type_: ResourceType, done: list[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
        """A client answers the last response only, but a NACK says which version it accepted before."""
        if not type_.is_full_state:
            return super()._divide(type_, done)
        good = max((place + 1 for place, message in enumerate(done) if message.version == self._accepted), default=0)
        return done[:good], done[good:]

    def _sent(self, watch: Watch, message: Message) -> None:
        """A client may have refused an unanswered message, and meet what it changed in this one."""
        super()._sent(watch, message)
        if message.type is ResourceType.CLUSTER:
            for earlier in watch.flights[:-1]:
                endpoints_again(earlier, self.watch(ResourceType.ENDPOINT))

    def _accept(self, watch: Watch, message: Message) -> None:
        self._known.add(watch.table.type)
        super()._accept(watch, message)

    def _refuse(self, watch: Watch, messages: Sequence[Message], reason: str) -> tuple[Refused, ...]:
        """What a client held before this stream, and should drop, goes only with a response that it accepts."""
        events = super()._refuse(watch, messages, reason)
        watch.greet = watch.greet or (watch.table.type.is_full_state and watch.table.type not in self._known)
        return events

    def _compose(self, watch: Watch, *, removing: bool) -> Message | None:
        step = watch.behind
        message: Message | None
        if step is None:
            message = self._message(watch, (), self.workshop.composer.revision)
        elif watch.is_plain:
            key = ("sotw", id(step), id(watch.subscription), removing, watch.greet)
            _, _, message, watch.behind = watch.table.recall(
                key, lambda: (step, watch.subscription, *self._make(watch, step, removing=removing))
            )
        else:
            message, watch.behind = self._make(watch, step, removing=removing)
        if message is not None:
            watch.greet = False
            watch.last_nonce = message.nonce
        return message

    def _make(self, watch: Watch, step: Step, *, removing: bool) -> tuple[Message | None, Step | None]:
        moves, watch.behind = due(watch, removing=removing)
        moves = _sayable(watch, moves)
        message = self._message(watch, moves, step.since) if moves or watch.greet else None
        return message, watch.behind

    def _attempt(self, watch: Watch, group: Sequence[str]) -> Message | None:
        if watch.behind is None:
            return None
        since = watch.behind.since
        moves, watch.behind = due(watch, removing=True, group=group)
        moves = _sayable(watch, moves)
        if not moves:
            return None
        message = self._message(watch, moves, since)
        watch.last_nonce = message.nonce
        return message

    def _message(self, watch: Watch, moves: Sequence[Move], since: int) -> Message:
        """Return a message that makes the moves; of a type that is full state it carries all else that is held too."""
        type_ = watch.table.type
        moved = {move.name: move.after for move in moves}
        held = _bodies(watch, moved)
        carried = held.values() if type_.is_full_state else [item for item in moved.values() if item is not None]
        version = set_version((name, item.version) for name, item in held.items())
        return self.workshop.composer.sotw(carried, version=version, moves=moves, cause=Cause(type_, since))


def _bodies(watch: Watch, moved: Mapping[str, Encoded | None]) -> dict[str, Encoded]:
    """Return what the client holds once it has accepted the moves; what is to be removed later is still there."""
    names = set(watch.table.names(watch.subscription))
    if watch.behind is not None:
        names.update(watch.behind.held)
    bodies = {}
    for name in sorted(names):
        item = moved[name] if name in moved else watch.holds(name)
        if isinstance(item, Encoded):
            bodies[name] = item
    return bodies


def _sayable(watch: Watch, moves: list[Move]) -> list[Move]:
    """Return the moves that a response of the type can express: only full state can remove."""
    if watch.table.type.is_full_state:
        return moves
    return [move for move in moves if move.after is not None]


def _present_version(watch: Watch) -> str:
    return watch.table.recall(
        ("set", id(watch.subscription)),
        lambda: (watch.subscription, set_version(watch.table.versions(watch.subscription).items())),
    )[1]
