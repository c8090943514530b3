"""Gateways among each other: no two claim one port and host, no two show one certificate. IST0145, IST0138. Pure.

Gateways are for the same proxies where the labels of one selector are among those of the other. Where Istio's analyzer
counts hosts as the same that only overlap (`*` and `a.com`), this one does not: proxies serve both.
Source: istio pkg/config/analysis/analyzers/gateway/{conflictinggateway,certificate}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.stages.analyze.few import few, in_words
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.typed import typed_as
from schemas.kinds.gateway import Gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.gateway import Server
    from schemas.types.server_tls import ServerTLSSettings

Labels = frozenset[tuple[str, str]]


class Claim(NamedTuple):
    """What a server of a Gateway takes for itself, among those for the same proxies."""

    port: int
    bind: str
    host: str


def gateway_problems(view: View, key: Key, spec: Gateway) -> Iterator[Problem]:
    """Give the servers of a Gateway that others have as well."""
    chosen = frozenset(spec.selector.items())
    for number, server in enumerate(spec.servers):
        yield from _conflicts(view, key, chosen, (number, server))
        if server.tls is not None:
            yield from _duplicates(view, key, chosen, (number, server.tls))


def gateway_claims(view: View, key: Key) -> tuple[Claim, ...]:
    """Return what the servers of a Gateway claim (an index's rule)."""
    spec = typed_as(view, key, Gateway)
    if spec is None:
        return ()
    return tuple(claim for server in spec.servers for claim in _claims(key, server))


def gateway_certificates(view: View, key: Key) -> tuple[tuple[str, str], ...]:
    """Return the certificates that a Gateway shows (an index's rule)."""
    spec = typed_as(view, key, Gateway)
    servers = spec.servers if spec is not None else ()
    return tuple(found for server in servers if server.tls and (found := _certificate(server.tls)))


def gateway_selector(view: View, key: Key) -> Labels:
    """Return the labels of the proxies that a Gateway is for (a rule)."""
    spec = typed_as(view, key, Gateway)
    return frozenset(spec.selector.items()) if spec is not None else frozenset()


def _conflicts(view: View, key: Key, chosen: Labels, numbered: tuple[int, Server]) -> Iterator[Problem]:
    number, server = numbered
    rivals: dict[Key, None] = {}
    hosts: dict[str, None] = {}
    for claim in _claims(key, server):
        others = view.lookup(gateway_claims, "Gateway", claim)
        found = few(other for other in others if other != key and _meet(chosen, view.derive(gateway_selector, other)))
        rivals |= dict.fromkeys(found)
        hosts |= dict.fromkeys([claim.host] if found else [])
    if rivals:
        who = in_words([f"{rival.namespace}/{rival.name}" for rival in rivals])
        text = f"Conflict with gateways {who}: same proxies, port {server.port.number} and hosts {', '.join(hosts)}"
        hint = "give each Gateway its own hosts, or its own selector"
        yield Problem("IST0145", f"spec.servers[{number}]", text, hint, tuple(rivals), "has them too")


def _meet(one: Labels, other: Labels) -> bool:
    return one <= other or other <= one


def _duplicates(view: View, key: Key, chosen: Labels, numbered: tuple[int, ServerTLSSettings]) -> Iterator[Problem]:
    number, tls = numbered
    certificate = _certificate(tls)
    others = view.lookup(gateway_certificates, "Gateway", certificate) if certificate else ()
    rivals = few(other for other in others if other != key and chosen <= view.derive(gateway_selector, other))
    if rivals:
        names = in_words([f"{rival.namespace}/{rival.name}" for rival in (key, *rivals)])
        text = (
            f"The gateways {names} show the same certificate: a client that keeps its HTTP/2 connection for another"
            " host of it gets 404"
        )
        field = "credentialName" if tls.credential_name else "serverCertificate"
        hint = "put the hosts of one certificate into one Gateway"
        yield Problem("IST0138", f"spec.servers[{number}].tls.{field}", text, hint, rivals, "shows it too")


def _claims(key: Key, server: Server) -> Iterator[Claim]:
    for host in server.hosts:
        space, slash, name = host.partition("/")
        space = key.namespace if space == "." else space
        scoped = f"{space}/{name}" if slash and space != "*" else (name if slash else host)
        yield Claim(server.port.number, server.bind, scoped.lower())


def _certificate(tls: ServerTLSSettings) -> tuple[str, str] | None:
    if tls.credential_name:
        return (tls.credential_name, "")
    if tls.server_certificate and tls.private_key:
        return (tls.server_certificate, tls.private_key)
    return None
