"""`WorkloadEntry` as a message: one workload outside Kubernetes. Pure; the kind and the endpoints of a ServiceEntry."""

from __future__ import annotations

from pydantic import Field

from schemas.types.integers import UInt32
from schemas.types.message import Message


class WorkloadEntry(Message):
    """The address, ports, labels and place of one workload."""

    address: str = ""
    ports: dict[str, UInt32] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    network: str = ""
    locality: str = ""
    weight: UInt32 = 0
    service_account: str = ""
