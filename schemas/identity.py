"""What Istio's validation asks of an object's name and annotations, beyond Kubernetes' rules for metadata. Pure.

Source: Istio's `validateMetadata` and `ValidateGateway`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.fault import Fault, invalid
from schemas.kind import Kind
from schemas.path import join

DRY_RUN = "istio.io/dry-run"
"""The annotation that only AuthorizationPolicy may have."""


def check_identity(kind: Kind, name: str, annotations: Mapping[str, str]) -> Iterator[Fault]:
    """A Gateway's name is a DNS label, since routes name it beside its namespace; only a policy runs dry."""
    if kind.foreign:
        return
    if kind.name == "Gateway" and "." in name:
        yield invalid("metadata.name", f"the name of a Gateway must not have dots, `{name[:80]}` has")
    if DRY_RUN in annotations and kind.name != "AuthorizationPolicy":
        yield invalid(join("metadata.annotations", DRY_RUN), f"`{DRY_RUN}` works on an AuthorizationPolicy only")
