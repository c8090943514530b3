"""The networks of the mesh, and how an endpoint is reached from another network. Pure rules.

Workloads of one network reach each other directly; those of another network that has gateways are reached through
these, by the server name of Istio's mutual TLS, so endpoints that do not take it cannot be reached at all. An endpoint
without a network, a client without one, and a network without gateways are reached directly. An endpoint's network is
what it says itself, else that whose address range (`fromCidr`) has its address. Gateways count by their addresses;
those that are names (`registryServiceName` too) cannot be endpoints.
Source: istio pilot/pkg/xds/endpoints/ep_filters.go (EndpointsByNetworkFilter).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from math import lcm
from typing import NamedTuple

from pipeline.derive import View
from pipeline.stages.mesh_document import mesh_document
from proxy.naming import is_ip
from proxy.registry.service import Endpoint, Locality
from schemas.kinds.mesh_networks import MeshNetworks, Network


class NetworkGateway(NamedTuple):
    """Where other networks come in."""

    address: str
    port: int


class Networks(NamedTuple):
    """The gateways of each network that has some, and the address ranges that say which network an address is in."""

    gateways: tuple[tuple[str, tuple[NetworkGateway, ...]], ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()


def networks(view: View, _: None) -> Networks:
    """The networks of the mesh (a rule)."""
    found = sorted(mesh_document(view, MeshNetworks).networks.items())
    gateways = ((name, _gateways(network)) for name, network in found)
    ranges = tuple(
        (item.from_cidr, name) for name, network in found for item in network.endpoints if item.from_cidr is not None
    )
    return Networks(tuple((name, known) for name, known in gateways if known), ranges)


def _gateways(network: Network) -> tuple[NetworkGateway, ...]:
    return tuple(
        sorted(
            {
                NetworkGateway(gateway.address, gateway.port)
                for gateway in network.gateways
                if gateway.address is not None and is_ip(gateway.address)
            }
        )
    )


def across(endpoints: Iterable[Endpoint], known: Networks, own: str, *, mutual: bool) -> list[Endpoint]:
    """The endpoints as a client in the network `own` reaches them; `mutual`: its cluster speaks Istio's mutual TLS.

    Those behind gateways are replaced by the gateways, a locality each, which share their weight evenly.
    """
    gateways = dict(known.gateways)
    direct: list[Endpoint] = []
    behind: dict[tuple[str, Locality], int] = {}
    for endpoint in endpoints:
        there = endpoint.network or _network_at(endpoint.address, known.ranges)
        if there in ("", own) or there not in gateways:
            direct.append(endpoint)
        elif mutual and endpoint.tls_mode == "istio":
            place = (there, endpoint.locality)
            behind[place] = behind.get(place, 0) + (endpoint.weight or 1)
    if not behind:
        return direct
    scale = lcm(*(len(gateways[there]) for there, _ in behind))
    scaled = [replace(endpoint, weight=(endpoint.weight or 1) * scale) for endpoint in direct]
    return scaled + [
        Endpoint(
            address=gateway.address,
            port=gateway.port,
            locality=locality,
            network=there,
            weight=weight * scale // len(gateways[there]),
            tls_mode="istio",
        )
        for (there, locality), weight in behind.items()
        for gateway in gateways[there]
    ]


def _network_at(address: str, ranges: tuple[tuple[str, str], ...]) -> str:
    """The network with the narrowest range that an address is in; empty for none."""
    if not ranges or not is_ip(address):
        return ""
    place = ip_address(address)
    found = [(_range(text).prefixlen, name) for text, name in ranges if place in _range(text)]
    return max(found)[1] if found else ""


@lru_cache(maxsize=1024)
def _range(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)
