"""Rules of VirtualService. Pure. Source: Istio's `ValidateVirtualService`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.hostname import overlaps
from schemas.kinds.virtual_service import VirtualService
from schemas.path import join
from schemas.rules.addresses import is_ip
from schemas.rules.export_to import check_export_to
from schemas.rules.gateway_names import check_gateway_names
from schemas.rules.headers import is_claim
from schemas.rules.http_route import check_http_route
from schemas.rules.l4_route import check_tcp_route, check_tls_route
from schemas.rules.names import gateway_domain_problem, wildcard_domain_problem
from schemas.rules.unreachable import check_reachable

MESH = "mesh"
"""The reserved name of all sidecars, among the names of gateways."""


def check_virtual_service(service: VirtualService, path: str, namespace: str) -> Iterator[Fault]:
    """Hosts that can be told apart, at least one route, and each route on its own."""
    if not service.hosts:
        yield from _check_delegate(service, path)
    yield from check_gateway_names(service.gateways, f"{path}.gateways")
    if MESH in service.gateways or not service.gateways:
        yield from _check_no_claims(service, path)
    yield from _check_hosts(service, path)
    if not (service.http or service.tls or service.tcp):
        yield invalid(path, "a VirtualService needs at least one of http, tls and tcp")
    for index, http in enumerate(service.http):
        yield from check_http_route(http, f"{path}.http[{index}]", is_delegate=not service.hosts)
    for index, tls in enumerate(service.tls):
        yield from check_tls_route(tls, f"{path}.tls[{index}]", service.hosts, at_gateway=_at_gateway(service))
    for index, tcp in enumerate(service.tcp):
        yield from check_tcp_route(tcp, f"{path}.tcp[{index}]")
    yield from check_export_to(service.export_to, f"{path}.exportTo", namespace)
    yield from check_reachable(service.http, f"{path}.http")
    yield from check_reachable(service.tcp, f"{path}.tcp")
    yield from check_reachable(service.tls, f"{path}.tls")


def _at_gateway(service: VirtualService) -> bool:
    return bool(service.gateways) and MESH not in service.gateways


def _check_delegate(service: VirtualService, path: str) -> Iterator[Fault]:
    for name, given in (("gateways", service.gateways), ("tls", service.tls), ("tcp", service.tcp)):
        if given:
            yield invalid(
                f"{path}.{name}",
                f"without `hosts` a VirtualService is a delegate, which cannot have `{name}`",
                "add `hosts`",
            )


def _check_no_claims(service: VirtualService, path: str) -> Iterator[Fault]:
    for route, http in enumerate(service.http):
        for index, match in enumerate(http.match):
            for field, headers in (("headers", match.headers), ("withoutHeaders", match.without_headers)):
                for name in headers:
                    if is_claim(name):
                        yield invalid(
                            join(f"{path}.http[{route}].match[{index}].{field}", name),
                            "claims of a token can only be matched on gateways, not in the mesh",
                        )


def _check_hosts(service: VirtualService, path: str) -> Iterator[Fault]:
    at_gateway = _at_gateway(service)
    sni = any(match.sni_hosts for tls in service.tls for match in tls.match)
    valid = True
    for index, host in enumerate(service.hosts):
        where = f"{path}.hosts[{index}]"
        problem = gateway_domain_problem(host, sni=sni) if at_gateway else wildcard_domain_problem(host)
        if problem and not is_ip(host):
            yield invalid(where, problem)
            valid = False
        elif host == "*" and not at_gateway:
            yield invalid(where, "`*` is not possible in the mesh", "name the hosts, or bind to gateways only")
            valid = False
    if not valid:
        return
    for index, host in enumerate(service.hosts):
        for earlier in service.hosts[:index]:
            if overlaps(earlier, host):
                yield invalid(f"{path}.hosts[{index}]", f"`{host[:80]}` is already covered by `{earlier[:80]}`")
                break
