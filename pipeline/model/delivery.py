"""What became of one resource at one subscriber: what the ledger folds. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeliveryState(StrEnum):
    """Sent and not yet answered, accepted, or refused."""

    SENT = "sent"
    ACKED = "acked"
    NACKED = "nacked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A subscriber (an Envoy node's id), an Envoy resource at a version, and its fate in the proxy's words."""

    subscriber: str
    type_url: str
    name: str
    version: str
    state: DeliveryState
    reason: str = ""
