"""Small Envoy resources for tests, as messages; `mark` makes one differ from another, `BAD` has it refused."""

from __future__ import annotations

from typing import Any

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_components_pb2, route_pb2
from envoy.extensions.filters.http.router.v3 import router_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2

from proxy.resource_type import ResourceType

ADS = {"ads": {}, "resource_api_version": "V3"}


def eds_cluster(name: str, mark: str = "") -> Any:  # noqa: ANN401  the generated messages have no types
    """A cluster that asks for its endpoints under its own name."""
    return cluster_pb2.Cluster(
        name=name,
        type=cluster_pb2.Cluster.EDS,
        alt_stat_name=mark,
        eds_cluster_config={"eds_config": ADS},
        connect_timeout={"seconds": 1},
    )


def endpoints(name: str, port: int, mark: str = "") -> Any:  # noqa: ANN401  likewise
    """One endpoint on loopback."""
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    endpoint = {"endpoint": {"address": address, "hostname": mark}}
    return endpoint_pb2.ClusterLoadAssignment(cluster_name=name, endpoints=[{"lb_endpoints": [endpoint]}])


def http_listener(name: str, route: str, mark: str = "", port: int = 0) -> Any:  # noqa: ANN401  likewise
    """A listener on loopback whose routes are those of a route configuration."""
    router = hcm_pb2.HttpFilter(name="envoy.filters.http.router")
    router.typed_config.Pack(router_pb2.Router())
    manager = hcm_pb2.HttpConnectionManager(
        stat_prefix=mark or "http", rds={"route_config_name": route, "config_source": ADS}, http_filters=[router]
    )
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    listener = listener_pb2.Listener(name=name, address=address)
    item = listener.filter_chains.add().filters.add(name="envoy.filters.network.http_connection_manager")
    item.typed_config.Pack(manager)
    return listener


def small_routes(name: str, mark: str = "") -> Any:  # noqa: ANN401  likewise
    """A route configuration that takes its virtual hosts one by one."""
    headers = [mark] if mark else []
    return route_pb2.RouteConfiguration(name=name, vhds={"config_source": ADS}, internal_only_headers=headers)


def table(name: str, *hosts: Any) -> Any:  # noqa: ANN401  likewise
    """A route configuration with its virtual hosts inside."""
    return route_pb2.RouteConfiguration(name=name, virtual_hosts=hosts)


def domains_of(body: bytes) -> tuple[str, ...]:
    """Return the domains of an encoded virtual host."""
    return tuple(route_components_pb2.VirtualHost.FromString(body).domains)


def host(name: str, domain: str, text: str) -> Any:  # noqa: ANN401  likewise
    """A virtual host that answers with a text."""
    answer = {"status": 200, "body": {"inline_string": text}}
    return route_components_pb2.VirtualHost(
        name=name, domains=[domain], routes=[{"match": {"prefix": "/"}, "direct_response": answer}]
    )


def name_of(type_: ResourceType, body: bytes) -> str:
    """Return the name of an encoded resource."""
    match type_:
        case ResourceType.CLUSTER:
            return str(cluster_pb2.Cluster.FromString(body).name)
        case ResourceType.ENDPOINT:
            return str(endpoint_pb2.ClusterLoadAssignment.FromString(body).cluster_name)
        case ResourceType.LISTENER:
            return str(listener_pb2.Listener.FromString(body).name)
        case _:
            return str(route_pb2.RouteConfiguration.FromString(body).name)
