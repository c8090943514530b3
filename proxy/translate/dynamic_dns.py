"""Filters in front of clusters that go to whatever host a request or a TLS client names (DYNAMIC_DNS). Pure.

They resolve the name through the cache that the clusters share; Envoy refuses two caches of one name that differ.
Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/dynamic_forward_proxy_filter.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.listener.v3 import listener_components_pb2
from envoy.extensions.common.dynamic_forward_proxy.v3 import dns_cache_pb2
from envoy.extensions.filters.http.dynamic_forward_proxy.v3 import dynamic_forward_proxy_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2
from envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3 import sni_dynamic_forward_proxy_pb2

from proxy.translate.cluster_outbound import DNS_CACHE
from proxy.translate.packed import packed


def name_resolver(port: int) -> Any:  # noqa: ANN401  untyped messages
    """The network filter that resolves the server name of a TLS client, to be asked for on that port."""
    config = sni_dynamic_forward_proxy_pb2.FilterConfig(dns_cache_config=_cache(), port_value=port)
    return listener_components_pb2.Filter(
        name="envoy.filters.network.sni_dynamic_forward_proxy", typed_config=packed(config)
    )


@lru_cache(maxsize=1)
def host_resolver() -> Any:  # noqa: ANN401  untyped messages
    """The HTTP filter that resolves the host of a request; it leaves alone what goes to other clusters."""
    config = dynamic_forward_proxy_pb2.FilterConfig(dns_cache_config=_cache())
    return hcm_pb2.HttpFilter(name="envoy.filters.http.dynamic_forward_proxy", typed_config=packed(config))


def _cache() -> Any:  # noqa: ANN401  untyped messages
    return dns_cache_pb2.DnsCacheConfig(name=DNS_CACHE, dns_lookup_family=cluster_pb2.Cluster.V4_PREFERRED)
