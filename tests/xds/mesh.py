"""A small mesh for tests of the server: resources set by hand, behind a catalogue over a real graph."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import Any

from pipeline.derive import Graph, View
from pipeline.model.batch import Cause
from pipeline.model.digest import Digest
from pipeline.model.revision import Revision
from pipeline.model.snapshot import Snapshot
from proxy.encoded import Encoded, encoded, named
from proxy.node import Node
from proxy.ref import Ref
from proxy.resource_type import ResourceType
from proxy.xds.catalogue import Catalogue
from proxy.xds.discovery import Discovery


def scope_of(view: View, node: Node) -> Hashable:
    """The node's namespace, unless an input says that the node sees something else."""
    scope: Hashable = view.input(("scope", node.id)) or node.namespace
    if scope == "BROKEN SCOPE":
        raise ValueError(node.id)
    return scope


def refs(view: View, key: tuple[Hashable, ResourceType]) -> tuple[Ref, ...]:
    """What the inputs list for the scope, else for everybody."""
    scope, type_ = key
    if scope == "BROKEN LIST":
        raise ValueError(key)
    names: tuple[str, ...] = view.input(("names", scope, type_)) or view.input(("names", None, type_)) or ()
    return tuple(Ref(name, resource, (type_, name)) for name in names)


def resource(view: View, key: tuple[ResourceType, str]) -> Encoded | None:
    """The resource whose body the inputs give; one that says `BROKEN` raises."""
    body = view.input(("body", *key))
    if body == b"BROKEN":
        raise ValueError(key)
    return None if body is None else encoded(*key, body)


CATALOGUE = Catalogue(scope_of, refs)


class Mesh:
    """Resources by type and name; `publish` settles the graph and serves it as the next revision."""

    def __init__(self) -> None:
        """Start empty, at no revision."""
        self.graph = Graph()
        self.discovery = Discovery(self.graph, CATALOGUE, count(1))
        self.revision = 0
        self._names: dict[tuple[Hashable, ResourceType], dict[str, None]] = {}

    def set(self, type_: ResourceType, name: str, body: bytes | str | Any, scope: Hashable = None) -> None:  # noqa: ANN401  untyped messages
        """Set a resource: bytes as they are, text as a body under that name, or a protobuf message."""
        if isinstance(body, str):
            body = named(name, body.encode())
        elif not isinstance(body, bytes):
            body = body.SerializeToString(deterministic=True)
        self.graph.set_input(("body", type_, name), body)
        self._names.setdefault((scope, type_), {})[name] = None
        self._list(type_, scope)

    def remove(self, type_: ResourceType, name: str, scope: Hashable = None) -> None:
        """Remove a resource."""
        self._names[scope, type_].pop(name, None)
        self._list(type_, scope)

    def names(self, type_: ResourceType, scope: Hashable = None) -> tuple[str, ...]:
        """Return what there is of a type."""
        return tuple(self._names.get((scope, type_), ()))

    def version(self, type_: ResourceType, name: str) -> str:
        """Return the version of a resource."""
        found = self.graph.derive(resource, (type_, name))
        assert found is not None
        return found.version

    def see(self, node: str, scope: Hashable) -> None:
        """Give a node another scope."""
        self.graph.set_input(("scope", node), scope)

    def publish(self) -> int:
        """Serve what was set as a new revision; return its number."""
        self.revision += 1
        self.discovery.publish(self.graph.settle(), self.revision)
        return self.revision

    def snapshot(self) -> Snapshot:
        """Return a snapshot of the next revision, for a sink; what it holds is in the graph."""
        self.revision += 1
        revision = Revision(
            number=self.revision,
            digest=Digest(""),
            parent=self.revision - 1,
            entry=self.revision,
            source="test",
            cause=Cause(),
            changed={},
        )
        return Snapshot(revision=revision, resources={})

    def _list(self, type_: ResourceType, scope: Hashable) -> None:
        self.graph.set_input(("names", scope, type_), tuple(self._names[scope, type_]))
