"""`ExtensionProvider`: somebody else's authorizer, tracer, log, metrics or secrets, under a name. Pure."""

from __future__ import annotations

from typing import ClassVar, Final

from schemas.types.authz_provider import EnvoyExternalAuthorizationGrpcProvider, EnvoyExternalAuthorizationHttpProvider
from schemas.types.log_provider import (
    EnvoyFileAccessLogProvider,
    EnvoyHttpGrpcV3LogProvider,
    EnvoyOpenTelemetryLogProvider,
    EnvoyTcpGrpcV3LogProvider,
    PrometheusMetricsProvider,
    StackdriverProvider,
)
from schemas.types.message import OneOfMessage
from schemas.types.provider_service import ServiceRef
from schemas.types.tracing_provider import (
    DatadogTracingProvider,
    LightstepTracingProvider,
    OpenCensusAgentTracingProvider,
    OpenTelemetryTracingProvider,
    SkyWalkingTracingProvider,
    ZipkinTracingProvider,
)

PROVIDERS: Final = (
    "envoy_ext_authz_http",
    "envoy_ext_authz_grpc",
    "zipkin",
    "lightstep",
    "datadog",
    "stackdriver",
    "opencensus",
    "skywalking",
    "opentelemetry",
    "prometheus",
    "envoy_file_access_log",
    "envoy_http_als",
    "envoy_tcp_als",
    "envoy_otel_als",
    "sds",
)
"""The members of the one-of, by their names in Python."""


class SDSProvider(ServiceRef):
    """A service that gives gateways their secrets."""

    name: str = ""


class ExtensionProvider(OneOfMessage):
    """One provider, under the name that other kinds use."""

    ONE_OF: ClassVar = (PROVIDERS,)

    name: str = ""
    envoy_ext_authz_http: EnvoyExternalAuthorizationHttpProvider | None = None
    envoy_ext_authz_grpc: EnvoyExternalAuthorizationGrpcProvider | None = None
    zipkin: ZipkinTracingProvider | None = None
    lightstep: LightstepTracingProvider | None = None
    datadog: DatadogTracingProvider | None = None
    stackdriver: StackdriverProvider | None = None
    opencensus: OpenCensusAgentTracingProvider | None = None
    skywalking: SkyWalkingTracingProvider | None = None
    opentelemetry: OpenTelemetryTracingProvider | None = None
    prometheus: PrometheusMetricsProvider | None = None
    envoy_file_access_log: EnvoyFileAccessLogProvider | None = None
    envoy_http_als: EnvoyHttpGrpcV3LogProvider | None = None
    envoy_tcp_als: EnvoyTcpGrpcV3LogProvider | None = None
    envoy_otel_als: EnvoyOpenTelemetryLogProvider | None = None
    sds: SDSProvider | None = None
