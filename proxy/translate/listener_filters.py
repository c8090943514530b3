"""Listener filters: what looks at a connection before a filter chain is chosen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from envoy.config.listener.v3 import listener_components_pb2
from envoy.extensions.filters.listener.http_inspector.v3 import http_inspector_pb2
from envoy.extensions.filters.listener.original_dst.v3 import original_dst_pb2
from envoy.extensions.filters.listener.original_src.v3 import original_src_pb2
from envoy.extensions.filters.listener.proxy_protocol.v3 import proxy_protocol_pb2
from envoy.extensions.filters.listener.tls_inspector.v3 import tls_inspector_pb2

from proxy.translate.packed import packed

_MARK = 1337
_Predicate = listener_components_pb2.ListenerFilterChainMatchPredicate


def tls_inspector(not_on: Sequence[int] = ()) -> Any:  # noqa: ANN401  untyped messages
    """Finds out TLS and its server name; not on the ports where it would wait for a client that waits."""
    return _filter("envoy.filters.listener.tls_inspector", tls_inspector_pb2.TlsInspector(), not_on)


def http_inspector(not_on: Sequence[int] = ()) -> Any:  # noqa: ANN401  untyped messages
    """Finds out plain HTTP; not on the ports where it would wait for a client that waits."""
    return _filter("envoy.filters.listener.http_inspector", http_inspector_pb2.HttpInspector(), not_on)


def original_destination() -> Any:  # noqa: ANN401  untyped messages
    """Restores the address that the client asked for, before the connection was captured."""
    return _filter("envoy.filters.listener.original_dst", original_dst_pb2.OriginalDst())


def original_source() -> Any:  # noqa: ANN401  untyped messages
    """Goes on from the client's own address (TPROXY)."""
    return _filter("envoy.filters.listener.original_src", original_src_pb2.OriginalSrc(mark=_MARK))


def proxy_protocol() -> Any:  # noqa: ANN401  untyped messages
    """Takes the client's address from the PROXY protocol's header."""
    return _filter("envoy.filters.listener.proxy_protocol", proxy_protocol_pb2.ProxyProtocol())


def _filter(name: str, config: Any, not_on: Sequence[int] = ()) -> Any:  # noqa: ANN401  untyped messages
    found = listener_components_pb2.ListenerFilter(name=name, typed_config=packed(config))
    if not_on:
        found.filter_disabled.CopyFrom(_ports(not_on))
    return found


def _ports(ports: Sequence[int]) -> Any:  # noqa: ANN401  untyped messages
    """A predicate that holds on these ports; Envoy's `or` takes two at least."""
    each = [_Predicate(destination_port_range={"start": port, "end": port + 1}) for port in sorted(set(ports))]
    if len(each) == 1:
        return each[0]
    return _Predicate(or_match=_Predicate.MatchSet(rules=each))
