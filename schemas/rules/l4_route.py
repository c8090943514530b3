"""Rules of TLS and TCP routes. Pure. Source: Istio's `validateTLSRoute` and `validateTCPRoute`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid, warned
from schemas.hostname import covers
from schemas.kinds.virtual_service import (
    L4MatchAttributes,
    RouteDestination,
    TCPRoute,
    TLSMatchAttributes,
    TLSRoute,
)
from schemas.rules.addresses import is_ip, subnet_problem
from schemas.rules.destination import check_destination, check_weights
from schemas.rules.gateway_names import check_gateway_names
from schemas.rules.labels import check_labels
from schemas.rules.names import dns_label_problem, gateway_domain_problem, wildcard_domain_problem
from schemas.rules.ports import port_problem


def check_tls_route(route: TLSRoute, path: str, hosts: Sequence[str], *, at_gateway: bool) -> Iterator[Fault]:
    """At least one match, each by server names that fall under the hosts, and destinations."""
    if not route.match:
        yield invalid(f"{path}.match", "a TLS route needs at least one match", "add `match: [{sniHosts: [...]}]`")
    for index, match in enumerate(route.match):
        where = f"{path}.match[{index}]"
        if not match.sni_hosts:
            yield invalid(f"{where}.sniHosts", "a TLS match needs at least one server name")
        for position, name in enumerate(match.sni_hosts):
            yield from _check_sni(name, f"{where}.sniHosts[{position}]", hosts, at_gateway=at_gateway)
        yield from _check_match(match, where)
    yield from _check_targets(route.route, f"{path}.route", "TLS")


def check_tcp_route(route: TCPRoute, path: str) -> Iterator[Fault]:
    """Matches by addresses and ports, and destinations."""
    for index, match in enumerate(route.match):
        yield from _check_match(match, f"{path}.match[{index}]")
        if match.source_subnet and (problem := subnet_problem(match.source_subnet)):
            yield invalid(f"{path}.match[{index}].sourceSubnet", problem)
    yield from _check_targets(route.route, f"{path}.route", "TCP")


def _check_sni(name: str, path: str, hosts: Sequence[str], *, at_gateway: bool) -> Iterator[Fault]:
    problem = gateway_domain_problem(name, sni=True) if at_gateway else wildcard_domain_problem(name)
    if problem and is_ip(name):
        yield warned(path, f"`{name}` is an address: most clients send only names as the server name")
    elif problem:
        yield invalid(path, problem)
    elif not any(covers(host, name) for host in hosts):
        listed = ", ".join(host[:60] for host in hosts[:5]) or "none"
        yield invalid(path, f"`{name[:80]}` falls under none of the hosts ({listed})", "add it to `hosts`")


def _check_match(match: TLSMatchAttributes | L4MatchAttributes, path: str) -> Iterator[Fault]:
    for index, subnet in enumerate(match.destination_subnets):
        if problem := subnet_problem(subnet):
            yield invalid(f"{path}.destinationSubnets[{index}]", problem)
    if match.port and (problem := port_problem(match.port)):
        yield invalid(f"{path}.port", problem)
    yield from check_labels(match.source_labels, f"{path}.sourceLabels")
    yield from check_gateway_names(match.gateways, f"{path}.gateways")
    if match.source_namespace and (problem := dns_label_problem(match.source_namespace, "namespace")):
        yield invalid(f"{path}.sourceNamespace", problem)


def _check_targets(targets: Sequence[RouteDestination], path: str, protocol: str) -> Iterator[Fault]:
    if not targets:
        yield invalid(path, f"a {protocol} route needs at least one destination")
    for index, target in enumerate(targets):
        yield from check_destination(target.destination, f"{path}[{index}].destination")
    yield from check_weights([target.weight for target in targets], path)
