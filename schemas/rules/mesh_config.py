"""Rules of MeshConfig. Pure. Source: Istio's `ValidateMeshConfig`.

Istio checks the configuration after its defaults are merged in; here only what is written is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.fault import Fault, invalid, warned
from schemas.kinds.mesh_config import MeshConfig, TLSConfig
from schemas.rules.export_to import check_export_to
from schemas.rules.extension_provider import check_extension_providers
from schemas.rules.fetched_url import check_fetched_url, split_url
from schemas.rules.http_retry import check_retry
from schemas.rules.locality import check_locality
from schemas.rules.names import is_dns_label, wildcard_domain_problem
from schemas.rules.ports import port_problem
from schemas.rules.proxy_config import check_proxy_config

ECDH_CURVES = ("P-224", "P-256", "P-384", "P-521", "X25519", "X25519MLKEM768", "CECPQ2")
"""The curves that Envoy's TLS library knows."""

_MILLISECOND = timedelta(milliseconds=1)
_HOUR = timedelta(hours=1)
_EXPORTS = ("default_service_export_to", "default_virtual_service_export_to", "default_destination_rule_export_to")
_EXPORT_NAMES = ("defaultServiceExportTo", "defaultVirtualServiceExportTo", "defaultDestinationRuleExportTo")


def check_mesh_config(mesh: MeshConfig, path: str, namespace: str) -> Iterator[Fault]:
    """Ports, times, trust domains, namespaces and providers that can work."""
    dot = f"{path}." if path else ""
    yield from _check_ports(mesh, dot)
    yield from _check_times(mesh, dot)
    if mesh.default_config is not None:
        yield from check_proxy_config(mesh.default_config, f"{dot}defaultConfig")
    yield from check_locality(mesh.locality_lb_setting, f"{dot}localityLbSetting", detects_outliers=True)
    for index, settings in enumerate(mesh.service_settings):
        for position, host in enumerate(settings.hosts):
            if problem := wildcard_domain_problem(host):
                yield invalid(f"{dot}serviceSettings[{index}].hosts[{position}]", problem)
    yield from _check_trust(mesh, dot)
    for field, name in zip(_EXPORTS, _EXPORT_NAMES, strict=True):
        yield from check_export_to(getattr(mesh, field) or (), f"{dot}{name}", namespace, nobody=True)
    yield from check_retry(mesh.default_http_retry_policy, f"{dot}defaultHttpRetryPolicy")
    yield from check_extension_providers(mesh.extension_providers, f"{dot}extensionProviders")
    if mesh.mesh_mtls is not None and mesh.mesh_mtls.ecdh_curves:
        yield invalid(f"{dot}meshMTLS.ecdhCurves", "curves cannot be set for the mesh's own TLS", "use `tlsDefaults`")
    if mesh.tls_defaults is not None:
        yield from _check_curves(mesh.tls_defaults, f"{dot}tlsDefaults.ecdhCurves")


def _check_ports(mesh: MeshConfig, dot: str) -> Iterator[Fault]:
    for name, port in (
        ("proxyListenPort", mesh.proxy_listen_port),
        ("proxyInboundListenPort", mesh.proxy_inbound_listen_port),
    ):
        if port is not None and (problem := port_problem(port)):
            yield invalid(f"{dot}{name}", problem)
    if mesh.proxy_http_port and (problem := port_problem(mesh.proxy_http_port)):
        yield invalid(f"{dot}proxyHttpPort", problem)
    if mesh.proxy_listen_port is not None and mesh.proxy_listen_port == mesh.proxy_inbound_listen_port:
        yield invalid(f"{dot}proxyInboundListenPort", "inbound and outbound traffic need ports of their own")


def _check_times(mesh: MeshConfig, dot: str) -> Iterator[Fault]:
    timeout = mesh.connect_timeout
    if timeout is not None and not _MILLISECOND <= timeout <= _HOUR:
        yield invalid(f"{dot}connectTimeout", "a duration between 1ms and 1h is expected")
    for name, time in (
        ("protocolDetectionTimeout", mesh.protocol_detection_timeout),
        ("dnsRefreshRate", mesh.dns_refresh_rate),
        ("connectTimeout", timeout),
    ):
        if time is not None and (time < timedelta() or time % _MILLISECOND):
            yield invalid(f"{dot}{name}", "a duration of whole milliseconds, not a negative one, is expected")


def _check_trust(mesh: MeshConfig, dot: str) -> Iterator[Fault]:
    if mesh.trust_domain is not None and (problem := _trust_domain_problem(mesh.trust_domain)):
        yield invalid(f"{dot}trustDomain", problem)
    for index, alias in enumerate(mesh.trust_domain_aliases):
        if problem := _trust_domain_problem(alias):
            yield invalid(f"{dot}trustDomainAliases[{index}]", problem)
    for index, certificate in enumerate(mesh.ca_certificates):
        parts = split_url(certificate.spiffe_bundle_url or "")
        if parts is not None:
            yield from check_fetched_url(parts.hostname or "", f"{dot}caCertificates[{index}].spiffeBundleUrl")
    if mesh.root_namespace and not is_dns_label(mesh.root_namespace):
        yield invalid(f"{dot}rootNamespace", f"`{mesh.root_namespace[:80]}` is not the name of a namespace")


def _trust_domain_problem(domain: str) -> str:
    if not domain:
        return "a trust domain must not be empty"
    labels = domain.removesuffix(".").split(".")
    return "" if all(map(is_dns_label, labels)) else f"`{domain[:80]}` is not a trust domain such as cluster.local"


def _check_curves(tls: TLSConfig, path: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, curve in enumerate(tls.ecdh_curves):
        if curve not in ECDH_CURVES:
            yield warned(
                f"{path}[{index}]", f"the curve `{curve[:40]}` is not known", "known: " + ", ".join(ECDH_CURVES)
            )
        elif curve in seen:
            yield warned(f"{path}[{index}]", f"the curve `{curve}` is there twice")
        seen.add(curve)
