"""Rules of Sidecar. Pure. Source: Istio's `ValidateSidecar`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.sidecar import OutboundTrafficPolicy, Sidecar
from schemas.rules.connection_pool import check_connection_pool
from schemas.rules.destination import check_destination
from schemas.rules.labels import check_selector
from schemas.rules.names import fqdn_problem
from schemas.rules.sidecar_listener import check_egress_listeners, check_ingress_listeners


def check_sidecar(sidecar: Sidecar, path: str, namespace: str) -> Iterator[Fault]:
    """Something is configured, and each listener can be."""
    if sidecar.workload_selector is not None:
        yield from check_selector(
            sidecar.workload_selector.labels,
            f"{path}.workloadSelector",
            scope=": it applies to every workload of the namespace",
        )
    if not (sidecar.egress or sidecar.ingress or sidecar.outbound_traffic_policy or sidecar.inbound_connection_pool):
        yield invalid(path, "the Sidecar configures nothing", "add `egress`, `ingress` or `outboundTrafficPolicy`")
    yield from check_ingress_listeners(sidecar.ingress, f"{path}.ingress")
    yield from check_connection_pool(sidecar.inbound_connection_pool, f"{path}.inboundConnectionPool")
    yield from check_egress_listeners(sidecar.egress, f"{path}.egress", namespace)
    if sidecar.outbound_traffic_policy is not None:
        yield from _check_outbound(sidecar.outbound_traffic_policy, f"{path}.outboundTrafficPolicy")


def _check_outbound(policy: OutboundTrafficPolicy, path: str) -> Iterator[Fault]:
    proxy = policy.egress_proxy
    if proxy is None:
        return
    where = f"{path}.egressProxy"
    if policy.mode != "ALLOW_ANY":
        yield invalid(where, f"an egress proxy needs mode ALLOW_ANY, got {policy.mode}")
        return
    if problem := fqdn_problem(proxy.host):
        yield invalid(f"{where}.host", problem)
    if proxy.port is None:
        yield invalid(f"{where}.port", "the egress proxy needs a port")
    yield from check_destination(proxy, where)
