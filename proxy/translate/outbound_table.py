"""The virtual hosts of a sidecar's route configuration. Pure rules.

A host has the routes of the oldest of its VirtualServices of which some route holds here, else its service's own. A
domain is in one virtual host only, for Envoy refuses a whole response otherwise: a host's own name is its own, and of
those who would be called the same the first by name is.
Source: istio pilot/pkg/networking/core/httproute.go (buildSidecarOutboundHTTPRouteConfig, dedupeDomains).
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.destination_rules import rules_for
from proxy.registry.merged_routes import MESH
from proxy.registry.service import Labels, Port, Protocol, Service
from proxy.registry.vantage import SeenHost
from proxy.registry.virtual_services import Asking, RoutingHead, candidates, heads_of
from proxy.translate.outbound_hosts import (
    HTTP_PORT,
    EgressPlace,
    HostAt,
    PortAt,
    RoutePlace,
    aliases,
    http_hosts,
    imported,
    routed_only,
    service_at,
)
from proxy.translate.outbound_rest import Rest, rest_entry
from proxy.translate.route_destinations import Inquiry, resolved_otherwise, service_hash
from proxy.translate.route_domains import Claims, claims_of, domain_of
from proxy.translate.route_frames import PlainKey, RoutesKey, holds
from proxy.translate.route_site import RouteSite, Source
from proxy.translate.virtual_host import TableEntry, VirtualHostKey, table_member
from schemas.hostname import covers


class OutboundTable(NamedTuple):
    """A route configuration as proxies of one vantage and DNS domain see it.

    `labels` are those of the client that some `sourceLabels` asks for: most often none, so that all share the table.
    """

    route: RoutePlace
    dns_domain: str
    labels: Labels = ()


class Naming(NamedTuple):
    """Where domains must not meet: a port of a listener, for clients of a DNS domain."""

    at: PortAt
    dns_domain: str


class OutboundHost(NamedTuple):
    """A host and port of a table."""

    table: OutboundTable
    host: str
    port: int


class Questions(NamedTuple):
    """The labels of clients that VirtualServices behind a listener ask for, and the hosts that have such routes."""

    labels: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def questions(view: View, place: EgressPlace) -> Questions:
    """What is asked of clients behind a listener (a rule)."""
    heads = imported(view, place, view.derive(heads_of, Asking(MESH)))
    labels = {name for head in heads for name in head.labels}
    return Questions(
        tuple(sorted(labels)), tuple(sorted({host for head in heads if head.labels for host in head.hosts}))
    )


def outbound_entries(view: View, table: OutboundTable) -> tuple[TableEntry, ...]:
    """The virtual hosts of a table, by name; the one for everything else is among them (a rule)."""
    place, port, only = table.route.place, table.route.port, table.route.only
    if only:
        wanted = [(only, port)]
    elif port:
        hosts = {*view.derive(http_hosts, place).get(port, ()), *view.derive(routed_only, PortAt(place, port))}
        wanted = [(host, port) for host in sorted(hosts)]
    else:
        wanted = [(host, number) for number, hosts in view.derive(http_hosts, place).items() for host in hosts]
    asked = view.derive(questions, place).hosts if table.labels else ()
    shared = table._replace(labels=())
    keys = (OutboundHost(table if _is_asked(host, asked) else shared, host, number) for host, number in wanted)
    entries = [entry for key in keys if (entry := view.derive(outbound_entry, key)) is not None]
    if not only and not any("*" in entry.host.domains for entry in entries):
        entries.append(view.derive(rest_entry, Rest(place.vantage, table.route.name)))
    return tuple(entries)


def outbound_entry(view: View, key: OutboundHost) -> TableEntry | None:
    """One virtual host of a table; None where it has no routes or no domain is left for it (a rule)."""
    table = key.table
    service = service_at(view, HostAt(table.route.place, key.host))
    if service is not None and not _may_be_http(service.port(key.port)):
        service = None
    routes = _routes(view, key, service)
    domains = _domains(view, key, service) if routes is not None else ()
    if routes is None or not domains:
        return None
    name = f"{domain_of(key.host)}:{key.port}"
    suffix = key.host if table.route.port else name
    sources: tuple[Key, ...] = (service.key,) if service is not None else ()
    if isinstance(routes, PlainKey) and routes.hash_policy:
        sources += view.derive(rules_for, SeenHost(table.route.place.vantage, key.host))
    return table_member(table.route.name, name, suffix, VirtualHostKey(domains, (routes,), sources=sources))


def contested(view: View, naming: Naming) -> dict[str, str]:
    """Who gets the domains that several hosts of a port claim, by domain; most often empty (a rule)."""
    owner: dict[str, tuple[int, str]] = {}
    twice: set[str] = set()
    for host in view.derive(http_hosts, naming.at.place).get(naming.at.port, ()):
        claims = _claims(view, naming, host)
        for rank, domains in enumerate((claims.own, claims.others)):
            for domain in domains:
                before = owner.setdefault(domain, (rank, host))
                if before[1] != host:
                    twice.add(domain)
                    owner[domain] = min(before, (rank, host))
    for host in view.derive(routed_only, naming.at):
        domain = domain_of(host)
        if domain in owner:
            twice.add(domain)
        owner[domain] = (0, host)
    return {domain: owner[domain][1] for domain in sorted(twice)}


def _may_be_http(port: Port | None) -> bool:
    """Whether requests may come on a port; what is TCP has no routes of its own, and no claim to an address."""
    return port is not None and (port.protocol.is_http or port.protocol is Protocol.AUTO)


def _is_asked(host: str, patterns: tuple[str, ...]) -> bool:
    return any(covers(pattern, host) for pattern in patterns)


def _routes(view: View, key: OutboundHost, service: Service | None) -> RoutesKey | PlainKey | None:
    place = key.table.route.place
    for group in candidates(view, MESH, key.host):
        heads = imported(view, place, group)
        for head in heads:
            site = _site(key, head)
            if head.always or view.derive(holds, (head.key, site)):
                inquiry = Inquiry(head.key, place.vantage, site.port)
                return RoutesKey(head.key, site, view.derive(resolved_otherwise, inquiry))
        if heads or service is None:
            break
    if service is None:
        return None
    seen = SeenHost(place.vantage, key.host)
    return PlainKey(key.host, key.port, service_hash(view, seen, key.port))


def _site(key: OutboundHost, head: RoutingHead) -> RouteSite:
    """The site of a VirtualService's routes, with what it asks of the client and no more."""
    labels = tuple(pair for pair in key.table.labels if pair[0] in head.labels)
    namespace = key.table.route.place.vantage.namespace if head.asks_namespace else ""
    return RouteSite(port=key.table.route.port, source=Source(namespace, labels))


def _domains(view: View, key: OutboundHost, service: Service | None) -> tuple[str, ...]:
    if key.table.route.only:
        return ("*",)
    if service is None:
        return (domain_of(key.host),)
    naming = Naming(PortAt(key.table.route.place, key.port), key.table.dns_domain)
    claims = _claims(view, naming, key.host)
    owners = view.derive(contested, naming)
    domains = tuple(domain for domain in (*claims.own, *claims.others) if owners.get(domain, key.host) == key.host)
    if key.table.route.port:
        return domains
    return (*(domains if key.port == HTTP_PORT else ()), *(f"{domain}:{key.port}" for domain in domains))


def _claims(view: View, naming: Naming, host: str) -> Claims:
    service = service_at(view, HostAt(naming.at.place, host))
    if service is None:
        return Claims(())
    return claims_of(service, view.derive(aliases, naming.at.place).get(host, ()), naming.dns_domain)
