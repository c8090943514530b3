"""A virtual host: its domains and routes joined, once for all the names under which it is sent. Pure rules.

The body has no name: one by one it is `ROUTE/HOST`, in a table it is Istio's `host:port`; the same bytes serve both.
"""

from __future__ import annotations

from typing import NamedTuple

from envoy.config.route.v3.route_components_pb2 import VirtualHost

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.encoded import Encoded, encoded, named
from proxy.ref import Ref
from proxy.resource_type import ResourceType
from proxy.translate.route_frames import PlainKey, RouteFrames, RoutesKey, plain_route, routes_at
from proxy.wire import text

_DOMAINS = 2  # VirtualHost.domains


class VirtualHostKey(NamedTuple):
    """All that makes a virtual host, resolved, so that whoever has the same shares it.

    Several keys of routes are concatenated in order, what takes everything last; `fixed` are routes that no
    configuration decides, encoded. `sources` are the objects that decided the rest: a service, Gateways, rules.
    """

    domains: tuple[str, ...]
    routes: tuple[RoutesKey | PlainKey, ...] = ()
    require_tls: bool = False
    fixed: bytes = b""
    sources: tuple[Key, ...] = ()


class NamedHost(NamedTuple):
    """A virtual host under one name."""

    name: str
    host: VirtualHostKey


class TableEntry(NamedTuple):
    """A virtual host of a route configuration: its name in the table, and what it is one by one."""

    name: str
    alone: Ref
    host: VirtualHostKey


def table_member(route: str, name: str, suffix: str, host: VirtualHostKey) -> TableEntry:
    """A virtual host as `name` in the table of a route configuration, and one by one as `ROUTE/SUFFIX`."""
    alone = f"{route}/{suffix}"
    return TableEntry(name, Ref(alone, virtual_host, NamedHost(alone, host)), host)


def virtual_host_body(view: View, key: VirtualHostKey) -> bytes:
    """A virtual host without its name, serialised (a rule)."""
    for source in key.sources:
        view.get(source)  # only so that whoever asks what this was made of finds it
    frames = [_frames(view, routes) for routes in key.routes]
    rest = VirtualHost(include_request_attempt_count=True, require_tls=VirtualHost.ALL if key.require_tls else 0)
    return b"".join(
        (
            *(text(_DOMAINS, domain) for domain in key.domains),
            *(frame.specific for frame in frames),
            *(frame.catch_all for frame in frames),
            key.fixed,
            rest.SerializeToString(deterministic=True),
        )
    )


def virtual_host(view: View, key: NamedHost) -> Encoded:
    """A virtual host as a resource of its own (a rule)."""
    return encoded(ResourceType.VIRTUAL_HOST, key.name, named(key.name, view.derive(virtual_host_body, key.host)))


def _frames(view: View, key: RoutesKey | PlainKey) -> RouteFrames:
    if isinstance(key, RoutesKey):
        return view.derive(routes_at, key)
    return view.derive(plain_route, key)
