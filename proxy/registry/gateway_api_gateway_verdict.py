"""`gateway_verdict`: what is made of a Gateway of ours, in the words of the Gateway API's conditions. Pure rules.

It tells of the very rules that translate: `attached_routes`, `listener_gateway`, `merged_gateway`.
Source: https://gateway-api.sigs.k8s.io/reference/spec/#listenerstatus (conditions and their reasons).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.analyze.gateway_workloads import credential
from pipeline.stages.gateway_class import own_gateway
from proxy.naming import resolve_host
from proxy.registry.gateway_api import HTTP_ROUTE
from proxy.registry.gateway_api_attachment import attached_routes
from proxy.registry.gateway_api_gateways import (
    ListenerOf,
    certificate_refusal,
    listener_gateway,
    proxies_of,
    served_listener,
)
from proxy.registry.gateway_api_verdict import GOOD, UNSUPPORTED, Verdict
from proxy.registry.gateways import GatewayProxy, MergedPort, ServerKind, merged_gateway
from schemas.gateway_api_kinds import GROUP
from schemas.kinds.gateway_api_gateway import Gateway
from schemas.types.gateway_api_listener import Listener

INVALID_CERTIFICATE: Final = "InvalidCertificateRef"
_SERVED: Final = ("HTTP", "HTTPS")


class ListenerVerdict(NamedTuple):
    """What is made of a listener: the kinds of routes that it takes, how many are attached, and what is wrong."""

    name: str
    kinds: tuple[str, ...]
    attached: int
    accepted: Verdict
    resolved: Verdict
    conflicted: Verdict
    served: bool

    @property
    def wrong(self) -> Verdict:
        """Why it is not served; of wrong references, only certificates that are not there keep it from that."""
        fatal = not (self.served and self.kinds) or self.resolved.reason == INVALID_CERTIFICATE
        return next(
            (one for one in (self.accepted, self.conflicted, self.resolved if fatal else GOOD) if one.reason), GOOD
        )


class GatewayVerdict(NamedTuple):
    """What is made of a Gateway: its listeners, and the proxies that serve it, None where none can.

    Where it names a Service by host, that host is its `address`, or is `missing` where there is no such Service.
    """

    listeners: tuple[ListenerVerdict, ...]
    proxies: GatewayProxy | None
    address: str = ""
    missing: str = ""


def gateway_verdict(view: View, key: Key) -> GatewayVerdict | None:
    """What is made of a Gateway; None where it is not ours (a rule)."""
    spec = view.derive(own_gateway, key)
    if spec is None:
        return None
    proxies = view.derive(proxies_of_gateway, key)
    merged = view.derive(merged_gateway, proxies) if proxies is not None else ()
    listeners = tuple(_listener(view, key, spec, item, merged) for item in spec.listeners)
    hosts = (one.value for one in spec.addresses if one.type == "Hostname" and one.value)
    host = next((resolve_host(name, key.namespace) for name in hosts), "")
    return GatewayVerdict(listeners, proxies, host if proxies else "", "" if proxies else host)


def proxies_of_gateway(view: View, key: Key) -> GatewayProxy | None:
    """The proxies that serve a Gateway of ours, by the labels that they must have; None where none can (a rule)."""
    spec = view.derive(own_gateway, key)
    selector, namespace = proxies_of(view, key, spec) if spec is not None else ({}, "")
    return GatewayProxy(namespace, tuple(sorted(selector.items()))) if selector else None


def _listener(
    view: View, key: Key, spec: Gateway, listener: Listener, merged: tuple[MergedPort, ...]
) -> ListenerVerdict:
    name = ListenerOf(key, listener.name)
    kinds, others = _kinds(listener)
    served = view.derive(listener_gateway, name) is not None
    resolved = _certificates(view, key, listener) if listener.protocol.upper() == "HTTPS" else GOOD
    if others and not resolved.reason:
        resolved = Verdict("InvalidRouteKinds", f"routes of the kind {', '.join(others)} are not served")
    return ListenerVerdict(
        listener.name,
        kinds,
        len(view.derive(attached_routes, name)),
        _accepted(spec, listener),
        resolved,
        _conflict(merged, name, listener) if served else GOOD,
        served,
    )


def _accepted(spec: Gateway, listener: Listener) -> Verdict:
    if listener.protocol.upper() not in _SERVED:
        return Verdict("UnsupportedProtocol", f"listeners of {listener.protocol} are not served, but HTTP and HTTPS")
    if served_listener(spec, listener.name) is None:
        return Verdict(UNSUPPORTED, "listeners that ask for clients' certificates are not served")
    return GOOD


def _kinds(listener: Listener) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of routes that a listener takes, and those that it asks for and that are not served."""
    wanted = listener.allowed_routes.kinds if listener.allowed_routes is not None else ()
    own = (HTTP_ROUTE,) if listener.protocol.upper() in _SERVED else ()
    others = tuple(one.kind for one in wanted if (one.group, one.kind) not in {(GROUP, kind) for kind in own})
    return (tuple(kind for kind in own if not wanted or kind in {one.kind for one in wanted}), others)


def _certificates(view: View, key: Key, listener: Listener) -> Verdict:
    """What is wrong with a certificate of a listener; that one is not there is known only where Secrets are."""
    refs = listener.tls.certificate_refs if listener.tls is not None else ()
    for ref in refs:
        name = f"{ref.kind} {ref.namespace or key.namespace}/{ref.name}"
        reason = certificate_refusal(view, key, ref)
        if reason == INVALID_CERTIFICATE:
            return Verdict(reason, f"{name} is no Secret")
        if reason:
            return Verdict(reason, f"no ReferenceGrant lets Gateways of {key.namespace} name {name}")
        found = view.derive(credential, Key("Secret", ref.namespace or key.namespace, ref.name))
        if found is not None and not found.usable:
            return Verdict(INVALID_CERTIFICATE, f"{name} is invalid: {found.problem}")
        if found is None and view.keys("Secret"):
            return Verdict(INVALID_CERTIFICATE, f"{name} is not there")
    return GOOD if refs else Verdict(INVALID_CERTIFICATE, "it names no certificate")


def _conflict(merged: tuple[MergedPort, ...], name: ListenerOf, listener: Listener) -> Verdict:
    """Why the proxies of a listener leave it out: its port is another kind's, or its host another listener's."""
    if any(server.gateway == name.key for port in merged for server in port.servers):
        return GOOD
    kind = ServerKind.HTTP if listener.protocol.upper() == "HTTP" else ServerKind.TLS
    if any(
        port.kind is kind and server.server.port.number == listener.port for port in merged for server in port.servers
    ):
        return Verdict("HostnameConflict", f"another listener of port {listener.port} has its host")
    return Verdict("ProtocolConflict", f"port {listener.port} is served with another protocol")
