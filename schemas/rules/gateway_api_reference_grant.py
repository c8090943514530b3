"""Rules of ReferenceGrant. Pure. Source: the Gateway API's CRD (apis/v1/referencegrant_types.go)."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault
from schemas.kinds.gateway_api_reference_grant import ReferenceGrant
from schemas.rules.gateway_api_names import check_object, check_some


def check_gateway_api_reference_grant(grant: ReferenceGrant, path: str, namespace: str) -> Iterator[Fault]:
    """Groups, kinds and namespaces that are such."""
    del namespace
    yield from check_some(grant.from_, f"{path}.from", "kind that refers")
    yield from check_some(grant.to, f"{path}.to", "kind that is referred to")
    for index, source in enumerate(grant.from_):
        yield from check_object(source.group, source.kind, source.namespace, f"{path}.from[{index}]")
    for index, target in enumerate(grant.to):
        yield from check_object(target.group, target.kind, None, f"{path}.to[{index}]")
