"""ServiceEntry: a service that the registry would not know otherwise. Pure model.

Source: istio.io/api networking/v1alpha3/service_entry.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.message import Message
from schemas.types.port import ServicePort
from schemas.types.selector import WorkloadSelector
from schemas.types.workload import WorkloadEntry

Location = Literal["MESH_EXTERNAL", "MESH_INTERNAL"]
Resolution = Literal["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"]


class ServiceEntry(Message):
    """Hosts, addresses and ports, and how their endpoints are found."""

    hosts: Annotated[tuple[str, ...], Field(min_length=1, max_length=256)]
    addresses: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=256)] = ()
    ports: Annotated[tuple[ServicePort, ...], Field(max_length=256)] = ()
    location: Location = "MESH_EXTERNAL"
    resolution: Resolution = "NONE"
    endpoints: Annotated[tuple[WorkloadEntry, ...], Field(max_length=4096)] = ()
    workload_selector: WorkloadSelector | None = None
    export_to: tuple[str, ...] = ()
    subject_alt_names: tuple[str, ...] = ()
