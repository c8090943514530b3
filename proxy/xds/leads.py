"""What one resource leads a client to: the endpoints of a cluster, the route configurations of a listener. Pure.

Read from the encoded message, and only where the answer decides what is sent unasked (`proxy.xds.session`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2

from proxy.encoded import Encoded
from proxy.xds.message import Message
from proxy.xds.step import Step
from proxy.xds.watch import Watch


def endpoints_of(cluster: Encoded) -> str | None:
    """Return the name under which an EDS cluster asks for its endpoints, None for a cluster of another kind."""
    message = cluster_pb2.Cluster.FromString(cluster.body)
    if message.type != cluster_pb2.Cluster.EDS:
        return None
    return str(message.eds_cluster_config.service_name or message.name)


def routes_of(listener: Encoded) -> frozenset[str]:
    """Return the route configurations that a listener's HTTP connection managers ask for."""
    message = listener_pb2.Listener.FromString(listener.body)
    return frozenset(
        manager.rds.route_config_name
        for manager in _managers(message)
        if manager.WhichOneof("route_specifier") == "rds"
    )


def newly_led(message: Message) -> frozenset[str]:
    """Return the route configurations that a message of listeners leads to from listeners that did not lead there.

    Found once for a message, and kept with it.
    """
    if message.leads is None:
        message.leads = _newly_led(message)
    return message.leads


def _newly_led(message: Message) -> frozenset[str]:
    found: set[str] = set()
    for _, before, after in message.moves:
        if after is not None:
            found |= routes_of(after) - (routes_of(before) if isinstance(before, Encoded) else frozenset())
    return frozenset(found)


def _managers(listener: Any) -> Iterator[Any]:  # noqa: ANN401  the generated messages have no types
    configs = [listener.api_listener.api_listener]
    for chain in (*listener.filter_chains, listener.default_filter_chain):
        configs.extend(item.typed_config for item in chain.filters)
    for config in configs:
        if config.Is(hcm_pb2.HttpConnectionManager.DESCRIPTOR):
            yield hcm_pb2.HttpConnectionManager.FromString(config.value)


def endpoints_again(message: Message, watch: Watch | None) -> None:
    """Have the endpoints of the clusters that a message changes sent again, until which Envoy warms them.

    A cluster has changed if its endpoints are asked for already, by name; those of a new one are asked for after it.
    """
    if watch is None:
        return
    table, subscription = watch.table, watch.subscription

    def shared() -> tuple[object, Step | None]:
        clusters = (move.after for move in message.moves if move.after is not None)
        names = {
            name for cluster in clusters if (name := endpoints_of(cluster)) is not None and name in subscription.names
        }
        held = {name: table.resources.get(name) for name in names}
        return subscription, Step(held=held, forced=frozenset(names), since=message.since) if held else None

    _, step = table.recall(("again", message.nonce, id(subscription)), shared)
    if step is None:
        return
    if watch.is_plain and watch.behind is None:
        watch.behind = step
    else:
        watch.force(step.held, message.since)
