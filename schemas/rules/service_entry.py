"""Rules of ServiceEntry. Pure. Source: Istio's `ValidateServiceEntry`, and the API's text for DYNAMIC_DNS."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.kinds.service_entry import ServiceEntry
from schemas.rules.addresses import is_ip, subnet_problem
from schemas.rules.export_to import check_export_to
from schemas.rules.labels import check_labels, check_selector
from schemas.rules.names import dns_label_problem, fqdn_problem, partial_wildcard_problem, wildcard_domain_problem
from schemas.rules.ports import is_http, is_tcp, is_tls, port_problem, protocol_problem
from schemas.rules.workload import check_workload, check_workload_ports

_DYNAMIC = frozenset({"http", "http2", "grpc", "grpc-web", "tls"})


def check_service_entry(entry: ServiceEntry, path: str, namespace: str) -> Iterator[Fault]:
    """Hosts, addresses and ports, and endpoints of the form that the resolution needs."""
    yield from _check_selector(entry, path)
    yield from _check_hosts(entry, path)
    yield from _check_addresses(entry, path)
    yield from _check_ports(entry, path)
    match entry.resolution:
        case "NONE":
            yield from _check_none(entry, path)
        case "STATIC":
            yield from _check_static(entry, path)
        case "DNS" | "DNS_ROUND_ROBIN":
            yield from _check_dns(entry, path)
        case "DYNAMIC_DNS":
            yield from _check_dynamic(entry, path)
    yield from _check_several_hosts(entry, path)
    yield from check_export_to(entry.export_to, f"{path}.exportTo", namespace, nobody=True)


def _check_selector(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    if entry.workload_selector is None:
        return
    where = f"{path}.workloadSelector"
    yield from check_selector(
        entry.workload_selector.labels, where, scope=": it selects every workload of the namespace"
    )
    if entry.endpoints:
        yield invalid(where, "only one of workloadSelector and endpoints may be set")
    if entry.resolution != "STATIC":
        yield warned(
            where, f"workloadSelector has no effect with resolution {entry.resolution}", "use resolution STATIC"
        )


def _check_hosts(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    for index, host in enumerate(entry.hosts):
        where = f"{path}.hosts[{index}]"
        if host == "*":
            yield invalid(where, "`*` is not a host of a service: at least a domain, `*.example.com`, is needed")
        elif problem := wildcard_domain_problem(host):
            yield invalid(where, problem)
        elif problem := partial_wildcard_problem(host):
            yield warned(where, problem)


def _check_addresses(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    for index, address in enumerate(entry.addresses):
        where = f"{path}.addresses[{index}]"
        if problem := subnet_problem(address):
            yield invalid(where, problem)
        elif "/" in address and entry.resolution not in {"NONE", "STATIC"}:
            yield invalid(where, f"a CIDR block works with resolution NONE and STATIC only, not {entry.resolution}")


def _check_ports(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    names: set[str] = set()
    numbers: set[int] = set()
    for index, port in enumerate(entry.ports):
        where = f"{path}.ports[{index}]"
        if port.name in names:
            yield invalid(f"{where}.name", f"the port name `{port.name[:80]}` is there twice")
        elif problem := dns_label_problem(port.name, "port name"):
            yield invalid(f"{where}.name", problem)
        if port.number in numbers:
            yield invalid(f"{where}.number", f"port {port.number} is there twice")
        elif problem := port_problem(port.number):
            yield invalid(f"{where}.number", problem)
        if port.target_port and (problem := port_problem(port.target_port)):
            yield invalid(f"{where}.targetPort", problem)
        if problem := protocol_problem(port.protocol):
            yield invalid(f"{where}.protocol", problem)
        names.add(port.name)
        numbers.add(port.number)


def _check_none(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    if entry.endpoints:
        yield invalid(f"{path}.endpoints", "resolution NONE has no endpoints", "use resolution STATIC or DNS")


def _check_static(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    ports = [port.name for port in entry.ports]
    for index, endpoint in enumerate(entry.endpoints):
        yield from check_workload(endpoint, f"{path}.endpoints[{index}]", service_ports=ports, names=False)


def _check_dns(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    if not entry.endpoints:
        for index, host in enumerate(entry.hosts):
            if "*" in host and not wildcard_domain_problem(host) and host != "*":
                yield invalid(
                    f"{path}.hosts[{index}]",
                    f"`{host[:80]}` cannot be resolved: with resolution {entry.resolution} a wildcard needs endpoints",
                    "use resolution NONE, or DYNAMIC_DNS",
                )
    if entry.resolution == "DNS_ROUND_ROBIN" and len(entry.endpoints) > 1:
        yield invalid(f"{path}.endpoints", f"resolution DNS_ROUND_ROBIN takes one endpoint, got {len(entry.endpoints)}")
    ports = [port.name for port in entry.ports]
    for index, endpoint in enumerate(entry.endpoints):
        where = f"{path}.endpoints[{index}]"
        if not is_ip(endpoint.address) and fqdn_problem(endpoint.address):
            yield invalid(f"{where}.address", f"`{endpoint.address[:80]}` is neither a host name nor an IP address")
        yield from check_labels(endpoint.labels, f"{where}.labels")
        yield from check_workload_ports(endpoint, where, ports)
    if entry.addresses and len(entry.hosts) > 1 and any(is_tcp(port.protocol) for port in entry.ports):
        yield warned(f"{path}.hosts", "several hosts that share an address cannot be told apart on a TCP port")


def _check_dynamic(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    for index, host in enumerate(entry.hosts):
        if not host.startswith("*"):
            yield invalid(
                f"{path}.hosts[{index}]", "resolution DYNAMIC_DNS is for wildcard hosts", "use resolution DNS"
            )
    if entry.location != "MESH_EXTERNAL":
        yield invalid(f"{path}.location", "resolution DYNAMIC_DNS is for MESH_EXTERNAL services")
    if entry.endpoints:
        yield warned(f"{path}.endpoints", "resolution DYNAMIC_DNS ignores endpoints")
    for index, port in enumerate(entry.ports):
        if port.protocol.lower() not in _DYNAMIC:
            yield warned(
                f"{path}.ports[{index}].protocol", "resolution DYNAMIC_DNS works with HTTP, HTTP2, GRPC and TLS only"
            )


def _check_several_hosts(entry: ServiceEntry, path: str) -> Iterator[Fault]:
    if entry.resolution == "NONE" or len(entry.hosts) <= 1:
        return
    for index, port in enumerate(entry.ports):
        if not is_http(port.protocol) and not is_tls(port.protocol):
            yield invalid(
                f"{path}.ports[{index}].protocol",
                "several hosts cannot be told apart on a port that is neither HTTP nor TLS",
                "declare one ServiceEntry for each host",
            )
            return
