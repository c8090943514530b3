"""Istio's annotations on Kubernetes objects: known, in their place, not deprecated. IST0107, IST0108, IST0135. Pure.

Source: istio pkg/config/analysis/analyzers/annotations/annotations.go and istio.io/api annotation/annotations.yaml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.model.path import format_path
from pipeline.stages.analyze.problem import Problem
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key

_POD = """inject.istio.io/templates prometheus.istio.io/merge-metrics proxy.istio.io/config proxy.istio.io/overrides
readiness.status.sidecar.istio.io/applicationPorts readiness.status.sidecar.istio.io/failureThreshold
readiness.status.sidecar.istio.io/initialDelaySeconds readiness.status.sidecar.istio.io/periodSeconds
sidecar.istio.io/agentLogLevel sidecar.istio.io/bootstrapOverride sidecar.istio.io/componentLogLevel
sidecar.istio.io/enableCoreDump sidecar.istio.io/extraStatTags sidecar.istio.io/interceptionMode
sidecar.istio.io/logLevel sidecar.istio.io/nativeSidecar sidecar.istio.io/proxyCPU sidecar.istio.io/proxyCPULimit
sidecar.istio.io/proxyImage sidecar.istio.io/proxyImageType sidecar.istio.io/proxyMemory
sidecar.istio.io/proxyMemoryLimit sidecar.istio.io/rewriteAppHTTPProbers sidecar.istio.io/statsCompression
sidecar.istio.io/statsEvictionInterval sidecar.istio.io/statsFlushInterval sidecar.istio.io/statsHistogramBuckets
sidecar.istio.io/status sidecar.istio.io/userVolume
sidecar.istio.io/userVolumeMount status.sidecar.istio.io/port traffic.sidecar.istio.io/excludeInboundPorts
traffic.sidecar.istio.io/excludeInterfaces traffic.sidecar.istio.io/excludeOutboundIPRanges
traffic.sidecar.istio.io/excludeOutboundPorts traffic.sidecar.istio.io/includeInboundPorts
traffic.sidecar.istio.io/includeOutboundIPRanges traffic.sidecar.istio.io/includeOutboundPorts
traffic.sidecar.istio.io/kubevirtInterfaces istio.io/reroute-virtual-interfaces ambient.istio.io/redirection
ambient.istio.io/bypass-inbound-capture ambient.istio.io/dns-capture sidecar.istio.io/inject
sidecar.istio.io/controlPlaneAuthPolicy sidecar.istio.io/discoveryAddress sidecar.istio.io/statsInclusionPrefixes
sidecar.istio.io/statsInclusionRegexps sidecar.istio.io/statsInclusionSuffixes alpha.istio.io/identity"""
_ANY = """galley.istio.io/analyze-suppress install.operator.istio.io/chart-owner
install.operator.istio.io/owner-generation install.operator.istio.io/version internal.istio.io/webhook-always-reject
istio.io/rev istio.io/for-service-account istio.io/dry-run"""
_ELSEWHERE = {
    "istio.io/autoRegistrationGroup": "WorkloadEntry",
    "istio.io/connectedAt": "WorkloadEntry",
    "istio.io/disconnectedAt": "WorkloadEntry",
    "istio.io/workloadController": "WorkloadEntry",
    "kubernetes.io/ingress.class": "Ingress",
    "gateway.istio.io/controller-version": "Gateway",
    "gateway.istio.io/name-override": "Gateway",
    "gateway.istio.io/service-account": "Gateway",
    "gateway.istio.io/tls-terminate-mode": "Gateway",
    "networking.istio.io/service-type": "Gateway",
    "networking.istio.io/address-type": "Gateway",
}
_PLACES: Final = {
    **dict.fromkeys(_POD.split(), ("Pod",)),
    **dict.fromkeys(_ANY.split(), ()),
    **{name: (kind,) for name, kind in _ELSEWHERE.items()},
    "networking.istio.io/exportTo": ("Service",),
    "networking.istio.io/traffic-distribution": ("Service", "Namespace", "ServiceEntry"),
    "ambient.istio.io/waypoint-inbound-binding": ("GatewayClass", "Gateway"),
    "alpha.istio.io/canonical-serviceaccounts": ("Service",),
    "alpha.istio.io/kubernetes-serviceaccounts": ("Service",),
}
_INJECT: Final = "sidecar.istio.io/inject"
_DEPRECATED: Final = {
    "alpha.istio.io/canonical-serviceaccounts": "",
    "alpha.istio.io/identity": "",
    "alpha.istio.io/kubernetes-serviceaccounts": "",
    "sidecar.istio.io/controlPlaneAuthPolicy": "",
    "sidecar.istio.io/discoveryAddress": "",
    "sidecar.istio.io/enableCoreDump": "",
    _INJECT: f"the label {_INJECT}",
    "sidecar.istio.io/statsCompression": "statsCompression in proxy.istio.io/config",
    "sidecar.istio.io/statsInclusionPrefixes": "proxyStatsMatcher in proxy.istio.io/config",
    "sidecar.istio.io/statsInclusionRegexps": "proxyStatsMatcher in proxy.istio.io/config",
    "sidecar.istio.io/statsInclusionSuffixes": "proxyStatsMatcher in proxy.istio.io/config",
    "traffic.sidecar.istio.io/kubevirtInterfaces": "istio.io/reroute-virtual-interfaces",
}


def annotation_problems(view: View, key: Key, _spec: object) -> Iterator[Problem]:
    """Give what is wrong with the annotations of a Namespace, Service or Pod."""
    resource = view.get(key)
    for name in resource.annotations if resource is not None else ():
        if not _is_istios(name):
            continue
        path = format_path(("metadata", "annotations", name))
        places = _PLACES.get(name)
        if places is None:
            hint = did_you_mean(name, _PLACES)
            yield Problem("IST0108", path, f"Unknown annotation: {name}", hint)
            continue
        if name in _DEPRECATED and not (resource and name == _INJECT and _INJECT in resource.labels):
            hint = f"use {_DEPRECATED[name]}" if _DEPRECATED[name] else "remove it"
            yield Problem("IST0135", path, f"Annotation {name} has been deprecated, and may stop working", hint)
        if places and key.kind not in places:
            text = f"Misplaced annotation: {name} can only be applied to {', '.join(places)}"
            yield Problem("IST0107", path, text, f"move it to the {places[0]}")


def _is_istios(name: str) -> bool:
    return name == "kubernetes.io/ingress.class" or name.partition("/")[0].endswith("istio.io")
