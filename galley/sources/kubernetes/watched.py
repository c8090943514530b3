"""`Watched`: a kind that is read from a cluster, and the table of them. Pure.

A registry cluster gives services and where they run; a configuration cluster gives everything else besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from galley.documents.resource import key_kind
from schemas.gateway_api_kinds import GROUP as GATEWAY_API
from schemas.registry import is_ours

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from galley.settings.kubernetes import KubernetesSettings
    from schemas.kind import Kind
    from schemas.registry import Registry

_DISCOVERED: Final = frozenset({("", "Service"), ("discovery.k8s.io", "EndpointSlice"), ("", "Pod"), ("", "Node")})
"""The kinds that say what runs where."""

_SECRET: Final = ("", "Secret")

_BUILT_IN: Final = _DISCOVERED | {
    ("", "Namespace"),
    _SECRET,
    ("", "ConfigMap"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
}
"""The kinds of Kubernetes itself that are read; others may be known without anybody here asking for them."""

_CONTROLLED: Final = frozenset((GATEWAY_API, name) for name in ("GatewayClass", "Gateway", "HTTPRoute"))
"""The kinds of the Gateway API that are served, and of which a controller says what became of them."""

_KUBERNETES: Final = frozenset({"", "apps", "discovery.k8s.io", "networking.k8s.io"})
"""The groups that an API server serves without a CRD."""

NEVER_SECRETS: Final = (
    "helm.sh/release.v1",
    "kubernetes.io/service-account-token",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/dockercfg",
    "bootstrap.kubernetes.io/token",
)
"""Types of Secrets that are never asked for, whatever the settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One kind: `key_kind` is its name in keys; `crd` that of its definition, empty where it is built in.

    `query` narrows what the API server sends. `versions` are those that we read, the best first.
    """

    kind: Kind
    key_kind: str
    crd: str
    versions: tuple[str, ...]
    query: tuple[tuple[str, str], ...] = ()

    @property
    def has_our_status(self) -> bool:
        """Whether we say in the status of these objects what became of them.

        Of Istio's kinds and our own, and of those of the Gateway API whose status is a controller's to write.
        """
        return bool(self.crd) and (is_ours(self.kind.group) or (self.kind.group, self.kind.name) in _CONTROLLED)

    def version_of(self, served: Collection[str]) -> str:
        """The best version of those that the API server serves; empty where we know none of them."""
        return next((version for version in self.versions if version in served), "")

    def path(self, version: str, namespace: str = "") -> str:
        """Where the API server has all of them, or those of a namespace."""
        root = f"/apis/{self.kind.group}/{version}" if self.kind.group else f"/api/{version}"
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return f"{root}{within}/{self.kind.plural}"


def watched_kinds(registry: Registry, settings: KubernetesSettings, *, configures: bool) -> tuple[Watched, ...]:
    """Return what is read from a cluster, in the order of the registry."""
    return tuple(
        _watched(kind, registry, settings)
        for kind in registry
        if any(kind.versions)
        and (settings.secrets.read or (kind.group, kind.name) != _SECRET)
        and ((configures and _is_read(kind)) or (kind.group, kind.name) in _DISCOVERED)
    )


def _is_read(kind: Kind) -> bool:
    return (kind.group, kind.name) in _BUILT_IN or not _is_built_in(kind)


def _is_built_in(kind: Kind) -> bool:
    return kind.foreign and kind.group in _KUBERNETES


def _watched(kind: Kind, registry: Registry, settings: KubernetesSettings) -> Watched:
    api_version = kind.api_versions()[-1]
    return Watched(
        kind=kind,
        key_kind=key_kind(api_version, kind.name, registry),
        crd="" if _is_built_in(kind) else f"{kind.plural}.{kind.group}",
        versions=_by_preference(kind.versions),
        query=tuple(_secrets(settings).items()) if (kind.group, kind.name) == _SECRET else (),
    )


def _by_preference(versions: tuple[str, ...]) -> tuple[str, ...]:
    """`v1` first, then the newest."""
    newest = versions[::-1]
    return (*(one for one in newest if one == "v1"), *(one for one in newest if one != "v1"))


def _secrets(settings: KubernetesSettings) -> Mapping[str, str]:
    """Return the selectors of the Secrets that can matter, as far as an API server understands them."""
    types = [one for one in settings.secrets.types if one not in NEVER_SECRETS]
    fields = f"type={types[0]}" if len(types) == 1 else ",".join(f"type!={one}" for one in NEVER_SECRETS)
    return {"fieldSelector": fields} | ({"labelSelector": settings.secrets.labels} if settings.secrets.labels else {})
