"""WorkloadGroup: the template of WorkloadEntries, and how their health is probed. Pure model.

Source: istio.io/api networking/v1alpha3/workload_group.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from schemas.types.integers import Int32, UInt32
from schemas.types.message import Message, OneOfMessage
from schemas.types.workload import WorkloadEntry


class ObjectMeta(Message):
    """Labels and annotations that every entry made from the template gets."""

    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class HTTPHeader(Message):
    """A header that a probe sends."""

    name: str = ""
    value: str = ""


class HTTPHealthCheckConfig(Message):
    """A probe by an HTTP GET."""

    path: str = ""
    port: UInt32
    host: str = ""
    scheme: str = ""
    http_headers: tuple[HTTPHeader, ...] = ()


class TCPHealthCheckConfig(Message):
    """A probe by a TCP connection."""

    host: str = ""
    port: UInt32


class ExecHealthCheckConfig(Message):
    """A probe by a command that must exit with 0."""

    command: tuple[str, ...]


class GrpcHealthCheckConfig(Message):
    """A probe by the gRPC health protocol."""

    service: str = ""
    port: UInt32 = 0


class ReadinessProbe(OneOfMessage):
    """When and how a workload is asked whether it is ready."""

    ONE_OF: ClassVar = (("http_get", "tcp_socket", "exec", "grpc"),)

    initial_delay_seconds: Int32 = 0
    timeout_seconds: Int32 = 0
    period_seconds: Int32 = 0
    success_threshold: Int32 = 0
    failure_threshold: Int32 = 0
    http_get: HTTPHealthCheckConfig | None = None
    tcp_socket: TCPHealthCheckConfig | None = None
    exec: ExecHealthCheckConfig | None = None
    grpc: GrpcHealthCheckConfig | None = None


class WorkloadGroup(Message):
    """What entries of the group have in common."""

    metadata: ObjectMeta | None = None
    template: WorkloadEntry
    probe: ReadinessProbe | None = None
