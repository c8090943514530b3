"""What Galley may do in a cluster, made from what it does: `python -m galley.app.cluster_roles`.

Writes `compose/helm/galley/files/rules.yaml` and `compose/kubernetes/roles.yaml`, and beside each what has the cluster
ask us before it stores our kinds; with `--check` it writes nothing, and ends with 1 where one of them differs. Reading,
Secrets, statuses and the webhook are roles of their own, so that each can be left out.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from galley.app.webhook.configuration import Target, configuration
from galley.settings.kubernetes import KubernetesSettings
from galley.settings.webhook import WebhookSettings
from galley.sources.kubernetes.watched import watched_kinds
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.sources.kubernetes.watched import Watched

RULES: Final = Path("compose/helm/galley/files/rules.yaml")
ROLES: Final = Path("compose/kubernetes/roles.yaml")
CHART_VALIDATION: Final = Path("compose/helm/galley/files/validation.yaml")
VALIDATION: Final = Path("compose/kubernetes/validation.yaml")
NAMESPACE: Final = "galley-system"

_HEAD = "# Made by `python -m galley.app.cluster_roles` from the kinds that are watched; a test compares them.\n"
_LEASE: Final = "galley-status"
_WEBHOOK: Final = "galley-validation"


def rules() -> dict[str, list[dict[str, Any]]]:
    """Return the rules by what they are for; `cluster` and `namespaced` are those of reading."""
    watched = watched_kinds(DEFAULT_REGISTRY, KubernetesSettings(), configures=True)
    secrets = [item for item in watched if item.key_kind == "Secret"]
    read = [item for item in watched if item not in secrets]
    definitions = _rule("apiextensions.k8s.io", ["customresourcedefinitions"], ["list", "watch"])
    return {
        "cluster": [*_reading(item for item in read if not item.kind.namespaced), definitions],
        "namespaced": _reading(item for item in read if item.kind.namespaced),
        "secrets": _reading(secrets),
        "status": [
            _rule(group, [f"{plural}/status" for plural in plurals], ["patch"])
            for group, plurals in _by_group(item for item in watched if item.has_our_status)
        ],
        "lease": [
            _rule("coordination.k8s.io", ["leases"], ["create"]),
            {**_rule("coordination.k8s.io", ["leases"], ["get", "update"]), "resourceNames": [_LEASE]},
        ],
        "webhook": _webhook(),
    }


def roles() -> list[dict[str, Any]]:
    """Return the roles and bindings of `compose/kubernetes`, all namespaces read."""
    found = rules()
    cluster = {
        "galley-read": [*found["cluster"], *found["namespaced"]],
        "galley-read-secrets": found["secrets"],
        "galley-status": found["status"],
        "galley-webhook": found["webhook"],
    }
    return [
        *(one for name, wanted in cluster.items() for one in _bound("ClusterRole", name, wanted)),
        *_bound("Role", _LEASE, found["lease"]),
    ]


def files() -> dict[Path, str]:
    """Return the text of each file."""
    made = yaml.safe_dump_all(roles(), sort_keys=False, explicit_start=True, width=120)
    return {
        RULES: _HEAD + yaml.safe_dump(rules(), sort_keys=False, width=120),
        ROLES: _HEAD + made,
        CHART_VALIDATION: _HEAD + _validation("namespace/name"),
        VALIDATION: _HEAD + _validation(f"{NAMESPACE}/galley"),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or compare them."""
    if "--check" in arguments:
        return 0 if all(path.read_text(encoding="utf-8") == text for path, text in files().items()) else 1
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
    return 0


def _reading(watched: Iterable[Watched]) -> list[dict[str, Any]]:
    return [_rule(group, plurals, ["list", "watch"]) for group, plurals in _by_group(watched)]


def _by_group(watched: Iterable[Watched]) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for item in watched:
        groups.setdefault(item.kind.group, []).append(item.kind.plural)
    return [(group, sorted(groups[group])) for group in sorted(groups)]


def _webhook() -> list[dict[str, Any]]:
    """Its own registration, and the object that proves it, which is asked for without being stored."""
    group = "admissionregistration.k8s.io"
    kind = "validatingwebhookconfigurations"
    return [
        _rule(group, [kind], ["create"]),
        {**_rule(group, [kind], ["get", "patch", "delete"]), "resourceNames": [_WEBHOOK]},
        _rule("networking.istio.io", ["gateways"], ["create"]),
    ]


def _validation(service: str) -> str:
    """Shipped with the rest, so that it goes with the rest; the server says whom to trust, and how strict to be."""
    excluded = WebhookSettings().excluded_namespaces
    found = configuration(_WEBHOOK, Target(service=service), DEFAULT_REGISTRY, excluded)
    return str(yaml.safe_dump(found, sort_keys=False, width=120))


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _bound(kind: str, name: str, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    metadata: dict[str, Any] = {"name": name, "labels": {"app.kubernetes.io/name": "galley"}}
    if kind == "Role":
        metadata = {**metadata, "namespace": NAMESPACE}
    version = "rbac.authorization.k8s.io/v1"
    return [
        {"apiVersion": version, "kind": kind, "metadata": metadata, "rules": wanted},
        {
            "apiVersion": version,
            "kind": f"{kind}Binding",
            "metadata": dict(metadata),
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": "galley", "namespace": NAMESPACE}],
        },
    ]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
