"""`Projection`: an API server's object becomes what we say of it, less what nobody here reads. Pure.

A node's heartbeat, a pod's restart count, managedFields, another's status: what is not read is not said, so that it
changes nothing. What is not for us (another revision's configuration, a Secret without a certificate) is no object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import orjson

from galley.documents.limits import DEFAULT_LIMITS, Limits
from galley.documents.metadata import LAST_APPLIED
from galley.sources.kubernetes.mask import mask_of, masked
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

    from galley.sources.kubernetes.watched import Watched

Said: TypeAlias = "Upserted | Diagnostic | None"
"""What is said of an object: its words, why it cannot be read, or None where it is not for us."""

REVISION: Final = "istio.io/rev"

_QUIET: Final = (
    LAST_APPLIED,
    "control-plane.alpha.kubernetes.io/leader",
    "endpoints.kubernetes.io/last-change-trigger-time",
)
"""Annotations that machines write for each other."""

_FEW: Final = frozenset({"Service", "Namespace", "ConfigMap", "Secret", "Pod", "Node", "EndpointSlice"})
"""Kinds whose annotations are everybody's; of them, Istio's are read."""

_CERTIFICATES: Final = frozenset(
    {"tls.crt", "tls.key", "tls.ocsp-staple", "ca.crt", "ca.crl", "cert", "key", "cacert", "crl", "root-cert.pem"}
)
"""Keys of Secrets and ConfigMaps that hold certificates, as Istio names them."""

_MESH: Final = frozenset({"mesh", "meshNetworks"})

_EVERYWHERE: Final = frozenset({"kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"})
"""ConfigMaps that controllers put into every namespace."""


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
        cluster: str,
        *,
        revision: str = "",
        secret_types: tuple[str, ...] = (),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Say under the source's name what the cluster has; `revision` and `secret_types` say what is for us."""
        self._source = source
        self._cluster = cluster
        self._revision = revision
        self._secret_types = frozenset(secret_types) - frozenset(NEVER_SECRETS)
        self._limits = limits

    def place(self, watched: Watched, metadata: Mapping[str, Any]) -> str:
        """Return the place of the object with this metadata."""
        return place_of(self._cluster, _key(watched, metadata))

    def __call__(self, watched: Watched, tree: Mapping[str, Any]) -> Projected:
        """Return an object's place, and what is said of it."""
        metadata = tree.get("metadata") or {}
        key = _key(watched, metadata)
        place = place_of(self._cluster, key)
        origin = Origin(
            source=self._source,
            file=place,
            cluster=self._cluster,
            resource_version=str(metadata.get("resourceVersion") or ""),
        )
        labels = metadata.get("labels") or {}
        if self._is_other(watched, labels) or not self._matters(watched, key, tree):
            return Projected(place, None)
        content = _content(watched, tree)
        annotations = _annotations(watched, metadata.get("annotations") or {})
        live = _live(tree) if watched.has_our_status else None
        fault = self._fault(key, origin, content, annotations)
        if fault is not None:
            return Projected(place, fault, live)
        resource = Resource(
            key=key,
            api_version=_api_version(watched, tree),
            spec=canonical(content),
            origin=origin,
            labels=labels,
            annotations=annotations,
            created=str(metadata.get("creationTimestamp") or ""),
        )
        return Projected(place, Upserted(resource=resource), live)

    def _is_other(self, watched: Watched, labels: Mapping[str, str]) -> bool:
        """Whether it is configuration for another revision; what names none is for all of them."""
        wanted = labels.get(REVISION, self._revision)
        return bool(self._revision) and bool(watched.crd) and wanted != self._revision

    def _matters(self, watched: Watched, key: Key, tree: Mapping[str, Any]) -> bool:
        if watched.key_kind == "Secret":
            return tree.get("type", "Opaque") in self._secret_types and bool(_keys(tree) & _CERTIFICATES)
        if watched.key_kind == "ConfigMap":
            return key.name not in _EVERYWHERE and bool(_keys(tree) & (_CERTIFICATES | _MESH))
        return True

    def _fault(self, key: Key, origin: Origin, content: object, annotations: Mapping[str, str]) -> Diagnostic | None:
        """Return why an object is not read, where it is more than we take of anybody."""
        size = sum(map(len, annotations.values()))
        if size <= self._limits.size and _within(content, self._limits.depth):
            size += len(orjson.dumps(content))
            if size <= self._limits.size:
                return None
            what = f"{size} bytes, more than {self._limits.size}"
        else:
            what = f"more than {self._limits.size} bytes, or {self._limits.depth} levels"
        return Diagnostic(
            code=codes.TOO_MUCH,
            severity=Severity.ERROR,
            message=f"{key} is not read: it has {what}",
            origin=origin,
            key=key,
            hint="split the object; until then it stays as it was last good",
        )


def _key(watched: Watched, metadata: Mapping[str, Any]) -> Key:
    namespace = str(metadata.get("namespace") or "") if watched.kind.namespaced else ""
    return Key(watched.key_kind, namespace, str(metadata.get("name") or ""))


def _live(tree: Mapping[str, Any]) -> Live:
    metadata, status = tree["metadata"], tree.get("status")
    return Live(
        str(tree.get("apiVersion") or "").rpartition("/")[2],
        str(metadata.get("resourceVersion") or ""),
        int(metadata.get("generation") or 0),
        status if isinstance(status, dict) else {},
    )


def _api_version(watched: Watched, tree: Mapping[str, Any]) -> str:
    """The object's own; a list of built-in kinds leaves it out."""
    return str(tree.get("apiVersion") or watched.kind.api_versions()[-1])


def _keys(tree: Mapping[str, Any]) -> set[str]:
    return {*(tree.get("data") or ()), *(tree.get("binaryData") or ())}


def _content(watched: Watched, tree: Mapping[str, Any]) -> object:
    """Return what the object says, as far as it is read."""
    kind = watched.kind
    model = kind.load_model()
    mask = mask_of(model) if model is not None else None
    if kind.body == "spec":
        return masked(tree.get("spec") or {}, mask)
    fields = {name: value for name, value in tree.items() if name not in {"apiVersion", "kind", "metadata"}}
    if mask is None:
        fields.pop("status", None)
    found: dict[str, Any] = masked(fields, mask)
    if watched.key_kind in {"Secret", "ConfigMap"}:
        return {name: _certificates(value) for name, value in found.items() if value is not None}
    if watched.key_kind == "Pod" and isinstance(found.get("status"), dict):
        found["status"] = _readiness(found["status"])
    return {name: value for name, value in found.items() if value is not None}


def _certificates(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: text for name, text in value.items() if name in _CERTIFICATES or name in _MESH}


def _readiness(status: dict[str, Any]) -> dict[str, Any]:
    """Of a pod's conditions, only whether it is ready: the others say how it became so."""
    conditions = [one for one in status.get("conditions") or () if one.get("type") == "Ready"]
    return {**status, "conditions": conditions}


def _annotations(watched: Watched, annotations: Mapping[str, str]) -> dict[str, str]:
    if watched.key_kind in _FEW:
        return {name: value for name, value in annotations.items() if name.partition("/")[0].endswith("istio.io")}
    return {name: value for name, value in annotations.items() if name not in _QUIET}


def _within(value: object, levels: int) -> bool:
    """Whether a value is no deeper than so many levels of maps and lists."""
    if isinstance(value, dict):
        return levels > 0 and all(_within(item, levels - 1) for item in value.values())
    if isinstance(value, list):
        return levels > 0 and all(_within(item, levels - 1) for item in value)
    return True
