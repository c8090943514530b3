"""`Membership`: how the objects of one of several clusters are told from those of the others. Pure.

Services and namespaces of one name are one service and one namespace, in whatever cluster; pods, slices and nodes are
not. So the first cluster's go by their names, and every other cluster's by their names with the cluster's behind.
Source: https://istio.io/latest/docs/ops/deployment/deployment-models/#namespace-tenancy
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline.model.key import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN: Final = frozenset({"Pod", "Node", "EndpointSlice"})
_NETWORK: Final = "topology.istio.io/network"
_CLUSTER: Final = "topology.istio.io/cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One cluster among others: its name, whether it is the first, and the network that its pods are in, or none."""

    cluster: str
    is_first: bool = True
    network: str = ""

    def key(self, key: Key) -> Key:
        """Return the key under which an object goes."""
        return key._replace(name=self._name(key.name)) if key.kind in _OWN else key

    def labels(self, key: Key, labels: Mapping[str, str]) -> Mapping[str, str]:
        """Return an object's labels; a pod's say in which cluster and network it is, unless they do already."""
        if key.kind != "Pod" or (self.is_first and not self.network):
            return labels
        network = {_NETWORK: self.network} if self.network else {}
        return {_CLUSTER: self.cluster, **network, **labels}

    def content(self, key: Key, content: dict[str, Any]) -> dict[str, Any]:
        """Return an object's content, in which it names others by the names that they go under."""
        if self.is_first:
            return content
        if key.kind == "Pod" and isinstance(content.get("spec"), dict):
            return {**content, "spec": self._renamed(content["spec"], "nodeName")}
        if key.kind == "EndpointSlice":
            return {**content, "endpoints": [self._endpoint(one) for one in content.get("endpoints") or ()]}
        return content

    def _endpoint(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        found = self._renamed(endpoint, "nodeName")
        target = found.get("targetRef")
        if isinstance(target, dict) and target.get("kind") == "Pod":
            found = {**found, "targetRef": self._renamed(target, "name")}
        return found

    def _renamed(self, fields: dict[str, Any], name: str) -> dict[str, Any]:
        return {**fields, name: self._name(fields[name])} if fields.get(name) else fields

    def _name(self, name: str) -> str:
        return name if self.is_first else f"{name}.{self.cluster}"
