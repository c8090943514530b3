"""Where a sidecar listens for the ports of one service. Pure rules, one small result a service.

HTTP is served on any address, for its routes tell hosts apart; everything else on the service's own addresses, so that
they do, and on each pod's address where a service has none of its own.
Source: istio pilot/pkg/networking/core/listener.go (buildSidecarOutboundListeners).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from pipeline.derive import View
from proxy.naming import is_ip
from proxy.registry.endpoints import endpoints_of
from proxy.registry.seen import service_seen
from proxy.registry.service import Port, PortKey, Protocol, Resolution, Service
from proxy.registry.vantage import VisibleHost

ANYWHERE: Final = "0.0.0.0"  # noqa: S104  every address that the workload asks for
LOOPBACK: Final = "127.0.0.1"
_BY_POD: Final = (Resolution.PASSTHROUGH, Resolution.NONE)


class ServiceBinds(NamedTuple):
    """A service as it is seen, and the one address where its listeners are (empty: as the service says)."""

    seen: VisibleHost
    bind: str = ""


class Bind(NamedTuple):
    """A port of a service on an address; `cidr` narrows a listener on any address to the service's own.

    `created` is the service's age, which decides where two want the same; `dynamic` says that its hosts are resolved
    when they are asked for.
    """

    created: str
    bind: str
    port: int
    protocol: Protocol
    cidr: str = ""
    dynamic: bool = False


def service_binds(view: View, key: ServiceBinds) -> tuple[Bind, ...]:
    """Where the ports of a service are listened for (a rule)."""
    service = service_seen(view, key.seen)
    if service is None or service.resolution is Resolution.ALIAS:
        return ()
    found = []
    dynamic = service.resolution is Resolution.DYNAMIC_DNS
    for port in service.ports:
        if port.protocol is not Protocol.UDP and not _is_opaque(service, port):
            for bind, cidr in _addresses(view, service, port, key.bind):
                found.append(Bind(service.created, bind, port.number, port.protocol, cidr, dynamic))
    return tuple(dict.fromkeys(found))


def _is_opaque(service: Service, port: Port) -> bool:
    """Whether nothing in a connection could say where it goes."""
    named = port.protocol.is_http or port.protocol.is_tls
    return service.resolution is Resolution.DYNAMIC_DNS and not named


def _addresses(view: View, service: Service, port: Port, fixed: str) -> Iterator[tuple[str, str]]:
    """The addresses of a port's listeners, each with the CIDR that it is narrowed to."""
    if fixed or port.protocol.is_http:
        yield fixed or ANYWHERE, ""
    elif service.addresses:
        yield from filter(None, map(_address, service.addresses))
    elif service.resolution in _BY_POD:
        yield from _pods(view, service, port)
    else:
        yield ANYWHERE, ""


def _pods(view: View, service: Service, port: Port) -> Iterator[tuple[str, str]]:
    """Each endpoint's address; any address for what has no endpoints and never will."""
    found = {
        endpoint.address
        for endpoint in view.derive(endpoints_of, PortKey(service.key, service.host, port.number))
        if is_ip(endpoint.address)
    }
    for address in sorted(found):
        yield str(ip_address(address)), ""
    if not found and not service.kubernetes and not service.selector:
        yield ANYWHERE, ""


def _address(text: str) -> tuple[str, str] | None:
    """An address of a service: itself, or a CIDR on any address; None for what is neither."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if network.num_addresses == 1:
        return str(network.network_address), ""
    return "::" if network.version == 6 else ANYWHERE, str(network)  # noqa: PLR2004  the protocol's number
