"""The identity of a configuration object. Pure data."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """Names one configuration object: its kind, namespace (empty for cluster-scoped kinds) and name.

    `kind` is the bare kind (`VirtualService`) for Istio's and Kubernetes' core kinds, and `Kind.group` where two groups
    share a word (`Gateway.gateway.networking.k8s.io`), so that a key is unique without its group.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return the form that people read: `VirtualService default/reviews`."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"
