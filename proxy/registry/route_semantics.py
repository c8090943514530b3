"""`Semantics`: whose rules a VirtualService follows: Istio's, or those of the kind that it was made from. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

ROUTE_SEMANTICS = "internal.istio.io/route-semantics"
"""The annotation by which converters of other kinds mark the VirtualServices that they make."""


class Semantics(Enum):
    """A prefix is a plain prefix for Istio; for Ingress and the Gateway API it ends at a path separator."""

    ISTIO = ""
    INGRESS = "ingress"
    GATEWAY = "gateway"


def semantics_of(annotations: Mapping[str, str]) -> Semantics:
    """The semantics that an object's annotations ask for; Istio's where they name none that is known."""
    word = annotations.get(ROUTE_SEMANTICS, "")
    return next((semantics for semantics in Semantics if semantics.value == word), Semantics.ISTIO)
