"""One configuration object, the unit that the pipeline carries. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from pipeline.model.digest import Digest, digest_of
from pipeline.model.path import parse_path
from pipeline.model.positions import locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.key import Key
    from pipeline.model.origin import Origin

_EMPTY: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A configuration object: who it is, what it says, where it was written.

    `spec` is canonical JSON (`canonical`): the document's `spec`, or for kinds without one (`Secret`, `EndpointSlice`)
    the document less apiVersion, kind, metadata and status. It stays encoded, because most objects are only carried;
    `schemas` types it where somebody reads it. `created` is the document's own creationTimestamp (RFC 3339), or empty.
    `digest` covers key, labels, annotations, created and spec: not the origin, so moved lines change nothing.
    """

    key: Key
    api_version: str
    spec: bytes
    origin: Origin
    labels: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    annotations: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    created: str = ""
    digest: Digest = Digest("")

    def __post_init__(self) -> None:
        """Fill in the digest, so that it always is the content's."""
        if not self.digest:
            object.__setattr__(self, "digest", content_digest(self))

    def tree(self) -> dict[str, object]:
        """Return the content as the tree whose nodes `positions` numbers: `metadata` and `spec`."""
        metadata: dict[str, object] = {"name": self.key.name, "namespace": self.key.namespace}
        if self.labels:
            metadata["labels"] = dict(self.labels)
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        return {"metadata": metadata, "spec": orjson.loads(self.spec)}

    def origin_of(self, path: str) -> Origin:
        """Return the origin of a field, as `spec.http[0].timeout`: of the deepest part of the path that exists."""
        found = locate(self.origin.positions, self.tree(), parse_path(path))
        return self.origin.at(*found) if found else self.origin.at(self.origin.line, self.origin.column)


def canonical(value: object) -> bytes:
    """Return JSON with sorted keys and no white space: equal values, equal bytes.

    The bytes are copied, because those that orjson returns keep a page of memory each, and these are kept for long.
    """
    return memoryview(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).tobytes()


def content_digest(resource: Resource) -> Digest:
    """Return the digest of what a resource says, wherever it was written."""
    return digest_of(
        "\0".join(resource.key).encode(),
        canonical(dict(resource.labels)) if resource.labels else b"",
        canonical(dict(resource.annotations)) if resource.annotations else b"",
        resource.created.encode(),
        resource.spec,
    )
