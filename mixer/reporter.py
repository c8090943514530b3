"""Who reports: the proxy at the other end of a log stream. Pure.

A proxy says who it is once, in the first message of its stream. Its metadata are taken at their word, for they are what
Istio's own proxies put into their metrics; what they leave out is looked up by namespace and name, then by address.
"""

from dataclasses import dataclass
from typing import Any

from mixer.workload import NOBODY, Workload, controller_of, workload

_PARTS = 4  # TYPE~IP~NAME.NAMESPACE~DOMAIN
ROUTER = "router"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """A proxy: its type, addresses, the name and namespace it runs under, and its workload as far as it says."""

    type: str = "sidecar"
    ips: frozenset[str] = frozenset()
    name: str = ""
    namespace: str = "default"
    workload: Workload = NOBODY


NO_REPORTER = Reporter()
"""A stream that did not say who it is."""


def reporter_of(node: Any) -> Reporter:  # noqa: ANN401  a generated message
    """The reporter that an `envoy.config.core.v3.Node` describes; any other id than Istio's is a sidecar's."""
    fields = node.metadata.fields
    metadata = {name: fields[name].string_value for name in fields}
    labels = {name: value.string_value for name, value in _labels(fields)}
    parts = node.id.split("~")
    known = len(parts) == _PARTS
    pod, _, space = parts[2].rpartition(".") if known else (node.id, "", "")
    namespace = metadata.get("NAMESPACE") or space or "default"
    addresses = (parts[1] if known else "", *metadata.get("INSTANCE_IPS", "").split(","))
    name = metadata.get("WORKLOAD_NAME") or (controller_of(pod, labels) if labels else "")
    return Reporter(
        type=parts[0] if known else "sidecar",
        ips=frozenset(address.strip() for address in addresses if address.strip()),
        name=pod,
        namespace=namespace,
        workload=workload(name, namespace, labels, metadata.get("CLUSTER_ID", "")) if name else NOBODY,
    )


def _labels(fields: Any) -> Any:  # noqa: ANN401  a generated message's map, which must not be asked for what it lacks
    return fields["LABELS"].struct_value.fields.items() if "LABELS" in fields else ()
