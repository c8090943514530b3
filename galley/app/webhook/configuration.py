"""The ValidatingWebhookConfiguration: what a cluster asks us about, and what it does when we do not answer. Pure.

It is shipped so that nothing is refused (`failurePolicy: Ignore`); `galley.app.webhook.registration` makes it strict
once it is proved. Only our kinds are named, so that no other is ever held up. Deletions are asked about apart, since
they are only warned of, and stay lenient for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from schemas.crd import has_crd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemas.registry import Registry

API_VERSION: Final = "admissionregistration.k8s.io/v1"
KIND: Final = "ValidatingWebhookConfiguration"
PATH: Final = f"/apis/{API_VERSION}/validatingwebhookconfigurations"

VALIDATION: Final = "validation.galley.dev"
DELETION: Final = "deletion.galley.dev"

FailurePolicy: TypeAlias = Literal["Ignore", "Fail"]

_TIMEOUT: Final = 10


class Target(NamedTuple):
    """Where the API server finds us: a Service as `NAMESPACE/NAME` or `NAMESPACE/NAME:PORT`, or else a URL's base."""

    service: str = ""
    url: str = ""
    path: str = "/validate"

    def client_config(self) -> dict[str, Any]:
        """Return the `clientConfig`, without `caBundle`."""
        if not self.service:
            return {"url": f"{self.url.rstrip('/')}{self.path}"}
        place, _, port = self.service.partition(":")
        namespace, _, name = place.partition("/")
        return {"service": {"namespace": namespace, "name": name, "path": self.path, "port": int(port or 443)}}


def configuration(name: str, target: Target, registry: Registry, excluded: Iterable[str] = ()) -> dict[str, Any]:
    """Return the object as it is shipped: lenient, and without anything to trust yet."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": "galley"}},
        "webhooks": [
            _webhook(VALIDATION, ("CREATE", "UPDATE"), target, registry, tuple(excluded)),
            _webhook(DELETION, ("DELETE",), target, registry, tuple(excluded)),
        ],
    }


def claimed(name: str, uid: str, webhooks: Iterable[str], bundle: str, policy: FailurePolicy) -> dict[str, Any]:
    """Return what we say of the object by server-side apply, and nothing else: whom to trust, and how strict to be.

    The uid keeps an object that is gone from being made anew of this little.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "uid": uid},
        "webhooks": [
            {
                "name": one,
                "clientConfig": {"caBundle": bundle},
                "failurePolicy": policy if one == VALIDATION else "Ignore",
            }
            for one in webhooks
        ],
    }


def owned(shipped: Mapping[str, Any], namespace: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the object so that the cluster removes it together with a namespace, as soon as that is removed."""
    if namespace is None:
        return dict(shipped)
    metadata = namespace["metadata"]
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": metadata["name"], "uid": metadata["uid"]}
    return {**shipped, "metadata": {**shipped["metadata"], "ownerReferences": [owner]}}


def ours(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the webhooks of an object that are ours."""
    return [one for one in found.get("webhooks") or () if one.get("name") in {VALIDATION, DELETION}]


def proof(api_version: str, namespace: str) -> dict[str, Any]:
    """Return an object that a cluster's own schema takes, and we do not: a host name that is none."""
    port = {"number": 80, "name": "http", "protocol": "HTTP"}
    return {
        "apiVersion": api_version,
        "kind": "Gateway",
        "metadata": {"generateName": "galley-webhook-proof-", "namespace": namespace},
        "spec": {"selector": {"galley.dev/proof": "none"}, "servers": [{"port": port, "hosts": ["*.*.galley.dev"]}]},
    }


def _webhook(
    name: str, operations: Sequence[str], target: Target, registry: Registry, excluded: tuple[str, ...]
) -> dict[str, Any]:
    webhook: dict[str, Any] = {
        "name": name,
        "admissionReviewVersions": ["v1", "v1beta1"],
        "clientConfig": target.client_config(),
        "failurePolicy": "Ignore",
        "matchPolicy": "Equivalent",
        "rules": list(_rules(operations, registry)),
        "sideEffects": "None",
        "timeoutSeconds": _TIMEOUT,
    }
    if excluded:
        names = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": list(excluded)}
        webhook["namespaceSelector"] = {"matchExpressions": [names]}
    return webhook


def _rules(operations: Sequence[str], registry: Registry) -> Iterable[dict[str, Any]]:
    kinds: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for kind in registry:
        if has_crd(kind):
            kinds.setdefault((kind.group, kind.versions), []).append(kind.plural)
    for (group, versions), plurals in sorted(kinds.items()):
        yield {
            "apiGroups": [group],
            "apiVersions": sorted(versions),
            "operations": list(operations),
            "resources": sorted(plurals),
        }
