"""Workloads that are objects of their own: WorkloadEntries, and pods with the places of their nodes. Pure rules.

Source: istio pilot/pkg/serviceregistry/serviceentry/conversion.go and kube/controller/endpoint_builder.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.service import NOWHERE, Labels, Locality
from proxy.typed import typed_as
from schemas.kinds.kube_pod import Pod
from schemas.types.workload import WorkloadEntry

WORKLOAD_ENTRY: Final = "WorkloadEntry"
POD: Final = "Pod"
WORKLOAD_KINDS: Final = (WORKLOAD_ENTRY, POD)
TLS_MODE_LABEL: Final = "security.istio.io/tlsMode"
NETWORK_LABEL: Final = "topology.istio.io/network"
_LOCALITY_LABEL: Final = "istio-locality"
_REGION, _ZONE, _SUB_ZONE = (
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
)
_OLD_REGION, _OLD_ZONE = "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone"


class LabelGroup(NamedTuple):
    """Workloads of a namespace with one label."""

    namespace: str
    label: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Where a workload is and what it is. `ports` are those it names itself, by name.

    `tls_mode` is `istio` where its proxy takes Istio's mutual TLS. `address` is empty where it has none yet. The ports
    of a pod are its containers', which only a target port names; those of an entry are named as the service's are.
    """

    address: str
    namespace: str
    name: str = ""
    labels: Labels = ()
    ports: tuple[tuple[str, int], ...] = ()
    locality: Locality = NOWHERE
    weight: int = 0
    network: str = ""
    service_account: str = ""
    tls_mode: str = ""
    ready: bool = True
    pod: bool = False

    def port(self, name: str) -> int | None:
        """The port that the workload itself gives that name."""
        return next((number for port, number in self.ports if port == name), None)


def workload(view: View, key: Key) -> Workload | None:
    """The workload that a WorkloadEntry or a Pod is (a rule)."""
    return view.derive(_pod if key.kind == POD else _entry, key)


def workload_labels(view: View, key: Key) -> tuple[LabelGroup, ...]:
    """The groups of the index of workloads by namespace and one label."""
    found = view.derive(workload, key)
    return tuple(LabelGroup(key.namespace, pair) for pair in found.labels) if found is not None else ()


def workloads_selected(view: View, wanted: tuple[str, Labels]) -> tuple[Workload, ...]:
    """The workloads of a namespace that have all of these labels (a rule)."""
    namespace, selector = wanted
    if not selector:
        return ()
    needed = frozenset(selector)
    group = LabelGroup(namespace, selector[0])
    keys = (key for kind in WORKLOAD_KINDS for key in view.lookup(workload_labels, kind, group))
    found = (view.derive(workload, key) for key in keys)
    return tuple(item for item in found if item is not None and item.address and needed <= frozenset(item.labels))


def from_entry(
    entry: WorkloadEntry, namespace: str, name: str = "", labels: Mapping[str, str] | None = None
) -> Workload:
    """The workload that a WorkloadEntry's content is; labels of its metadata stand behind its own."""
    merged = {**(labels or {}), **entry.labels}
    own = merged.get(TLS_MODE_LABEL)
    return Workload(
        address=entry.address,
        namespace=namespace,
        name=name,
        labels=tuple(sorted(merged.items())),
        ports=tuple(sorted(entry.ports.items())),
        locality=Locality.parse(entry.locality or _dotted(merged.get(_LOCALITY_LABEL, ""))),
        weight=entry.weight,
        network=entry.network or merged.get(NETWORK_LABEL, ""),
        service_account=entry.service_account,
        tls_mode=own if own is not None else "istio" if entry.service_account else "",
    )


def node_locality(view: View, name: str) -> Locality:
    """The place of a Kubernetes node, from its labels (a rule)."""
    resource = view.get(Key("Node", "", name)) if name else None
    if resource is None:
        return Locality()
    labels = resource.labels
    region = labels.get(_REGION) or labels.get(_OLD_REGION, "")
    zone = labels.get(_ZONE) or labels.get(_OLD_ZONE, "")
    return Locality(region, zone, labels.get(_SUB_ZONE, ""))


def _dotted(label: str) -> str:
    """A locality as a label can hold it (`region.zone.subzone`), in its usual form."""
    return label.replace(".", "/") if "/" not in label else label


def _entry(view: View, key: Key) -> Workload | None:
    resource = view.get(key)
    spec = typed_as(view, key, WorkloadEntry)
    if resource is None or spec is None:
        return None
    return from_entry(spec, key.namespace, key.name, resource.labels)


def _pod(view: View, key: Key) -> Workload | None:
    resource = view.get(key)
    pod = typed_as(view, key, Pod)
    if resource is None or pod is None or pod.spec is None:
        return None
    ready = pod.status is not None and any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions)
    labels = dict(resource.labels)
    place = view.derive(node_locality, pod.spec.node_name)
    ports = ((port.name, port.container_port) for container in pod.spec.containers for port in container.ports)
    return Workload(
        address=pod.status.pod_ip if pod.status is not None else "",
        namespace=key.namespace,
        name=key.name,
        labels=tuple(sorted(labels.items())),
        ports=tuple((name, number) for name, number in ports if name),
        locality=Locality.parse(_dotted(labels[_LOCALITY_LABEL])) if labels.get(_LOCALITY_LABEL) else place,
        network=labels.get(NETWORK_LABEL, ""),
        service_account=pod.spec.service_account_name or "default",
        tls_mode=labels.get(TLS_MODE_LABEL, ""),
        ready=ready,
        pod=True,
    )
