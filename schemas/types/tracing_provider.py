"""Tracers among the extension providers. Pure."""

from __future__ import annotations

from typing import Literal

from schemas.types.duration import AnyDuration
from schemas.types.integers import Int32, UInt32
from schemas.types.message import Message
from schemas.types.provider_service import GrpcService, HttpHeader, HttpService, ServiceRef
from schemas.types.tracing import TraceContext


class ZipkinTracingProvider(ServiceRef):
    """Spans to Zipkin."""

    max_tag_length: UInt32 = 0
    enable_64bit_trace_id: bool = False
    path: str = ""
    trace_context_option: Literal["USE_B3", "USE_B3_WITH_W3C_PROPAGATION"] = "USE_B3"
    timeout: AnyDuration | None = None
    headers: tuple[HttpHeader, ...] = ()


class LightstepTracingProvider(ServiceRef):
    """Spans to Lightstep."""

    access_token: str = ""
    max_tag_length: UInt32 = 0


class DatadogTracingProvider(ServiceRef):
    """Spans to Datadog."""

    max_tag_length: UInt32 = 0


class SkyWalkingTracingProvider(ServiceRef):
    """Spans to SkyWalking."""

    access_token: str = ""


class OpenCensusAgentTracingProvider(ServiceRef):
    """Spans to an agent of OpenCensus."""

    context: tuple[TraceContext, ...] = ()
    max_tag_length: UInt32 = 0


class ResourceDetector(Message):
    """Its presence turns the detector on."""


class ResourceDetectors(Message):
    """What adds attributes to the resource of spans."""

    environment: ResourceDetector | None = None
    dynatrace: ResourceDetector | None = None


class DynatraceApi(ServiceRef):
    """Where Dynatrace's sampling configuration is read."""

    http: HttpService | None = None


class DynatraceSampler(Message):
    """Dynatrace's adaptive sampling."""

    tenant: str = ""
    cluster_id: Int32 = 0
    root_spans_per_minute: UInt32 = 0
    http_service: DynatraceApi | None = None


class OpenTelemetryTracingProvider(ServiceRef):
    """Spans in OpenTelemetry's protocol."""

    max_tag_length: UInt32 = 0
    http: HttpService | None = None
    grpc: GrpcService | None = None
    resource_detectors: ResourceDetectors | None = None
    dynatrace_sampler: DynatraceSampler | None = None
