"""That a client refused a resource: as the state that is remembered, and as the event that is told. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.resource_type import ResourceType
from proxy.xds.step import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A version that the client refused, its words, what it holds instead, and since which revision."""

    version: str
    reason: str
    last: Held
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An event: the client refused a resource, in these words; the version is empty for a removal."""

    type: ResourceType
    name: str
    version: str
    reason: str
