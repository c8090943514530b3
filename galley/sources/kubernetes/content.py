"""Of each kind's objects, the part that somebody here reads. Pure.

A node's heartbeat, a pod's restart count, managedFields, another's status: what is not read is not said, so that it
changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from galley.documents.metadata import LAST_APPLIED
from galley.sources.kubernetes.mask import mask_of, masked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from galley.sources.kubernetes.watched import Watched
    from pipeline.model.key import Key

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


def matters(key: Key, tree: Mapping[str, Any], secret_types: Collection[str]) -> bool:
    """Whether an object can matter: a Secret (of these types) and a ConfigMap need a certificate, or the mesh's own."""
    if key.kind == "Secret":
        return tree.get("type", "Opaque") in secret_types and bool(_keys(tree) & _CERTIFICATES)
    if key.kind == "ConfigMap":
        return key.name not in _EVERYWHERE and bool(_keys(tree) & (_CERTIFICATES | _MESH))
    return True


def _keys(tree: Mapping[str, Any]) -> set[str]:
    return {*(tree.get("data") or ()), *(tree.get("binaryData") or ())}


def content_of(watched: Watched, tree: Mapping[str, Any]) -> object:
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


def annotations_of(watched: Watched, annotations: Mapping[str, str]) -> dict[str, str]:
    """Return the annotations that are read."""
    if watched.key_kind in _FEW:
        return {name: value for name, value in annotations.items() if name.partition("/")[0].endswith("istio.io")}
    return {name: value for name, value in annotations.items() if name not in _QUIET}


def is_within(value: object, levels: int) -> bool:
    """Whether a value is no deeper than so many levels of maps and lists."""
    if isinstance(value, dict):
        return levels > 0 and all(is_within(item, levels - 1) for item in value.values())
    if isinstance(value, list):
        return levels > 0 and all(is_within(item, levels - 1) for item in value)
    return True
