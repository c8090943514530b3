"""Names of Envoy resources, and of hosts in configuration, as Istio has them. Pure.

Source: istio pilot/pkg/model/service.go (BuildSubsetKey, BuildInboundSubsetKey, BuildDNSSrvSubsetKey) and
pilot/pkg/model/config.go (ResolveShortnameToFQDN).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

PASSTHROUGH_CLUSTER: Final = "PassthroughCluster"
BLACKHOLE_CLUSTER: Final = "BlackHoleCluster"
INBOUND_PASSTHROUGH_CLUSTER: Final = "InboundPassthroughCluster"
VIRTUAL_OUTBOUND: Final = "virtualOutbound"
VIRTUAL_INBOUND: Final = "virtualInbound"
CLUSTER_DOMAIN: Final = "cluster.local"


def outbound_cluster(port: int, subset: str, host: str) -> str:
    """The cluster of a service's port and subset (empty: the service as a whole): `outbound|80|v1|host`."""
    return f"outbound|{port}|{subset}|{host}"


def inbound_cluster(target_port: int) -> str:
    """The cluster of a port of the workload itself: `inbound|8080||`."""
    return f"inbound|{target_port}||"


def sni_cluster(port: int, subset: str, host: str) -> str:
    """The server name of Istio's mutual TLS, and the cluster behind AUTO_PASSTHROUGH: `outbound_.80_.v1_.host`."""
    return f"outbound_.{port}_.{subset}_.{host}"


def listener(bind: str, port: int) -> str:
    """The name of a listener: `0.0.0.0_80`; a Unix domain socket is its own name."""
    return bind if bind.startswith(("/", "@", "unix:")) else f"{bind}_{port}"


def is_ip(host: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    if not host or not (host[0].isdigit() or ":" in host):
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def resolve_host(host: str, namespace: str, domain: str = CLUSTER_DOMAIN) -> str:
    """The full name of a host as written in an object of that namespace; lower case.

    A name without a dot is a service of the namespace; a dotted name, `*`, and addresses stand for themselves.
    """
    host = host.lower()
    if not host or "." in host or host[0] == "*" or is_ip(host):
        return host
    return f"{host}.{namespace}.svc.{domain}"
