"""Rules of Gateway, ListenerSet and GatewayClass. Pure.

Source: the CEL rules of the Gateway API's CRDs (apis/v1/gateway_types.go, listenerset_types.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.fault import Fault, invalid, without_effect
from schemas.kinds.gateway_api_gateway import Gateway, GatewayAddress
from schemas.kinds.gateway_api_gateway_class import GatewayClass
from schemas.kinds.gateway_api_listener_set import ListenerSet
from schemas.rules.addresses import ip_problem
from schemas.rules.gateway_api_names import (
    check_object,
    check_some,
    controller_problem,
    section_problem,
)
from schemas.rules.gateway_api_references import check_certificate
from schemas.rules.kube_names import host_problem
from schemas.rules.labels import check_labels
from schemas.types.gateway_api_listener import AllowedRoutes, FrontendTLSValidation, Listener, RouteNamespaces

_PROTOCOL: Final = re.compile(
    r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9]+"
)
_PLAIN: Final = frozenset({"HTTP", "TCP", "UDP"})
_SERVED: Final = frozenset({"HTTP", "HTTPS"})
_NAMELESS: Final = frozenset({"TCP", "UDP"})


def check_gateway_api_gateway(gateway: Gateway, path: str, namespace: str) -> Iterator[Fault]:
    """At least one listener, told apart by name and by port, protocol and host; addresses once each."""
    del namespace
    yield from _check_listeners(gateway.listeners, f"{path}.listeners", needs_port=True)
    yield from _check_addresses(gateway.addresses, f"{path}.addresses")
    if gateway.infrastructure is not None:
        yield from check_labels(gateway.infrastructure.labels, f"{path}.infrastructure.labels")
    if gateway.allowed_listeners is not None:
        yield from _check_namespaces(gateway.allowed_listeners.namespaces, f"{path}.allowedListeners.namespaces")
    if gateway.tls is None:
        return
    if gateway.tls.backend is not None and gateway.tls.backend.client_certificate_ref is not None:
        yield from check_certificate(
            gateway.tls.backend.client_certificate_ref, f"{path}.tls.backend.clientCertificateRef"
        )
    if gateway.tls.frontend is not None:
        frontend, where = gateway.tls.frontend, f"{path}.tls.frontend"
        yield from _check_frontend(frontend.default.validation, f"{where}.default.validation")
        ports = [item.port for item in frontend.per_port]
        for index, item in enumerate(frontend.per_port):
            yield from _check_frontend(item.tls.validation, f"{where}.perPort[{index}].tls.validation")
            if item.port in ports[:index]:
                yield invalid(f"{where}.perPort[{index}].port", f"port {item.port} is there twice")


def check_gateway_api_listener_set(listeners: ListenerSet, path: str, namespace: str) -> Iterator[Fault]:
    """Listeners told apart by name and by port, protocol and host."""
    del namespace
    parent = listeners.parent_ref
    yield from check_object(parent.group, parent.kind, parent.namespace, f"{path}.parentRef")
    yield from _check_listeners(listeners.listeners, f"{path}.listeners", needs_port=False)


def check_gateway_api_gateway_class(kind: GatewayClass, path: str, namespace: str) -> Iterator[Fault]:
    """A controller such as `istio.io/gateway-controller`."""
    del namespace
    if problem := controller_problem(kind.controller_name):
        yield invalid(f"{path}.controllerName", problem)
    if kind.parameters_ref is not None:
        reference = kind.parameters_ref
        yield from check_object(reference.group, reference.kind, reference.namespace, f"{path}.parametersRef")


def _check_listeners(listeners: Sequence[Listener], path: str, *, needs_port: bool) -> Iterator[Fault]:
    yield from check_some(listeners, path, "listener")
    names: set[str] = set()
    places: set[tuple[int, str, str | None]] = set()
    for index, listener in enumerate(listeners):
        where = f"{path}[{index}]"
        yield from _check_listener(listener, where)
        if needs_port and not listener.port:
            yield invalid(f"{where}.port", "a listener needs a port between 1 and 65535")
        if listener.name in names:
            yield invalid(f"{where}.name", f"the listener `{listener.name[:80]}` is there twice")
        place = (listener.port, listener.protocol, listener.hostname)
        if place in places and listener.port:
            text = f"port {listener.port}, {listener.protocol} and {listener.hostname or 'all hosts'}"
            yield invalid(where, f"two listeners have {text}: they cannot be told apart")
        names.add(listener.name)
        places.add(place)


def _check_listener(listener: Listener, path: str) -> Iterator[Fault]:
    protocol = listener.protocol.upper()
    if problem := section_problem(listener.name):
        yield invalid(f"{path}.name", problem)
    if not _PROTOCOL.fullmatch(listener.protocol):
        yield invalid(f"{path}.protocol", f"`{listener.protocol[:80]}` is no protocol such as HTTPS or x.y/Z")
    if listener.hostname is not None:
        if protocol in _NAMELESS:
            yield invalid(f"{path}.hostname", f"a listener of protocol {protocol} has no hostname")
        elif problem := host_problem(listener.hostname):
            yield invalid(f"{path}.hostname", problem)
    yield from _check_tls(listener, protocol, f"{path}.tls")
    yield from _check_served(listener, protocol, path)
    yield from _check_routes(listener.allowed_routes, f"{path}.allowedRoutes")


def _check_served(listener: Listener, protocol: str, path: str) -> Iterator[Fault]:
    """What is not served yet: other protocols, and clients' certificates, without which nothing is served."""
    if protocol not in _SERVED:
        yield without_effect(f"{path}.protocol", f"listeners of protocol {listener.protocol} are not served yet")
    elif listener.tls is not None and listener.tls.asks_clients:
        text = "listeners that ask for clients' certificates are not served yet: this one is left out"
        yield without_effect(f"{path}.tls", text)


def _check_tls(listener: Listener, protocol: str, path: str) -> Iterator[Fault]:
    tls = listener.tls
    if tls is None:
        if protocol == "TLS":
            yield invalid(path, "a listener of protocol TLS needs `tls` with a mode")
        return
    if protocol in _PLAIN:
        yield invalid(path, f"a listener of protocol {protocol} has no `tls`", "use HTTPS or TLS")
        return
    if protocol == "HTTPS" and tls.mode == "Passthrough":
        yield invalid(f"{path}.mode", "HTTPS ends at the Gateway: the mode is Terminate", "use TLS to let it pass")
    if tls.mode != "Passthrough" and not (tls.certificate_refs or tls.options):
        yield invalid(f"{path}.certificateRefs", "the mode Terminate needs certificateRefs or options")
    for index, reference in enumerate(tls.certificate_refs):
        yield from check_certificate(reference, f"{path}.certificateRefs[{index}]")
    yield from _check_frontend(tls.frontend_validation, f"{path}.frontendValidation")


def _check_frontend(validation: FrontendTLSValidation | None, path: str) -> Iterator[Fault]:
    if validation is None:
        return
    if ".tls.frontend." in path:
        text = "clients' certificates are not asked for yet: HTTPS listeners that would ask are left out"
        yield without_effect(path, text)
    yield from check_some(validation.ca_certificate_refs, f"{path}.caCertificateRefs", "authority")
    for index, item in enumerate(validation.ca_certificate_refs):
        yield from check_object(item.group, item.kind, item.namespace, f"{path}.caCertificateRefs[{index}]")


def _check_routes(allowed: AllowedRoutes | None, path: str) -> Iterator[Fault]:
    if allowed is None:
        return
    yield from _check_namespaces(allowed.namespaces, f"{path}.namespaces")
    for index, kind in enumerate(allowed.kinds):
        yield from check_object(kind.group, kind.kind, None, f"{path}.kinds[{index}]")


def _check_namespaces(namespaces: RouteNamespaces | None, path: str) -> Iterator[Fault]:
    if namespaces is None or namespaces.selector is None:
        return
    yield from check_labels(namespaces.selector.match_labels, f"{path}.selector.matchLabels")
    for index, item in enumerate(namespaces.selector.match_expressions):
        where = f"{path}.selector.matchExpressions[{index}].values"
        if item.operator in ("In", "NotIn") and not item.values:
            yield invalid(where, f"the operator {item.operator} needs values")
        elif item.operator in ("Exists", "DoesNotExist") and item.values:
            yield invalid(where, f"the operator {item.operator} has no values")


def _check_addresses(addresses: Sequence[GatewayAddress], path: str) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for index, address in enumerate(addresses):
        where = f"{path}[{index}]"
        if address.value and address.type == "IPAddress" and (problem := ip_problem(address.value)):
            yield invalid(f"{where}.value", problem)
        if address.value and address.type == "Hostname" and (problem := host_problem(address.value)):
            yield invalid(f"{where}.value", problem)
        if address.value and (address.type, address.value) in seen:
            yield invalid(where, f"the address `{address.value[:80]}` is there twice")
        seen.add((address.type, address.value))
