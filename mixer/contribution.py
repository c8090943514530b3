"""What one configuration object adds to the index: hosts, addresses, workloads, selectors. Pure.

Each object is looked at alone, so that an edit costs one object. What needs two (which services select a workload) is
found when it is asked for, from the parts that are here. Specs have passed validation; one of another shape all the
same adds nothing, and keeps nobody else's names from the metrics.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NamedTuple

import orjson

from mixer.workload import Workload, controller_of, workload
from pipeline.model.resource import Resource

ANY_PORT = 0
DOMAIN = "cluster.local"

OWN, INLINE, POINTER = range(3)
"""Ranks: an object that is the workload, a service that describes it, an object that only points to it."""


class Service(NamedTuple):
    """A service as telemetry names it: host, short name, namespace."""

    host: str
    name: str
    namespace: str


class Placed(NamedTuple):
    """A workload at an address, with the labels that selectors match."""

    workload: Workload
    labels: frozenset[tuple[str, str]]


class Selecting(NamedTuple):
    """A service that selects workloads of its namespace by labels, and the workload ports it reaches (None: any)."""

    service: Service
    labels: frozenset[tuple[str, str]]
    ports: frozenset[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What an object adds, by table. `rank`: of objects that say something of one address, the lower counts."""

    rank: int = OWN
    services: Mapping[str, tuple[Service, ...]]
    places: Mapping[tuple[str, int], tuple[Placed, ...]]
    names: Mapping[tuple[str, str], tuple[Workload, ...]]
    backends: Mapping[tuple[str, int], tuple[Service, ...]]
    selectors: Mapping[str, tuple[Selecting, ...]]


def contribution(resource: Resource) -> Contribution | None:
    """What the object adds; None for kinds that telemetry does not read, and for content that is not as expected."""
    read = _KINDS.get(resource.key.kind)
    if read is None:
        return None
    try:
        return read(resource, orjson.loads(resource.spec))
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def _make(
    *,
    rank: int = OWN,
    services: Iterable[Service] = (),
    places: Iterable[tuple[str, int, Placed]] = (),
    names: Iterable[tuple[str, str, Workload]] = (),
    backends: Iterable[tuple[str, int, Service]] = (),
    selectors: Iterable[Selecting] = (),
) -> Contribution:
    return Contribution(
        rank=rank,
        services=_grouped((service.host, service) for service in services),
        places=_grouped(((ip, port), placed) for ip, port, placed in places),
        names=_grouped(((namespace, name), made) for namespace, name, made in names),
        backends=_grouped(((ip, port), service) for ip, port, service in backends),
        selectors=_grouped((selecting.service.namespace, selecting) for selecting in selectors),
    )


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, tuple[Any, ...]]:
    found: dict[Any, tuple[Any, ...]] = {}
    for key, value in pairs:
        found[key] = (*found.get(key, ()), value)
    return found


def _service(resource: Resource, spec: Any) -> Contribution:  # noqa: ANN401  JSON
    _, namespace, name = resource.key
    service = Service(f"{name}.{namespace}.svc.{DOMAIN}", name, namespace)
    selector = spec.get("selector") or {}
    targets = [port.get("targetPort", port.get("port")) for port in spec.get("ports") or ()]
    # A named target is any port of the pod, whose names are not in every snapshot.
    ports = None if any(isinstance(target, str) for target in targets) else frozenset(targets)
    selecting = [Selecting(service, frozenset(selector.items()), ports)] if selector else []
    return _make(services=[service], selectors=selecting)


def _service_entry(resource: Resource, spec: Any) -> Contribution:  # noqa: ANN401  JSON
    namespace = resource.key.namespace
    services = [Service(host, host, namespace) for host in spec.get("hosts") or ()]
    ports = spec.get("ports") or ()
    endpoints = [_inline(endpoint, ports, namespace) for endpoint in spec.get("endpoints") or ()]
    places = [(ip, port, placed) for ip, targets, placed in endpoints if ip for port in targets]
    selector = (spec.get("workloadSelector") or {}).get("labels")
    return _make(
        rank=INLINE,
        services=services,
        places=places,
        backends=[(ip, port, service) for ip, port, _ in places for service in services],
        # A WorkloadEntry may give a port's name another number, so the port is no part of the match.
        selectors=[Selecting(service, frozenset(selector.items()), None) for service in services] if selector else (),
    )


def _inline(endpoint: Any, ports: Any, namespace: str) -> tuple[str, list[int], Placed]:  # noqa: ANN401  JSON
    """An endpoint that a ServiceEntry has within: its address, its ports, and what is there."""
    labels = endpoint.get("labels") or {}
    numbers = endpoint.get("ports") or {}
    targets = [numbers.get(port.get("name")) or port.get("targetPort") or port["number"] for port in ports]
    placed = Placed(workload("", namespace, labels), frozenset(labels.items()))
    return _ip(endpoint.get("address")), targets, placed


def _workload_entry(resource: Resource, spec: Any) -> Contribution:  # noqa: ANN401  JSON
    _, namespace, name = resource.key
    labels = {**resource.labels, **(spec.get("labels") or {})}
    group = resource.annotations.get("istio.io/autoRegistrationGroup", "")
    made = workload(group or name, namespace, labels)
    ip = _ip(spec.get("address"))
    ports = (ANY_PORT, *(spec.get("ports") or {}).values())
    placed = Placed(made, frozenset(labels.items()))
    places = [(ip, port, placed) for port in dict.fromkeys(ports)] if ip else ()
    return _make(places=places, names=[(namespace, name, made)])


def _pod(resource: Resource, body: Any) -> Contribution:  # noqa: ANN401  JSON
    _, namespace, name = resource.key
    spec, status = body.get("spec") or {}, body.get("status") or {}
    made = workload(controller_of(name, resource.labels), namespace, resource.labels)
    placed = Placed(made, frozenset(resource.labels.items()))
    ips = dict.fromkeys([status.get("podIP"), *(item.get("ip") for item in status.get("podIPs") or ())])
    ports = list(_container_ports(spec)) if spec.get("hostNetwork") else [ANY_PORT]
    places = [(_ip(ip), port, placed) for ip in ips if _ip(ip) for port in ports]
    return _make(places=places, names=[(namespace, name, made)])


def _container_ports(spec: Any) -> Iterator[int]:  # noqa: ANN401  JSON
    """A pod on its node's address shares it: there, only its ports are its own."""
    for container in spec.get("containers") or ():
        for port in container.get("ports") or ():
            yield port["containerPort"]


def _endpoint_slice(resource: Resource, body: Any) -> Contribution:  # noqa: ANN401  JSON
    namespace = resource.key.namespace
    name = resource.labels.get("kubernetes.io/service-name", "")
    service = Service(f"{name}.{namespace}.svc.{DOMAIN}", name, namespace)
    ports = [port["port"] for port in body.get("ports") or () if port.get("port")]
    places, backends = [], []
    for endpoint in body.get("endpoints") or ():
        target = endpoint.get("targetRef") or {}
        placed = Placed(workload(target.get("name", ""), target.get("namespace") or namespace, {}), frozenset())
        for ip in filter(None, map(_ip, endpoint.get("addresses") or ())):
            places += [(ip, port, placed) for port in ports]
            backends += [(ip, port, service) for port in ports]
    return _make(rank=POINTER, places=places, backends=backends if name else ())


def _ip(text: object) -> str:
    """The address in the form in which Envoy writes it; empty for a name or a socket."""
    try:
        return str(ip_address(text)) if isinstance(text, str) else ""
    except ValueError:
        return ""


_KINDS = {
    "Service": _service,
    "ServiceEntry": _service_entry,
    "WorkloadEntry": _workload_entry,
    "Pod": _pod,
    "EndpointSlice": _endpoint_slice,
}
KINDS = frozenset(_KINDS)
"""The kinds that telemetry reads."""
