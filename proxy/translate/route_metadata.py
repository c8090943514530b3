"""Where a route comes from, in its metadata, and what traces call it. Pure.

Source: istio pilot/pkg/networking/util/util.go (BuildConfigInfoMetadata), core/route/route.go (GetRouteOperation).
"""

from __future__ import annotations

from envoy.config.core.v3.base_pb2 import Metadata
from envoy.config.route.v3.route_components_pb2 import RouteMatch

from pipeline.model.key import Key

_FILTER = "istio"
_PATH = "/apis/networking.istio.io/v1/namespaces/{}/{}/{}"


def config_metadata(key: Key) -> Metadata:
    """Metadata that names the VirtualService a route was made of, as Istio's tools read it."""
    out = Metadata()
    out.filter_metadata[_FILTER]["config"] = _PATH.format(key.namespace, "virtual-service", key.name)
    return out


def operation(match: RouteMatch, cluster: str, fallback: str) -> str:
    """What a trace of the route is called: `host:port/path*` of its only cluster, else of `fallback` (`name:port`)."""
    _, _, rest = cluster.partition("outbound|")
    port, _, subset_and_host = rest.partition("|")
    host = subset_and_host.partition("|")[2]
    return f"{host}:{port}{_path(match)}" if host else f"{fallback}{_path(match)}"


def _path(match: RouteMatch) -> str:
    match match.WhichOneof("path_specifier"):
        case "prefix":
            return f"{match.prefix}*"
        case "path":
            return str(match.path)
        case "safe_regex":
            return str(match.safe_regex.regex)
        case _:
            return "/*"
