"""Names of Envoy's filters that were given up, and what took their place. Pure data.

Source: https://www.envoyproxy.io/docs/envoy/latest/version_history/v1.14/v1.14.0 (the filter names of 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_HTTP = """buffer:buffer cors:cors csrf:csrf http_dynamo_filter:dynamo fault:fault grpc_http1_bridge:grpc_http1_bridge
grpc_json_transcoder:grpc_json_transcoder grpc_web:grpc_web gzip:gzip health_check:health_check ip_tagging:ip_tagging
lua:lua rate_limit:ratelimit router:router squash:squash"""
_NETWORK = """client_ssl_auth:client_ssl_auth http_connection_manager:http_connection_manager mongo_proxy:mongo_proxy
ratelimit:ratelimit redis_proxy:redis_proxy tcp_proxy:tcp_proxy ext_authz:ext_authz"""
_LISTENER = "http_inspector original_dst original_src proxy_protocol tls_inspector"

CURRENT_NAMES: Mapping[str, str] = MappingProxyType(
    {f"envoy.{old}": f"envoy.filters.http.{new}" for old, new in (pair.split(":") for pair in _HTTP.split())}
    | {f"envoy.{old}": f"envoy.filters.network.{new}" for old, new in (pair.split(":") for pair in _NETWORK.split())}
    | {f"envoy.listener.{name}": f"envoy.filters.listener.{name}" for name in _LISTENER.split()}
)
"""The present name of each former one."""
