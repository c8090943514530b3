"""`RouteSite`: what the routes of a VirtualService are made relative to, besides the VirtualService itself. Pure data.

Everything here is resolved: two proxies with equal sites share one encoding of the routes.
"""

from __future__ import annotations

from typing import NamedTuple

from proxy.registry.merged_routes import MESH
from proxy.registry.service import Labels


class Target(NamedTuple):
    """A destination as a route names it: the full host, a subset or the empty string, a port or 0."""

    host: str
    subset: str = ""
    port: int = 0


class Resolved(NamedTuple):
    """A destination, its cluster, and the hash policies of its DestinationRule (encoded, empty where there is none)."""

    target: Target
    cluster: str
    hash_policy: bytes = b""


class Source(NamedTuple):
    """Who sends: what `sourceLabels` and `sourceNamespace` are held against."""

    namespace: str = ""
    labels: Labels = ()


class RouteSite(NamedTuple):
    """Where routes are used.

    `port` is the listener's, or the gateway server's; 0 for a proxy port that takes every port. `gateway` is `mesh` or
    `namespace/name`. `source` is only filled in where the VirtualService asks for it. `tls` says whether clients come
    over TLS, `http3` whether to advertise QUIC.
    """

    port: int
    gateway: str = MESH
    source: Source = Source()
    tls: bool = False
    http3: bool = False
