"""`GatewayApi`: what is to be said in the statuses of the Gateway API's objects of ours, and when it may have changed.

Theory of operation. Their verdicts are rules of the published graph, which depend on other objects too: a Gateway's on
the routes that are attached, a route's on its Gateways and services; so whoever looks at an object observes its
verdict. Objects of other controllers have no verdict here, and nothing is written to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import ValidationError

from galley.app.kubernetes_status.gateway_api_conditions import (
    class_status,
    gateway_status,
    narrowed,
    parent_conditions,
    route_status,
)
from galley.app.kubernetes_status.observed import Observed
from pipeline.model.change import Upserted
from pipeline.stages.gateway_class import API_GATEWAY, CONTROLLER, is_own_class
from proxy.registry.gateway_api import HTTP_ROUTE
from proxy.registry.gateway_api_gateway_verdict import gateway_verdict
from proxy.registry.gateway_api_route_verdict import is_own_parent, route_verdict
from proxy.registry.gateway_api_verdict import GOOD
from schemas.types.gateway_api_reference import ParentReference

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from galley.app.fleet.fleet import Fleet
    from galley.app.kubernetes_status.conditions import Condition
    from galley.app.kubernetes_status.fate import Fate
    from galley.sources.kubernetes.source import Subject
    from pipeline.derive import Graph
    from pipeline.model.key import Key
    from proxy.registry.gateway_api_route_verdict import RouteVerdict
    from proxy.registry.gateways import GatewayProxy

_CLASS: Final = "GatewayClass"
_RULES: Final[Mapping[str, Any]] = {API_GATEWAY: gateway_verdict, HTTP_ROUTE: route_verdict}
_REFERENCE: Final = ("group", "kind", "namespace", "name", "sectionName", "port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An object's fate on the proxies that serve it, and the fields to write over its status (None: it says so)."""

    fate: Fate
    status: Callable[[str], dict[str, Any] | None]
    is_final: bool


class GatewayApi:
    """Judges the objects of one cluster."""

    def __init__(self, graph: Graph, fleet: Fleet, look_again: Callable[[Collection[str]], None]) -> None:
        """Ask the graph; `look_again` is told of the places whose verdicts changed."""
        self._graph = graph
        self._fleet = fleet
        self._verdicts = Observed(graph, look_again)
        self._nodes: dict[frozenset[GatewayProxy], frozenset[str]] = {}

    def settled(self, changed: Iterable[tuple[Any, Any]]) -> None:
        """Take note that observed results of the graph changed."""
        self._verdicts.settled(changed)

    def begin(self) -> None:
        """Forget which proxies are connected: a round of looking begins."""
        self._nodes = {}

    def forget(self, place: str) -> None:
        """Take note that an object is gone."""
        self._verdicts.forget(place)

    def judge(self, place: str, subject: Subject, fate: Fate) -> Judged | None:
        """Return what is to be said of an object; None for other kinds, whose statuses have another shape."""
        generation, status = subject.live.generation, subject.live.status
        if subject.key.kind != _CLASS and subject.key.kind not in _RULES:
            return None
        if not isinstance(subject.said, Upserted):
            return _judged(fate, _nothing, ours=False)
        spec = orjson.loads(subject.said.resource.spec)
        if subject.key.kind == _CLASS:
            ours = spec.get("controllerName") == CONTROLLER
            return _judged(fate, lambda now: class_status(fate, generation, status, now), ours=ours, final=True)
        verdict = self._verdicts.ask(place, _RULES[subject.key.kind], subject.key)
        if subject.key.kind == HTTP_ROUTE:
            fate = narrowed(fate, self._connected(verdict.proxies if verdict is not None else ()))
            wanted = self._parents(subject.key, spec, fate, verdict)
            return _judged(fate, lambda now: route_status(wanted, generation, status, now), final=not wanted)
        proxies = [verdict.proxies] if verdict is not None and verdict.proxies is not None else []
        fate = narrowed(fate, self._connected(proxies))
        ours = verdict is not None if not fate.errors else self._graph.derive(is_own_class, _class_of(spec))
        said = verdict if not fate.errors else None
        return _judged(fate, lambda now: gateway_status(fate, said, generation, status, now), ours=ours)

    def _parents(
        self, key: Key, spec: Mapping[str, Any], fate: Fate, verdict: RouteVerdict | None
    ) -> Sequence[tuple[Mapping[str, Any], Sequence[Condition]]]:
        """Return the parents of ours, with what is said of them; of what is not accepted, those that it names now."""
        if fate.errors:
            own = [ref for ref in _references(spec) if is_own_parent(self._graph, key.namespace, ref)]
            return [(_written(ref), parent_conditions(fate, GOOD, GOOD, GOOD)) for ref in own]
        if verdict is None:
            return []
        return [
            (_written(one.ref), parent_conditions(fate, one.accepted, verdict.resolved, verdict.partly))
            for one in verdict.parents
        ]

    def _connected(self, proxies: Iterable[GatewayProxy]) -> frozenset[str]:
        """Return the ids of the connected proxies that serve what these serve."""
        wanted = frozenset(proxies)
        if wanted not in self._nodes:
            self._nodes[wanted] = self._fleet.which(lambda *node: _serves(node, wanted)) if wanted else frozenset()
        return self._nodes[wanted]


def _serves(node: tuple[str, Collection[tuple[str, str]]], wanted: Iterable[GatewayProxy]) -> bool:
    """Tell whether a proxy of this namespace with these labels serves what one of these serves."""
    namespace, labels = node
    return any(one.namespace == namespace and set(one.labels) <= set(labels) for one in wanted)


def _judged(
    fate: Fate, status: Callable[[str], dict[str, Any] | None], *, ours: bool = True, final: bool = False
) -> Judged:
    return Judged(fate=fate, status=status if ours else _nothing, is_final=final or not ours or fate.is_final)


def _nothing(_: str) -> None:
    """Say nothing: the object is another controller's."""


def _class_of(spec: Mapping[str, Any]) -> str:
    return str(spec.get("gatewayClassName") or "")


def _references(spec: Mapping[str, Any]) -> list[ParentReference]:
    """Return the parents that are named as they may be; the rest of the object may be wrong."""
    refs = spec.get("parentRefs")
    found: list[ParentReference] = []
    for ref in refs if isinstance(refs, list) else ():
        try:
            found.append(ParentReference.model_validate(ref))
        except ValidationError:
            continue
    return found


def _written(ref: ParentReference) -> dict[str, Any]:
    """Return a reference as a status has it: as it is written, with the defaults of the CRD."""
    found = ref.model_dump(by_alias=True, exclude_none=True)
    return {name: found[name] for name in _REFERENCE if name in found}
