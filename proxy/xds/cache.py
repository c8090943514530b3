"""The tables of every scope with a proxy, kept in step with the incremental graph. Pure.

Theory of operation. A table is made when the first stream of its scope asks for its type: the cache observes the list
of references, and every resource in it. After a settle it is told which observed results changed; a changed resource
costs the tables that hold it, a changed list its difference. A result whose rule failed keeps its last good value, so
that a fault of one resource is that resource's alone; one that never had a value is unknown, which is not the same as
absent: a client that holds it keeps it. `Cache.failures` says which failed. Tables that nobody watches are kept until
the next `trim` but one, so that a storm of reconnects finds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any, TypeAlias

from pipeline.derive import Graph, RuleFailed
from proxy.encoded import Encoded
from proxy.node import Node
from proxy.ref import Ref
from proxy.resource_type import ResourceType
from proxy.xds.catalogue import Catalogue, NotServable, Scope
from proxy.xds.table import Table
from proxy.xds.watch import Watch

Result: TypeAlias = tuple[Any, Any]
"""A rule and its key: one result of the graph."""
_Address: TypeAlias = tuple[Scope, ResourceType]


class Shelf:
    """A table, and the references that it was filled from."""

    __slots__ = ("address", "entries", "is_idle", "table")

    def __init__(self, address: _Address, table: Table) -> None:
        """Start without references."""
        self.address = address
        self.table = table
        self.entries: dict[str, Result] = {}
        self.is_idle = False


class Cache:
    """Tables by scope and type, over one graph."""

    def __init__(self, graph: Graph, catalogue: Catalogue) -> None:
        """Start with no tables."""
        self._graph = graph
        self._catalogue = catalogue
        self._shelves: dict[_Address, Shelf] = {}
        self._readers: dict[Result, dict[tuple[_Address, str], None]] = {}
        self._scopes: dict[Node, Scope] = {}
        self._entered: Counter[Node] = Counter()
        self.revision = 0
        self._failures: list[str] = []

    # -- scopes -------------------------------------------------------------------------------------------------------

    def enter(self, node: Node) -> Scope:
        """Return the scope of a node that connects, and keep it up to date; counted, see `leave`.

        Raises `NotServable`, and then counts nothing, where the rule fails and no stream of the node is there.
        """
        good, scope = self._observe(self._catalogue.scope_of, node)
        if good:
            self._scopes[node] = scope
        elif node not in self._scopes:
            self._graph.release(self._catalogue.scope_of, node)
            raise NotServable(node.id)
        self._entered[node] += 1
        return self._scopes[node]

    def leave(self, node: Node) -> None:
        """Undo one `enter`."""
        self._entered[node] -= 1
        if not self._entered[node]:
            del self._entered[node]
            self._scopes.pop(node, None)
        self._graph.release(self._catalogue.scope_of, node)

    # -- tables -------------------------------------------------------------------------------------------------------

    def table(self, scope: Scope, type_: ResourceType) -> Table:
        """Return the table of a scope and type; raise `NotServable` where the rule that lists it fails."""
        address = (scope, type_)
        shelf = self._shelves.get(address)
        if shelf is None:
            good, entries = self._observe(self._catalogue.refs, address)
            if not good:
                self._graph.release(self._catalogue.refs, address)
                raise NotServable(type_.word)
            shelf = self._shelves[address] = Shelf(address, Table(type_, revision=self.revision))
            shelf.table.publish(self._refer(shelf, entries), self.revision)
        return shelf.table

    def publish(self, changed: Iterable[Result], revision: int) -> tuple[list[Watch], list[tuple[Node, Scope]]]:
        """Take the results that a settle changed; return the watches that are behind now, and the nodes that moved."""
        self.revision = revision
        moved: list[tuple[Node, Scope]] = []
        updates: dict[_Address, dict[str, Encoded | None]] = {}
        values: list[Result] = []
        for rule, key in changed:
            if rule is self._catalogue.refs:
                self._relist(key, updates)
            elif rule is self._catalogue.scope_of:
                self._rescope(key, moved)
            elif (rule, key) in self._readers:
                values.append((rule, key))
        for result in values:
            self._reread(result, updates)
        touched: list[Watch] = []
        for address, update in updates.items():
            touched.extend(self._shelves[address].table.publish(update, revision))
        return touched, moved

    def failures(self) -> list[str]:
        """Return, and forget, which rules failed since the last call: faults of our own, for the shell to log."""
        found, self._failures = self._failures, []
        return found

    def size(self) -> int:
        """Return how many tables there are."""
        return len(self._shelves)

    def trim(self) -> None:
        """Drop the tables that nobody has watched since the last call, and the messages that were kept to be shared."""
        for shelf in list(self._shelves.values()):
            shelf.table.memo = {}
            if shelf.table.is_watched:
                shelf.is_idle = False
            elif shelf.is_idle:
                self._drop(shelf)
            else:
                shelf.is_idle = True

    # -- inside -------------------------------------------------------------------------------------------------------

    def _observe(self, rule: Any, key: Hashable) -> tuple[bool, Any]:  # noqa: ANN401  any rule's result
        """Begin to observe a result; return whether it could be had, and the result."""
        try:
            return True, self._graph.observe(rule, key)
        except RuleFailed as failure:
            self._failures.append(str(failure))
            return False, None

    def _value(self, result: Result) -> tuple[bool, Any]:
        """Return whether a result could be had, and the result."""
        try:
            return True, self._graph.derive(*result)
        except RuleFailed as failure:
            self._failures.append(str(failure))
            return False, None

    def _relist(self, address: _Address, updates: dict[_Address, dict[str, Encoded | None]]) -> None:
        shelf = self._shelves.get(address)
        if shelf is None:
            return
        good, entries = self._value((self._catalogue.refs, address))
        if good:
            updates.setdefault(address, {}).update(self._refer(shelf, entries))

    def _reread(self, result: Result, updates: dict[_Address, dict[str, Encoded | None]]) -> None:
        good, value = self._value(result)
        for address, name in self._readers.get(result, ()):
            if good:
                self._shelves[address].table.unknown.discard(name)
                updates.setdefault(address, {})[name] = value

    def _rescope(self, node: Node, moved: list[tuple[Node, Scope]]) -> None:
        good, scope = self._value((self._catalogue.scope_of, node))
        if good and self._scopes.get(node) != scope:
            self._scopes[node] = scope
            moved.append((node, scope))

    def _refer(self, shelf: Shelf, entries: Iterable[Ref]) -> dict[str, Encoded | None]:
        """Take a list of references; return the resources of the new ones, and None for those that are gone."""
        wanted: dict[str, Result] = {entry.name: (entry.rule, entry.key) for entry in entries}
        update: dict[str, Encoded | None] = {}
        for name, result in list(shelf.entries.items()):
            if wanted.get(name) != result:
                self._release(shelf, name, result)
                update[name] = None
        for name, result in wanted.items():
            if name not in shelf.entries:
                shelf.entries[name] = result
                self._readers.setdefault(result, {})[shelf.address, name] = None
                good, value = self._observe(*result)
                update[name] = value if good else shelf.table.resources.get(name)
                if update[name] is None and not good:
                    shelf.table.unknown.add(name)
        return update

    def _release(self, shelf: Shelf, name: str, result: Result) -> None:
        del shelf.entries[name]
        shelf.table.unknown.discard(name)
        readers = self._readers[result]
        del readers[shelf.address, name]
        if not readers:
            del self._readers[result]
        self._graph.release(*result)

    def _drop(self, shelf: Shelf) -> None:
        for name, result in list(shelf.entries.items()):
            self._release(shelf, name, result)
        self._graph.release(self._catalogue.refs, shelf.address)
        del self._shelves[shelf.address]
