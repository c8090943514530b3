"""`Projection`: an API server's object becomes what we say of it, less what nobody here reads. Pure.

What is not for us (another revision's configuration, a Secret without a certificate) is no object; what is too large or
too deep, or what our own reading fails at, is one that cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import orjson

from galley.documents.limits import DEFAULT_LIMITS, Limits
from galley.sources.kubernetes.content import annotations_of, content_of, is_within, matters
from galley.sources.kubernetes.place import place_of
from galley.sources.kubernetes.watched import NEVER_SECRETS
from pipeline.model import codes_kubernetes as codes
from pipeline.model.change import Upserted
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.kubernetes.membership import Membership
    from galley.sources.kubernetes.watched import Watched

Said: TypeAlias = "Upserted | Diagnostic | None"
"""What is said of an object: its words, why it cannot be read, or None where it is not for us."""

REVISION: Final = "istio.io/rev"


class Live(NamedTuple):
    """How an object is in the cluster, for whoever writes its status."""

    api_version: str
    version: str
    generation: int
    status: Mapping[str, Any]


class Projected(NamedTuple):
    """Where an object is, what is said of it, and how it is; the last of kinds only that have a status of ours."""

    place: str
    said: Said
    live: Live | None = None


class Projection:
    """Projects the objects of one cluster."""

    def __init__(
        self,
        source: str,
        membership: Membership,
        *,
        revision: str = "",
        secret_types: tuple[str, ...] = (),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Say under the source's name what the cluster has; `revision` and `secret_types` say what is for us."""
        self._source = source
        self._membership = membership
        self._revision = revision
        self._secret_types = frozenset(secret_types) - frozenset(NEVER_SECRETS)
        self._limits = limits

    def place(self, watched: Watched, metadata: Mapping[str, Any]) -> str:
        """Return the place of the object with this metadata."""
        return place_of(self._membership.cluster, self._key(watched, metadata))

    def __call__(self, watched: Watched, tree: Mapping[str, Any]) -> Projected:
        """Return an object's place, and what is said of it."""
        metadata = tree.get("metadata") or {}
        key = self._key(watched, metadata)
        cluster = self._membership.cluster
        version = str(metadata.get("resourceVersion") or "")
        origin = Origin(source=self._source, file=place_of(cluster, key), cluster=cluster, resource_version=version)
        labels = metadata.get("labels") or {}
        if self._is_other(watched, labels) or not matters(key, tree, self._secret_types):
            return Projected(origin.file, None)
        live = _live(tree) if watched.has_our_status else None
        try:
            return Projected(origin.file, self._said(watched, key, origin, tree), live)
        except Exception as error:  # noqa: BLE001  the guard around each object: one of them is no other's fault
            text = f"{key} cannot be read: {type(error).__name__}"
            return Projected(origin.file, _unreadable(codes.NOT_UNDERSTOOD, key, origin, text), live)

    def _said(self, watched: Watched, key: Key, origin: Origin, tree: Mapping[str, Any]) -> Said:
        metadata = tree["metadata"]
        annotations = annotations_of(watched, metadata.get("annotations") or {})
        content = content_of(watched, tree)
        excess = self._excess(content, annotations)
        if excess:
            return _unreadable(codes.TOO_MUCH, key, origin, f"{key} is not read: it has {excess}")
        if isinstance(content, dict):
            content = self._membership.content(key, content)
        return Upserted(
            resource=Resource(
                key=key,
                api_version=str(tree.get("apiVersion") or watched.kind.api_versions()[-1]),
                spec=canonical(content),
                origin=origin,
                labels=self._membership.labels(key, metadata.get("labels") or {}),
                annotations=annotations,
                created=str(metadata.get("creationTimestamp") or ""),
            )
        )

    def _key(self, watched: Watched, metadata: Mapping[str, Any]) -> Key:
        namespace = str(metadata.get("namespace") or "") if watched.kind.namespaced else ""
        return self._membership.key(Key(watched.key_kind, namespace, str(metadata.get("name") or "")))

    def _is_other(self, watched: Watched, labels: Mapping[str, str]) -> bool:
        """Whether it is configuration for another revision; what names none is for all of them."""
        wanted = labels.get(REVISION, self._revision)
        return bool(self._revision) and bool(watched.crd) and wanted != self._revision

    def _excess(self, content: object, annotations: Mapping[str, str]) -> str:
        """Return by what an object is more than we take of anybody; empty where it is not."""
        if not is_within(content, self._limits.depth):
            return f"more than {self._limits.depth} levels"
        size = sum(map(len, annotations.values())) + len(orjson.dumps(content))
        return f"{size} bytes, more than {self._limits.size}" if size > self._limits.size else ""


def _unreadable(code: str, key: Key, origin: Origin, message: str) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        message=message,
        origin=origin,
        key=key,
        hint="until it can be, what it said before stays in effect",
    )


def _live(tree: Mapping[str, Any]) -> Live:
    metadata, status = tree["metadata"], tree.get("status")
    return Live(
        str(tree.get("apiVersion") or "").rpartition("/")[2],
        str(metadata.get("resourceVersion") or ""),
        int(metadata.get("generation") or 0),
        status if isinstance(status, dict) else {},
    )
