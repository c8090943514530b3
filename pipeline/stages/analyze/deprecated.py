"""Fields that Istio has deprecated. IST0002. Pure.

Source: istio pkg/config/analysis/analyzers/deprecation/deprecation.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.sidecar import Sidecar
    from schemas.kinds.virtual_service import VirtualService


def deprecated_in_virtual_service(_view: View, _key: Key, spec: VirtualService) -> Iterator[Problem]:
    """Give the deprecated fields of a VirtualService."""
    for number, http in enumerate(spec.http):
        if http.fault is not None and http.fault.delay is not None and http.fault.delay.percent:
            text = "Deprecated: fault.delay.percent is replaced by fault.delay.percentage"
            path = f"spec.http[{number}].fault.delay.percent"
            yield Problem("IST0002", path, text, "write percentage: {value: ...}")


def deprecated_in_sidecar(_view: View, _key: Key, spec: Sidecar) -> Iterator[Problem]:
    """Give the deprecated fields of a Sidecar."""
    policy = spec.outbound_traffic_policy
    if policy is not None and policy.egress_proxy is not None:
        path = "spec.outboundTrafficPolicy.egressProxy"
        yield Problem("IST0002", path, "Deprecated: outboundTrafficPolicy.egressProxy is ignored", "remove it")
