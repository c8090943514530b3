"""The pure part of the discovery server: cache, sessions and ledger as one object. No I/O: the shell calls, and writes.

The shell opens a session for a stream, gives it requests, writes what it has next, and closes it; a sink publishes.
`wake` of each stream that a publish touches is called once, and must only mark the stream as having something to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pipeline.derive import Graph
from proxy.node import Node
from proxy.resource_type import ResourceType
from proxy.xds.cache import Cache, Result
from proxy.xds.catalogue import Catalogue, NotServable, Scope
from proxy.xds.delta import DeltaSession
from proxy.xds.ledger import Ledger
from proxy.xds.message import Composer
from proxy.xds.rescope import rescope
from proxy.xds.session import Session, Workshop
from proxy.xds.sotw import SotwSession
from proxy.xds.subscription import Interner
from proxy.xds.table import Table

S = TypeVar("S", bound=Session)


@dataclass(slots=True, eq=False)
class _Stream:
    """What an open stream sees, and how to wake it."""

    scope: Scope
    wake: Callable[[], None]


class Discovery:
    """Everything about xDS that is not bytes on a wire."""

    def __init__(self, graph: Graph, catalogue: Catalogue, nonces: Iterator[int]) -> None:
        """Serve what the catalogue says of the graph; nonces come from a counter that never repeats."""
        self.cache = Cache(graph, catalogue)
        self.ledger = Ledger()
        self._workshop = Workshop(composer=Composer(nonces), intern=Interner())
        self._streams: dict[Session, _Stream] = {}
        self._of_node: dict[Node, dict[Session, None]] = {}

    # -- streams ------------------------------------------------------------------------------------------------------

    def open_delta(self, node: Node, wake: Callable[[], None], now: float) -> DeltaSession:
        """Open a delta stream of a node."""
        return self._open(DeltaSession, node, wake, now)

    def open_sotw(self, node: Node, wake: Callable[[], None], now: float) -> SotwSession:
        """Open a state-of-the-world stream of a node."""
        return self._open(SotwSession, node, wake, now)

    def _open(self, variant: type[S], node: Node, wake: Callable[[], None], now: float) -> S:
        stream = _Stream(self.cache.enter(node), wake)

        def tables(type_: ResourceType) -> Table:
            return self.cache.table(stream.scope, type_)

        session = variant(node, tables, self._workshop)
        self._streams[session] = stream
        self._of_node.setdefault(node, {})[session] = None
        self.ledger.open(session, now)
        return session

    def close(self, session: Session, now: float) -> None:
        """Close a stream."""
        del self._streams[session]
        node = session.node
        sessions = self._of_node[node]
        del sessions[session]
        if not sessions:
            del self._of_node[node]
        self.ledger.close(session, now)
        session.close()
        self.cache.leave(node)

    def _move(self, session: Session, scope: Scope, revision: int) -> bool:
        """Have a stream see another scope; not where that cannot be told: it goes on with what it sees."""
        stream = self._streams[session]
        before, stream.scope = stream.scope, scope
        try:
            rescope(session, revision)
        except NotServable:
            stream.scope = before
            return False
        return True

    # -- publishing ---------------------------------------------------------------------------------------------------

    def publish(self, changed: Iterable[Result], revision: int) -> None:
        """Serve a revision: the observed results that changed with it reach the streams that see them."""
        self._workshop.composer.revision = revision
        touched, moved = self.cache.publish(changed, revision)
        sessions = dict.fromkeys(watch.session for watch in touched)
        for node, scope in moved:
            for session in self._of_node.get(node, ()):
                if self._move(session, scope, revision):
                    sessions[session] = None
        self.ledger.publish(revision, sessions)
        for session in sessions:
            self._streams[session].wake()
