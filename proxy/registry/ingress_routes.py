"""VirtualServices that are made of Ingresses: one a host, of all Ingresses that have routes for it. Pure rules.

The longest path comes first, of equal ones the exact one, then the oldest Ingress; what no path takes goes to the
default backends, the oldest first. Destinations are of each Ingress' own namespace. A backend that does not exist
answers 503, so that no shorter path takes what was meant for it.
Sources: istio pilot/pkg/config/kube/ingress/virtualservices.go and
https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import resolve_host
from proxy.registry.ingress import (
    EVERY_HOST,
    GENERATED,
    GENERATED_NAMESPACE,
    INGRESS,
    IngressHost,
    default_backend,
    gateway_name,
    ingress_groups,
    ingress_hosts,
)
from proxy.registry.services import HostIn, service_in
from proxy.typed import typed_as
from schemas.kinds.kube_ingress import HTTPIngressPath, Ingress, IngressBackend
from schemas.kinds.virtual_service import HTTPRoute, HTTPRouteDestination, VirtualService
from schemas.types.destination import Destination, PortSelector
from schemas.types.http_action import HTTPDirectResponse
from schemas.types.http_match import HTTPMatchRequest
from schemas.types.string_match import StringMatch

_MARK: Final = f"~{GENERATED}"
_EVERY_PATH: Final = frozenset({"", "*", "/*", ".*"})
_ENDINGS: Final = (".*", "/*")
_PUBLIC: Final = ("*",)
_UNAVAILABLE: Final = HTTPDirectResponse(status=503)


class IngressRoute(NamedTuple):
    """A path of an Ingress: how it sorts, and the route that it makes."""

    order: tuple[int, bool]
    route: HTTPRoute


class IngressRoutes(NamedTuple):
    """What one Ingress has for a host; sorts by the age of the Ingress. `default` is for what no path takes."""

    created: str
    name: str
    namespace: str
    paths: tuple[IngressRoute, ...]
    default: HTTPRoute | None


class MadeOfIngresses(NamedTuple):
    """The VirtualService of a host, and the creation time of the oldest Ingress that it is made of."""

    created: str
    spec: VirtualService


def routing_key(host: str) -> Key:
    """The key of the VirtualService of a host; no object of a user's can have such a name."""
    return Key("VirtualService", GENERATED_NAMESPACE, f"{host}{_MARK}")


def routed_host(key: Key) -> str:
    """The host that such a key is of; empty for any other key."""
    return key.name.removesuffix(_MARK) if key.name.endswith(_MARK) else ""


def ingress_routings(view: View, ingress: Key) -> tuple[Key, ...]:
    """The VirtualServices that an Ingress has a part in."""
    return tuple(routing_key(host) for host in view.derive(ingress_hosts, ingress))


def ingress_virtual_service(view: View, host: str) -> MadeOfIngresses | None:
    """The VirtualService of a host (a rule)."""
    keys = view.lookup(ingress_groups, INGRESS, IngressHost(host))
    parts = sorted((view.derive(ingress_routes, (key, host)) for key in keys), key=lambda part: part[:3])
    paths = sorted((path for part in parts for path in part.paths), key=lambda path: path.order)
    routes = (*(path.route for path in paths), *(part.default for part in parts if part.default is not None))
    if not routes:
        return None
    names = (f"{GENERATED_NAMESPACE}/{gateway_name(key)}" for key in keys)
    spec = VirtualService(hosts=(host,), gateways=tuple(names), http=routes, export_to=_PUBLIC)
    return MadeOfIngresses(parts[0].created, spec)


def ingress_routes(view: View, of: tuple[Key, str]) -> IngressRoutes:
    """What an Ingress has for a host (a rule)."""
    key, host = of
    resource, spec = view.get(key), typed_as(view, key, Ingress)
    created = resource.created if resource is not None else ""
    if spec is None:
        return IngressRoutes(created, key.name, key.namespace, (), None)
    paths = [
        _route(view, key.namespace, path)
        for rule in spec.rules
        if rule.http is not None and (rule.host.lower() or EVERY_HOST) == host
        for path in rule.http.paths
    ]
    default = default_backend(spec)
    last = _to(view, key.namespace, default) if default is not None else None
    return IngressRoutes(created, key.name, key.namespace, tuple(paths), last)


def _route(view: View, namespace: str, path: HTTPIngressPath) -> IngressRoute:
    uri = _uri(path)
    route = _to(view, namespace, path.backend)
    if uri is None:
        return IngressRoute((1, True), route)
    length = len(uri.exact if uri.exact is not None else (uri.prefix or "").rstrip("/"))
    matched = route.model_copy(update={"match": (HTTPMatchRequest(uri=uri),)})
    return IngressRoute((-length, uri.exact is None), matched)


def _uri(path: HTTPIngressPath) -> StringMatch | None:
    """What a path matches, None for everything. What Exact and Prefix do not say is told by the path's ending."""
    text = path.path
    if path.path_type == "Exact":
        return StringMatch(exact=text)
    if path.path_type == "Prefix":
        return StringMatch(prefix=text)
    if text in _EVERY_PATH:
        return None
    ending = next((ending for ending in _ENDINGS if text.endswith(ending)), None)
    return StringMatch(exact=text) if ending is None else StringMatch(prefix=text.removesuffix(ending))


def _to(view: View, namespace: str, backend: IngressBackend) -> HTTPRoute:
    """The route to a backend; 503 where it names no port of a service."""
    name, port = backend.target
    number = _number(view, namespace, name, port) if name else 0
    if not number:
        return HTTPRoute(direct_response=_UNAVAILABLE)
    destination = Destination(host=resolve_host(name, namespace), port=PortSelector(number=number))
    return HTTPRoute(route=(HTTPRouteDestination(destination=destination, weight=100),))


def _number(view: View, namespace: str, name: str, port: int | str) -> int:
    """The number of a port of a Service, 0 where there is none of that name."""
    if isinstance(port, int):
        return port
    service = view.derive(service_in, HostIn(namespace, resolve_host(name, namespace)))
    ports = service.ports if service is not None else ()
    return next((each.number for each in ports if each.name == port), 0)
