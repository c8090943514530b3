"""The memo graph: results of pure rules over tracked reads. Pure: no I/O, no clock; not thread-safe.

Theory of operation. Inputs (resources, the key set of a kind, named inputs) and results are nodes; a node knows what it
read and who read it. `apply` changes inputs and puts their readers on a queue ordered by height, where a node is higher
than everything it reads. `settle` takes the lowest node, runs its rule again, and only if the value differs puts its
readers on the queue: an edit costs what it touches. A rule that, running again, reads a node at or above its own height
while the queue is not empty might see a value about to change; it is then raised above that node and put back, so no
rule ever sees half a change. An index's groups sit at a fixed height above the rules that fill it. Results that nobody
reads or observes any more are dropped at the end of `settle`, and so are the values (not the reads) of transient rules.

The law: after any edits in any order, every result equals that of a graph built from nothing.
The ideas are those of Adapton, Salsa and Incremental (https://github.com/janestreet/incremental).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.derive.failure import RuleFailed
from pipeline.derive.index import Index
from pipeline.derive.node import DROPPED, UNSET, Node
from pipeline.derive.transient import is_transient
from pipeline.derive.wave import Wave
from pipeline.model.key import Key

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from pipeline.derive.view import Extract, Rule
    from pipeline.model.resource import Resource

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")

_INDEX_HEIGHT = 64
_KIND = "kind"
_GROUP = "group"
_INPUT = "input"


class _Unsettled(BaseException):
    """The rule that runs has read a node that may still change; it must run after that height."""

    def __init__(self, height: int) -> None:
        super().__init__(height)
        self.height = height


class Graph:
    """Resources in, results out; implements `pipeline.derive.view.View`."""

    def __init__(self) -> None:
        """Start with no inputs."""
        self._resources: dict[Key, Node] = {}
        self._kinds: dict[str, set[Key]] = {}
        self._cells: dict[tuple[str, Hashable], Node] = {}
        self._results: defaultdict[Any, dict[Hashable, Node]] = defaultdict(dict)
        self._indexes: dict[tuple[Extract, str], Index] = {}
        self._wave = Wave()
        self._frames: list[list[Node]] = []
        self._running: set[Node] = set()
        self._level: int | None = None
        self._changed: dict[tuple[Any, Hashable], None] = {}
        self._loose: set[Node] = set()
        self._passing: list[Node] = []

    # -- reading ------------------------------------------------------------------------------------------------

    def get(self, key: Key) -> Resource | None:
        """Return the resource, or None."""
        node = self._resources.get(key)
        if node is None:
            if not self._frames:
                return None
            node = self._resources[key] = Node(None, key)
            node.value = None
        return self._read(node)  # type: ignore[no-any-return]

    def keys(self, kind: str) -> tuple[Key, ...]:
        """Return the sorted keys of a kind."""
        cell = self._cell(_KIND, kind)
        if cell.value is UNSET:
            cell.value = tuple(sorted(self._kinds.get(kind, ())))
        return self._read(cell)  # type: ignore[no-any-return]

    def lookup(self, extract: Extract, kind: str, group: Hashable) -> tuple[Key, ...]:
        """Return the sorted keys that `extract` puts into the group. An extract rule's height must stay under 64."""
        index = self._indexes.get((extract, kind))
        if index is None:
            index = self._build(extract, kind)
        cell = self._cell(_GROUP, (extract, kind, group), _INDEX_HEIGHT)
        if cell.value is UNSET:
            cell.value = index.members(group)
        return self._read(cell)  # type: ignore[no-any-return]

    def input(self, name: Hashable) -> Any:  # noqa: ANN401  an input's type is its owner's affair
        """Return a named input, or None."""
        cell = self._cell(_INPUT, name)
        if cell.value is UNSET:
            cell.value = None
        return self._read(cell)

    def derive(self, rule: Rule[K, V], key: K) -> V:
        """Return the rule's result for the key; raise `RuleFailed` where the rule raised."""
        return self._open(self._result(rule, key))  # type: ignore[no-any-return]

    def _result(self, rule: Any, key: Hashable) -> Node:  # noqa: ANN401  any rule's type
        if self._wave and not self._frames:
            self._drain()
        return self._results[rule].get(key) or self._run_new(rule, key)

    def _open(self, node: Node) -> Any:  # noqa: ANN401  a node's value is of its rule's type
        value = self._read(node)
        if type(value) is RuleFailed:
            raise value.with_traceback(None)  # else every reader adds to it
        return value

    def _read(self, node: Node) -> Any:  # noqa: ANN401  a node's value is of its rule's type
        if self._frames:
            if self._level is not None and node.height >= self._level:
                if self._wave.lowest <= node.height:
                    raise _Unsettled(node.height)
                assert not self._rests_on(node, self._level), f"{node.rule.__name__}({node.key!r}) reads itself"
            self._frames[-1].append(node)
        if node.value is DROPPED:
            value, _ = self._run(node)
            if node.dirty:  # its turn is still to come, and then it must count as changed
                return value
            node.value = value
            self._passing.append(node)
        return node.value

    # -- changing -----------------------------------------------------------------------------------------------

    def apply(self, changes: Mapping[Key, Resource | None]) -> None:
        """Set resources (None: gone). Readers are recomputed by the next `settle` or read from outside."""
        kinds: dict[str, None] = {}
        for key, resource in changes.items():
            node = self._resources.get(key)
            before = node.value if node else None
            if before == resource:
                continue
            if node is None:
                node = self._resources[key] = Node(None, key)
            node.value = resource
            self._wave.mark(node.readers)
            if (before is None) != (resource is None):
                self._enlist(key, present=resource is not None)
                kinds[key.kind] = None
            if resource is None and not node.readers:
                del self._resources[key]
        for kind in kinds:
            self._refresh(self._cells.get((_KIND, kind)), None)

    def set_input(self, name: Hashable, value: object) -> None:
        """Set a named input."""
        cell = self._cell(_INPUT, name)
        if cell.value is UNSET or cell.value != value:
            cell.value = value
            self._wave.mark(cell.readers)

    def observe(self, rule: Rule[K, V], key: K) -> V:
        """Keep a result up to date and report its changes from `settle`; counted (`release`), also if it raises."""
        node = self._result(rule, key)
        node.observed += 1
        return self._open(node)  # type: ignore[no-any-return]

    def release(self, rule: Rule[K, V], key: K) -> None:
        """Undo one `observe`."""
        node = self._results[rule][key]
        node.observed -= 1
        self._loose.add(node)

    def settle(self) -> list[tuple[Any, Any]]:
        """Recompute what changed; return (rule, key) of the observed results whose value differs, in stable order."""
        self._drain()
        self._sweep()
        for node in self._passing:
            node.value = DROPPED
        self._passing.clear()
        changed, self._changed = list(self._changed), {}
        return changed

    def reads(self, rule: Rule[K, V], key: K) -> frozenset[Key]:
        """Return the keys of all resources, present or absent, that a result was made of, at any depth."""
        found: set[Key] = set()
        seen: set[Node] = set()
        stack = [self._result(rule, key)]
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if node.rule is None and isinstance(node.key, Key):
                found.add(node.key)
            stack.extend(node.reads)
        return frozenset(found)

    def fork(self) -> Graph:
        """Return a graph over the same inputs, with no results yet: for asking what if."""
        other = Graph()
        other.apply({key: node.value for key, node in self._resources.items() if node.value is not None})
        for (sort, name), cell in self._cells.items():
            if sort == _INPUT and cell.value is not UNSET:
                other.set_input(name, cell.value)
        return other

    def size(self) -> int:
        """Return how many results are kept."""
        return sum(map(len, self._results.values()))

    # -- the wave -----------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        assert not self._frames, "a rule may not settle the graph that runs it"
        while (node := self._wave.pop()) is not None:
            self._level = node.height
            try:
                self._rerun(node)
            finally:
                self._level = None

    def _rerun(self, node: Node) -> None:
        try:
            value, reads = self._run(node)
        except _Unsettled as jump:
            self._lift(node, jump.height + 1)
            self._wave.push(node)
            return
        node.dirty = False
        self._relink(node, reads)
        if _same(node.value, value):
            return
        if is_transient(node.rule):
            self._passing.append(node)
        node.value = value
        if node.observed > self._is_indexed(node):
            self._changed[node.rule, node.key] = None
        self._announce(node)

    def _announce(self, node: Node) -> None:
        self._wave.mark(node.readers)
        if isinstance(node.key, Key) and self._is_indexed(node):
            self._regroup(node.rule, node.key, node.value)

    def _rests_on(self, node: Node, level: int) -> bool:
        """Tell whether a node was made of one that runs now, all of which are of this height or new."""
        stack, seen = [node], {node}
        while stack:
            for read in stack.pop().reads:
                if read in self._running:
                    return True
                if read.height > level and read not in seen:
                    seen.add(read)
                    stack.append(read)
        return False

    def _run_new(self, rule: Any, key: Hashable) -> Node:  # noqa: ANN401  any rule's type
        """Compute a node for the first time; an unsettled read unwinds to the queued rule that needs it."""
        node = Node(rule, key)
        node.value, reads = self._run(node)
        if is_transient(rule):
            self._passing.append(node)
        self._relink(node, reads)
        self._results[rule][key] = node
        self._loose.add(node)
        return node

    def _run(self, node: Node) -> tuple[Any, dict[Node, None]]:
        assert node not in self._running, f"{node.rule.__name__}({node.key!r}) reads itself"
        frame: list[Node] = []
        self._frames.append(frame)
        self._running.add(node)
        try:
            value = node.rule(self, node.key)
        except _Unsettled:
            raise
        except RuleFailed as failure:
            value = failure
        except Exception as error:  # noqa: BLE001  the per-record guard: a rule's fault stays with its readers
            value = RuleFailed(node.rule.__name__, node.key, error)
        finally:
            self._running.discard(node)
            self._frames.pop()
        return value, dict.fromkeys(frame)

    def _relink(self, node: Node, reads: dict[Node, None]) -> None:
        for read in node.reads:
            if read not in reads:
                read.unread_by(node)
                self._loose.add(read)
        height = 0
        for read in reads:
            read.read_by(node)
            height = max(height, read.height)
        node.reads = tuple(reads)
        self._lift(node, height + 1)

    def _lift(self, node: Node, height: int) -> None:
        stack = [(node, height)]
        while stack:
            low, least = stack.pop()
            if low.height < least:
                low.height = least
                stack.extend((reader, least + 1) for reader in low.readers)

    def _sweep(self) -> None:
        """Drop results and cells that nobody reads or observes."""
        while self._loose:
            node = self._loose.pop()
            if node.readers or node.observed:
                continue
            if node.rule is None:
                self._forget(node)
            elif self._results[node.rule].pop(node.key, None) is not None:
                node.dirty = False
                for read in node.reads:
                    read.unread_by(node)
                self._loose.update(node.reads)
        self._loose = set()  # an emptied set keeps its room

    def _forget(self, node: Node) -> None:
        if isinstance(node.key, Key):
            if node.value is None:
                self._resources.pop(node.key, None)
        elif node.key[0] != _INPUT or node.value is UNSET or node.value is None:  # type: ignore[index]
            self._cells.pop(node.key, None)  # type: ignore[call-overload]

    # -- kinds and indexes --------------------------------------------------------------------------------------

    def _cell(self, sort: str, name: Hashable, height: int = 0) -> Node:
        node = self._cells.get((sort, name))
        if node is None:
            node = self._cells[sort, name] = Node(None, (sort, name), height)
        return node

    def _refresh(self, cell: Node | None, value: Any) -> None:  # noqa: ANN401  a cell's value is its owner's affair
        """Forget a cell's value, or replace it, and mark who read it."""
        if cell is not None:
            cell.value = UNSET if value is None else value
            self._wave.mark(cell.readers)

    def _enlist(self, key: Key, *, present: bool) -> None:
        members = self._kinds.setdefault(key.kind, set())
        (members.add if present else members.discard)(key)
        for extract, kind in self._indexes:
            if kind == key.kind:
                if present:
                    self._join(extract, key)
                else:
                    self._regroup(extract, key, ())
                    self.release(extract, key)

    def _build(self, extract: Extract, kind: str) -> Index:
        """Fill a new index. Its rules run outside the rule that asked first, for they are everybody's."""
        index = self._indexes[extract, kind] = Index()
        frames, self._frames = self._frames, []
        joined: list[Key] = []
        try:
            for key in sorted(self._kinds.get(kind, ())):
                self._join(extract, key)
                joined.append(key)
        except BaseException:
            del self._indexes[extract, kind]
            for key in joined:
                self.release(extract, key)
            raise
        finally:
            self._frames = frames
        return index

    def _join(self, extract: Extract, key: Key) -> None:
        node = self._results[extract].get(key) or self._run_new(extract, key)
        node.observed += 1
        assert node.height < _INDEX_HEIGHT, f"{extract.__name__} reads too deep for an index"
        self._regroup(extract, key, self._read(node))

    def _is_indexed(self, node: Node) -> bool:
        """Tell whether an index holds the node, as an observer does."""
        if type(node.key) is not Key or (node.rule, node.key.kind) not in self._indexes:
            return False
        return node.key in self._kinds.get(node.key.kind, ())

    def _regroup(self, extract: Extract, key: Key, groups: Any) -> None:  # noqa: ANN401  or the failure of the rule
        index = self._indexes[extract, key.kind]
        wanted = () if isinstance(groups, RuleFailed) else groups
        for group in index.update(key, wanted):
            self._refresh(self._cells.get((_GROUP, (extract, key.kind, group))), index.members(group))


def _same(old: object, new: object) -> bool:
    return old is new or (type(old) is type(new) and old == new and type(new) is not RuleFailed)
