"""DestinationRules: their host is known, and TLS they start verifies who answers. IST0174, IST0128, IST0129. Pure.

Source: istio pkg/config/analysis/analyzers/destinationrule/ca-certificates.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.hosts import Asked, full_name, known_host, near_hosts
from pipeline.stages.analyze.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.destination_rule import DestinationRule
    from schemas.types.client_tls import ClientTLSSettings

_VERIFIES = ("SIMPLE", "MUTUAL")


def destination_rule_problems(view: View, key: Key, spec: DestinationRule) -> Iterator[Problem]:
    """Give what is wrong with a DestinationRule."""
    asked = Asked(key.namespace, full_name(spec.host, key.namespace))
    if not asked.host.startswith("*") and view.derive(known_host, asked) is None:
        near = view.derive(near_hosts, asked)
        hint = f"did you mean {near}?" if near else "a ServiceEntry or a Service must declare it"
        yield Problem("IST0174", "spec.host", f"the host {spec.host} is not known, so the rule has no effect", hint)
    policy = spec.traffic_policy
    if policy is None:
        return
    if _unverified(policy.tls):
        yield _problem("IST0128", "spec.trafficPolicy.tls", spec.host)
    for number, port in enumerate(policy.port_level_settings):
        if _unverified(port.tls):
            yield _problem("IST0129", f"spec.trafficPolicy.portLevelSettings[{number}].tls", spec.host)


def _unverified(tls: ClientTLSSettings | None) -> bool:
    return tls is not None and tls.mode in _VERIFIES and not tls.ca_certificates and not tls.credential_name


def _problem(code: str, path: str, host: str) -> Problem:
    text = f"TLS to {host} does not verify the server's certificate"
    return Problem(code, path, text, "set caCertificates to the file with the CA of the server")
