"""The form in which accepted objects are served: one way of saying it where there are several. Pure and idempotent.

Host names are lower-cased, for DNS and Envoy compare them so; the apiVersion becomes the kind's own; a field that is
null is left out, for protojson reads it as not written. An empty list, map or text stays, since a message that is
there and empty means something else than none. Lists keep their order, and the position table keeps step with what is
left out.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from pipeline.model.digest import Digest
from pipeline.model.positions import pack
from pipeline.model.resource import canonical
from pipeline.stages.validate import kind_of
from schemas.fault import Fault
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from pipeline.model.resource import Resource
    from schemas.kind import Kind

_EACH: Final = "*"
"""Stands for every item of a list."""

_DESTINATION = ("route", _EACH, "destination", "host")

_HOSTS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "VirtualService": (
        ("hosts", _EACH),
        ("http", _EACH, *_DESTINATION),
        ("http", _EACH, "mirror", "host"),
        ("http", _EACH, "mirrors", _EACH, "destination", "host"),
        ("tcp", _EACH, *_DESTINATION),
        ("tls", _EACH, *_DESTINATION),
        ("tls", _EACH, "match", _EACH, "sniHosts", _EACH),
        ("tls", _EACH, "match", _EACH, "sni_hosts", _EACH),
    ),
    "DestinationRule": (("host",),),
    "ServiceEntry": (("hosts", _EACH),),
    "Gateway": (("servers", _EACH, "hosts", _EACH),),
    "Sidecar": (
        ("egress", _EACH, "hosts", _EACH),
        ("outboundTrafficPolicy", "egressProxy", "host"),
    ),
}
"""Where a kind has host names, below `spec`."""

_NULLS_MEAN: Final = frozenset({"EnvoyFilter", "WasmPlugin", "TrafficExtension", "Policy", "MeshPolicy"})
"""Kinds in which null is a value: in free-form content, or as an empty message (`mtls:`)."""


def normalise(resource: Resource) -> Resource:
    """Return the object as it is served; the same one where it has that form already, or is of somebody else's kind."""
    kind = kind_of(DEFAULT_REGISTRY, resource)
    if isinstance(kind, Fault) or kind.foreign:
        return resource
    return _renamed(_rewritten(resource, kind), kind)


def _renamed(resource: Resource, kind: Kind) -> Resource:
    version = f"{kind.group}/{kind.storage_version}" if kind.group else kind.storage_version
    return resource if resource.api_version == version else replace(resource, api_version=version)


def _rewritten(resource: Resource, kind: Kind) -> Resource:
    hosts = _HOSTS.get(resource.key.kind, ())
    nulls = bool(kind.model) and kind.name not in _NULLS_MEAN and b"null" in resource.spec
    if not hosts and not nulls:
        return resource
    spec = orjson.loads(resource.spec)
    positions = resource.origin.positions
    if nulls:
        spec, positions = _without_nulls(resource, spec)
    for path in hosts:
        _lower(spec, path)
    text = canonical(spec)
    if text == resource.spec:
        return resource
    return replace(resource, spec=text, origin=replace(resource.origin, positions=positions), digest=Digest(""))


def _lower(node: Any, path: tuple[str, ...]) -> None:  # noqa: ANN401  JSON
    """Lower-case the texts at a path, in place; what has another shape stays."""
    step, *rest = path
    if step == _EACH:
        for index, item in enumerate(node if isinstance(node, list) else ()):
            if rest:
                _lower(item, tuple(rest))
            elif isinstance(item, str):
                node[index] = item.lower()
    elif isinstance(node, dict) and step in node:
        if rest:
            _lower(node[step], tuple(rest))
        elif isinstance(node[step], str):
            node[step] = node[step].lower()


def _without_nulls(resource: Resource, spec: object) -> tuple[object, bytes]:
    """Return the content without its null fields, and the positions of the nodes that are left."""
    marks = array("I")
    marks.frombytes(resource.origin.positions)
    kept: list[int] = []
    tree = resource.tree()
    nodes = _Pruned(marks, kept)
    nodes.take()
    nodes.prune(tree["metadata"])
    pruned = nodes.prune(spec)
    return pruned, pack(kept) if resource.origin.positions else b""


class _Pruned:
    """Walks a tree in the order of the position table, and keeps the marks of what stays."""

    def __init__(self, marks: array[int], kept: list[int]) -> None:
        self._marks = marks
        self._kept = kept
        self._index = 0

    def take(self) -> None:
        """Keep the mark of the node that comes next."""
        self._kept.extend(self._marks[2 * self._index : 2 * self._index + 2])
        self._index += 1

    def prune(self, node: object) -> object:
        """Return the node without the fields that are null."""
        self.take()
        if isinstance(node, list):
            return [self.prune(item) for item in node]
        if not isinstance(node, dict):
            return node
        left: dict[str, object] = {}
        for name in sorted(node):
            if node[name] is None:
                self._index += 1
            else:
                left[name] = self.prune(node[name])
        return left
