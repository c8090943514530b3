"""The types of Envoy resource that a proxy subscribes to, in the order in which they are sent. Pure data.

Make before break (xDS protocol, "Eventual consistency considerations"): clusters, then their endpoints, then secrets,
listeners, routes and virtual hosts, each of which names something that came before it; what nobody names any more goes
last.
"""

from __future__ import annotations

from enum import Enum

_PREFIX = "type.googleapis.com/envoy."


class ResourceType(Enum):
    """A type of resource; iteration is the order in which a change of several types is sent.

    A route configuration has two forms, by the stream that asks, so it has two members with one type URL: `ROUTE` is
    the small one that takes its virtual hosts from `VIRTUAL_HOST` (delta streams of Envoy), `ROUTE_TABLE` is the whole
    table, with its virtual hosts inside (state of the world, gRPC, a node that turned virtual hosts off, `galley xds`).
    """

    CLUSTER = ("cds", "config.cluster.v3.Cluster")
    ENDPOINT = ("eds", "config.endpoint.v3.ClusterLoadAssignment")
    SECRET = ("sds", "extensions.transport_sockets.tls.v3.Secret")
    LISTENER = ("lds", "config.listener.v3.Listener")
    ROUTE = ("rds", "config.route.v3.RouteConfiguration")
    ROUTE_TABLE = ("rds-table", "config.route.v3.RouteConfiguration")
    VIRTUAL_HOST = ("vhds", "config.route.v3.VirtualHost")

    def __init__(self, word: str, message: str) -> None:
        """Set the short word that commands use, the type URL, and the place in the order."""
        self.word = word
        self.type_url = _PREFIX + message
        self.rank = len(type(self).__members__)

    @property
    def breaks_last(self) -> bool:
        """Whether others name this type's resources, so that removals wait until nobody does (clusters, endpoints)."""
        return self in (ResourceType.CLUSTER, ResourceType.ENDPOINT)

    @property
    def is_full_state(self) -> bool:
        """Whether a state-of-the-world response carries all there is, so that absence deletes (clusters, listeners)."""
        return self in (ResourceType.CLUSTER, ResourceType.LISTENER)
