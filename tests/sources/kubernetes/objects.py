"""Objects as an API server has them, noise included."""

from __future__ import annotations

from typing import Any


def _metadata(name: str, namespace: str = "shop") -> dict[str, Any]:
    found = {
        "name": name,
        "uid": "u",
        "resourceVersion": "7",
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl"}],
    }
    return found | ({"namespace": namespace} if namespace else {})


def virtual_service() -> dict[str, Any]:
    """A VirtualService."""
    spec = {"hosts": ["reviews"], "http": [{"route": [{"destination": {"host": "reviews"}}]}]}
    return {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": _metadata("reviews")} | {
        "spec": spec
    }


def pod() -> dict[str, Any]:
    """A pod that is not ready yet."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata("reviews-0") | {"labels": {"app": "reviews"}},
        "spec": {
            "nodeName": "node-1",
            "serviceAccountName": "reviews",
            "containers": [{"name": "c", "image": "i", "env": [{"name": "PASSWORD", "value": "x"}]}],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "conditions": [
                {"type": "Ready", "status": "False", "lastTransitionTime": "then"},
                {"type": "PodScheduled", "status": "True"},
            ],
            "containerStatuses": [{"restartCount": 1}],
        },
    }


def node() -> dict[str, Any]:
    """A node."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _metadata("node-1", "") | {"labels": {"topology.kubernetes.io/region": "eu"}},
        "spec": {"podCIDR": "10.0.0.0/24"},
        "status": {"conditions": [{"type": "Ready", "lastHeartbeatTime": "then"}], "images": []},
    }


def slice_() -> dict[str, Any]:
    """An EndpointSlice with one pod in it."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": _metadata("reviews-x") | {"labels": {"kubernetes.io/service-name": "reviews"}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 80}],
        "endpoints": [
            {
                "addresses": ["10.0.0.1"],
                "nodeName": "node-1",
                "targetRef": {"kind": "Pod", "name": "reviews-0", "namespace": "shop"},
            }
        ],
    }


def secret(type_: str, *keys: str) -> dict[str, Any]:
    """A Secret with something at these keys."""
    data = dict.fromkeys(keys, "eA==")
    return {"apiVersion": "v1", "kind": "Secret", "metadata": _metadata("s"), "type": type_, "data": data}
