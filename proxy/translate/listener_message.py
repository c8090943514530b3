"""`ListenerPlan`: all that a listener is, and its message. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from envoy.config.core.v3 import address_pb2
from envoy.config.listener.v3 import listener_pb2

from proxy.encoded import Encoded, encoded
from proxy.naming import is_ip
from proxy.resource_type import ResourceType
from proxy.translate.cluster_pool import seconds
from proxy.translate.filter_chains import ANY, Chain, distinct, filter_chain
from proxy.translate.listener_filters import http_inspector, tls_inspector

UNIX = "unix://"
_HIGHEST_PORT = 65_535
_MODE = 0o666


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPlan:
    """A listener: where it is, what it does with which connections.

    `default` is for connections that no chain matches. `own` says that it binds a port of its own rather than being
    handed connections by another listener (None: Envoy's default, which is to bind). `filters` come before the
    inspectors, which are added where a chain asks for them, and which keep away from the ports `not_tls` and
    `not_http`.
    """

    name: str
    bind: str
    port: int
    chains: tuple[Chain, ...] = ()
    default: Chain | None = None
    filters: tuple[Any, ...] = ()
    outbound: bool = True
    own: bool | None = None
    detection_timeout: timedelta | None = None
    not_tls: tuple[int, ...] = ()
    not_http: tuple[int, ...] = ()
    transparent: bool = False
    restores_destination: bool = False
    buffer_limit: int = 0


def can_listen(bind: str, port: int) -> bool:
    """Whether this is an address that Envoy can listen on."""
    return bool(socket_path(bind)) or (is_ip(bind) and 0 < port <= _HIGHEST_PORT)


def socket_path(bind: str) -> str:
    """The path of a Unix domain socket; empty for an address."""
    return bind.removeprefix(UNIX) if bind.startswith((UNIX, "/", "@")) else ""


def listener_message(plan: ListenerPlan) -> Any:  # noqa: ANN401  untyped messages
    """The message; a chain that matches what one before it does is left out.

    A chain for any connection is the default beside others that ask for more than a port or a server name, for Envoy
    does not come back to it once a connection's transport protocol has led it elsewhere.
    """
    chains = distinct(plan.chains)
    anything = next((chain for chain in chains if chain.match == ANY), None)
    default = plan.default if anything is None else None
    if anything is not None and any(map(_narrows, chains)):
        chains, default = tuple(chain for chain in chains if chain is not anything), anything
    built = listener_pb2.Listener(
        name=plan.name,
        address=_address(plan.bind, plan.port),
        filter_chains=[filter_chain(chain) for chain in chains],
        listener_filters=[*plan.filters, *_inspectors(plan, chains)],
        traffic_direction="OUTBOUND" if plan.outbound else "INBOUND",
    )
    if default is not None:
        built.default_filter_chain.CopyFrom(filter_chain(default))
    if plan.own is not None:
        built.bind_to_port.value = plan.own
    if plan.transparent:
        built.transparent.value = True
    if plan.restores_destination:
        built.use_original_dst.value = True
    if plan.buffer_limit:
        built.per_connection_buffer_limit_bytes.value = plan.buffer_limit
    if built.listener_filters and plan.detection_timeout is not None:
        built.listener_filters_timeout.CopyFrom(seconds(plan.detection_timeout))
        built.continue_on_listener_filters_timeout = True
    return built


def encoded_listener(message: Any) -> Encoded:  # noqa: ANN401  untyped messages
    """The message as a resource."""
    return encoded(ResourceType.LISTENER, message.name, message.SerializeToString(deterministic=True))


def _narrows(chain: Chain) -> bool:
    return bool(chain.match.transport or chain.match.protocols or chain.match.ranges)


def _inspectors(plan: ListenerPlan, chains: tuple[Chain, ...]) -> list[Any]:
    http = any(chain.match.inspects_http for chain in chains)
    tls = any(chain.match.inspects_tls for chain in chains)
    found = [tls_inspector(plan.not_tls)] if tls or http else []
    return [*found, http_inspector(plan.not_http)] if http else found


def _address(bind: str, port: int) -> address_pb2.Address:
    path = socket_path(bind)
    if path:
        return address_pb2.Address(pipe=address_pb2.Pipe(path=path, mode=_MODE))
    return address_pb2.Address(socket_address=address_pb2.SocketAddress(address=bind, port_value=port))
