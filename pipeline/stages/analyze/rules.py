"""DestinationRules: their host is known, TLS that they start verifies who answers, their subsets have workloads. Pure.

IST0174, IST0128, IST0129, IST0173, IST0127. Source: istio pkg/config/analysis/analyzers/destinationrule/
{ca-certificates,subset}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.stages.analyze.hosts import Declared, asked_by, known_host
from pipeline.stages.analyze.near import near_host
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.workloads import Selector, any_known, selected, selector
from pipeline.stages.typed import typed_as
from schemas.kinds.kube_service import Service
from schemas.kinds.service_entry import ServiceEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.destination_rule import DestinationRule, Subset
    from schemas.types.client_tls import ClientTLSSettings

_VERIFIES: Final = ("SIMPLE", "MUTUAL")
_OF_THE_NODE: Final = ("topology.kubernetes.io/", "topology.istio.io/", "kubernetes.io/hostname")


class Members(NamedTuple):
    """Who a service's endpoints are: selected workloads, or those written in the object."""

    selector: Selector | None
    inline: tuple[frozenset[tuple[str, str]], ...]


def destination_rule_problems(view: View, key: Key, spec: DestinationRule) -> Iterator[Problem]:
    """Give what is wrong with a DestinationRule."""
    yield from _tls_problems(spec)
    asked = asked_by(key, spec.host, spec.export_to)
    if not asked.host.startswith("*"):
        known = view.derive(known_host, asked)
        if known is None:
            near = view.derive(near_host, asked.host)
            hint = f"did you mean {near}?" if near else "a ServiceEntry or a Service must declare it"
            yield Problem("IST0174", "spec.host", f"The host {spec.host} is not known: the rule has no effect", hint)
        else:
            for number, subset in enumerate(spec.subsets):
                yield from _subset_problems(view, known, number, subset)
    if spec.workload_selector is not None:
        yield from unmatched(view, key, spec.workload_selector.match_labels, "spec.workloadSelector")


def unmatched(view: View, key: Key, labels: dict[str, str], path: str) -> Iterator[Problem]:
    """Give the finding of a selector that selects no workload of the namespace, where some are known there."""
    wanted = selector(key.namespace, labels)
    if not labels or view.derive(selected, wanted):
        return
    if view.derive(any_known, key.namespace):
        text = f"No matching workloads for this resource with the following labels: {wanted}"
        yield Problem("IST0127", path, text, f"no known workload of {key.namespace} has these labels")


def members(view: View, key: Key) -> Members | None:
    """Return who the endpoints of a Service or ServiceEntry are; None where nobody says (a rule)."""
    if key.kind == "Service":
        service = typed_as(view, key, Service)
        chosen = service.selector if service is not None else {}
        return Members(selector(key.namespace, chosen), ()) if chosen else None
    entry = typed_as(view, key, ServiceEntry)
    if entry is None:
        return None
    if entry.workload_selector is not None and entry.workload_selector.labels:
        return Members(selector(key.namespace, entry.workload_selector.labels), ())
    inline = tuple(frozenset(endpoint.labels.items()) for endpoint in entry.endpoints)
    return Members(None, inline) if any(inline) else None


def _subset_problems(view: View, known: Declared, number: int, subset: Subset) -> Iterator[Problem]:
    labels = {name: value for name, value in subset.labels.items() if not name.startswith(_OF_THE_NODE)}
    who = view.derive(members, known.key) if labels else None
    if who is None:
        return
    if who.selector is not None:
        wanted = Selector(who.selector.namespace, tuple(sorted({**labels, **dict(who.selector.labels)}.items())))
        compatible = all(dict(wanted.labels)[name] == value for name, value in labels.items())
        if not view.derive(any_known, wanted.namespace) or (compatible and view.derive(selected, wanted)):
            return
    elif any(frozenset(labels.items()) <= one for one in who.inline):
        return
    text = f"The subset {subset.name} of {known.host} selects no workload"
    hint = "no known endpoint of the host has all of its labels"
    yield Problem("IST0173", f"spec.subsets[{number}].labels", text, hint, (known.key,), "the host is declared here")


def _tls_problems(spec: DestinationRule) -> Iterator[Problem]:
    policy, selective = spec.traffic_policy, spec.workload_selector is not None
    if policy is None:
        return
    if policy.tls is not None and _unverified(policy.tls, selective=selective):
        yield _unverified_problem("IST0128", "spec.trafficPolicy.tls", spec.host, policy.tls)
    for number, port in enumerate(policy.port_level_settings):
        if port.tls is not None and _unverified(port.tls, selective=selective):
            path = f"spec.trafficPolicy.portLevelSettings[{number}].tls"
            yield _unverified_problem("IST0129", path, spec.host, port.tls)


def _unverified(tls: ClientTLSSettings, *, selective: bool) -> bool:
    """Tell whether nobody is verified; sidecars fetch a `credentialName` only in a rule with a workloadSelector."""
    given = tls.ca_certificates or tls.insecure_skip_verify or (tls.credential_name and selective)
    return tls.mode in _VERIFIES and not given


def _unverified_problem(code: str, path: str, host: str, tls: ClientTLSSettings) -> Problem:
    text = f"TLS mode is {tls.mode}, but no caCertificates are set to validate the server's identity for host {host}"
    return Problem(code, path, text, "set caCertificates to the file with the CA of the server")
