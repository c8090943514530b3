"""Routes by claims of a token, at gateways where nobody verifies tokens. IST0149. Pure.

Source: istio pkg/config/analysis/analyzers/virtualservice/jwtclaimroute.go. Said only where Pods are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.key import Key
from pipeline.stages.analyze.bound_gateways import MESH, gateway_key
from pipeline.stages.analyze.few import few, in_words
from pipeline.stages.analyze.policies import root_namespace
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.selecting import selector_of
from pipeline.stages.analyze.workloads import ANYWHERE, labels_of, selected, selector
from pipeline.stages.typed import typed_as
from schemas.kinds.gateway import Gateway
from schemas.path import join
from schemas.rules.headers import is_claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from schemas.kinds.virtual_service import VirtualService


def claim_route_problems(view: View, key: Key, spec: VirtualService) -> Iterator[Problem]:
    """Give the gateways of a VirtualService at which the claims that it routes by are never known."""
    found = _first_claim(spec)
    if found is None:
        return
    path, name = found
    for written in spec.gateways:
        if written == MESH:
            continue
        gateway = typed_as(view, gateway_key(written, key.namespace), Gateway)
        pods = view.derive(selected, selector(ANYWHERE, gateway.selector)) if gateway is not None else ()
        bare = few(pod for pod in pods if pod.kind == "Pod" and not view.derive(is_authenticated, pod))
        if bare:
            who = in_words([*map(str, bare)])
            text = f"The route is by {name}, but no RequestAuthentication verifies tokens at {who} (gateway {written})"
            hint = f"add a RequestAuthentication in {bare[0].namespace} that selects the proxies of the gateway"
            yield Problem("IST0149", path, text, hint, bare, "a proxy of the gateway")


def is_authenticated(view: View, workload: Key) -> bool:
    """Tell whether a RequestAuthentication is for the workload (a rule)."""
    labels = frozenset(view.derive(labels_of, workload))
    spaces = dict.fromkeys((view.derive(root_namespace, None), workload.namespace))
    policies = (key for space in spaces for key in view.lookup(namespace_of, "RequestAuthentication", space))
    return any(view.derive(selector_of, key) <= labels for key in policies)


def namespace_of(view: View, key: Key) -> tuple[str, ...]:
    """Return the namespace of an object (an index's rule)."""
    return (key.namespace,) if view.get(key) is not None else ()


def _first_claim(spec: VirtualService) -> tuple[str, str] | None:
    for number, http in enumerate(spec.http):
        for index, match in enumerate(http.match):
            for field, headers in (("headers", match.headers), ("withoutHeaders", match.without_headers)):
                for name in headers:
                    if is_claim(name):
                        return join(f"spec.http[{number}].match[{index}].{field}", name), name
    return None
