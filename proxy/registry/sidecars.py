"""Which Sidecar applies to a workload, and so its vantage. Pure rules.

A Sidecar that selects the workload comes first, then one of the namespace without a selector, then one of the root
namespace without a selector; the oldest where there are several. Gateways have none.
Source: istio pilot/pkg/model/push_context.go (getSidecarScope), sidecar.go.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.mesh import root_namespace
from proxy.registry.rule_heads import selecting_rules
from proxy.registry.service import Labels
from proxy.registry.services import in_namespace
from proxy.registry.vantage import Vantage
from proxy.typed import typed_as
from schemas.kinds.sidecar import Sidecar

SIDECAR: Final = "Sidecar"


class Client(NamedTuple):
    """A workload, as far as configuration selects it."""

    namespace: str
    labels: Labels = ()
    router: bool = False


class _Head(NamedTuple):
    """What orders and selects a Sidecar; `selector` None selects the whole namespace."""

    created: str
    key: Key
    selector: frozenset[tuple[str, str]] | None


def vantage_for(view: View, client: Client) -> Vantage:
    """What the workload sees the mesh from (a rule)."""
    rules = view.derive(selecting_rules, (client.namespace, client.labels))
    sidecar = None if client.router else _sidecar(view, client)
    return Vantage(client.namespace, sidecar, rules)


def sidecar_heads(view: View, namespace: str) -> tuple[_Head, ...]:
    """The Sidecars of a namespace, the oldest first (a rule)."""
    found = [view.derive(_head, key) for key in view.lookup(in_namespace, SIDECAR, namespace)]
    return tuple(sorted((head for head in found if head is not None), key=lambda head: head[:2]))


def _head(view: View, key: Key) -> _Head | None:
    resource = view.get(key)
    spec = typed_as(view, key, Sidecar)
    if resource is None or spec is None:
        return None
    labels = spec.workload_selector.labels if spec.workload_selector is not None else {}
    return _Head(resource.created, key, frozenset(labels.items()) if labels else None)


def _sidecar(view: View, client: Client) -> Key | None:
    heads = view.derive(sidecar_heads, client.namespace)
    labels = frozenset(client.labels)
    selected = (head.key for head in heads if head.selector is not None and head.selector <= labels)
    root = view.derive(root_namespace, None)
    shared = view.derive(sidecar_heads, root) if root != client.namespace else ()
    general = (head.key for head in (*heads, *shared) if head.selector is None)
    return next(selected, None) or next(general, None)
