"""Rules of MeshNetworks. Pure. Source: Istio's `ValidateMeshNetworks`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.mesh_networks import IstioNetworkGateway, MeshNetworks, NetworkEndpoints
from schemas.path import join
from schemas.rules.addresses import is_ip, subnet_problem
from schemas.rules.names import dns_label_problem, fqdn_problem
from schemas.rules.ports import port_problem


def check_mesh_networks(networks: MeshNetworks, path: str, namespace: str) -> Iterator[Fault]:
    """Each endpoint range and each gateway of each network."""
    del namespace
    for name, network in networks.networks.items():
        where = join(path, "networks", name)
        for index, endpoints in enumerate(network.endpoints):
            yield from _check_endpoints(endpoints, f"{where}.endpoints[{index}]")
        for index, gateway in enumerate(network.gateways):
            yield from _check_gateway(gateway, f"{where}.gateways[{index}]")


def _check_endpoints(endpoints: NetworkEndpoints, path: str) -> Iterator[Fault]:
    if endpoints.from_cidr is not None and (problem := subnet_problem(endpoints.from_cidr)):
        yield invalid(f"{path}.fromCidr", problem)
    if endpoints.from_registry is not None and (problem := dns_label_problem(endpoints.from_registry, "registry")):
        yield invalid(f"{path}.fromRegistry", problem)


def _check_gateway(gateway: IstioNetworkGateway, path: str) -> Iterator[Fault]:
    if gateway.registry_service_name is not None and (problem := fqdn_problem(gateway.registry_service_name)):
        yield invalid(f"{path}.registryServiceName", problem)
    if gateway.address is not None and not is_ip(gateway.address) and fqdn_problem(gateway.address):
        yield invalid(f"{path}.address", f"`{gateway.address[:80]}` is neither an IP address nor a DNS name")
    if problem := port_problem(gateway.port):
        yield invalid(f"{path}.port", problem)
