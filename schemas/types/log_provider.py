"""Access logs and metrics among the extension providers. Pure."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, JsonValue

from schemas.types.integers import UInt32
from schemas.types.message import Message, OneOfMessage
from schemas.types.provider_service import ServiceRef


class LogFormat(OneOfMessage):
    """A line of text, or a JSON object."""

    ONE_OF: ClassVar = (("text", "labels"),)

    text: str | None = None
    labels: dict[str, JsonValue] | None = None


class OpenTelemetryLogFormat(Message):
    """The body and the attributes of a record."""

    text: str = ""
    labels: dict[str, JsonValue] | None = None


class EnvoyFileAccessLogProvider(Message):
    """Access logs in a file."""

    path: str = ""
    log_format: LogFormat | None = None
    omit_empty_values: bool = False


class EnvoyTcpGrpcV3LogProvider(ServiceRef):
    """Access logs of TCP over gRPC."""

    log_name: str = ""
    filter_state_objects_to_log: tuple[str, ...] = ()


class EnvoyHttpGrpcV3LogProvider(EnvoyTcpGrpcV3LogProvider):
    """Access logs of HTTP over gRPC."""

    additional_request_headers_to_log: tuple[str, ...] = ()
    additional_response_headers_to_log: tuple[str, ...] = ()
    additional_response_trailers_to_log: tuple[str, ...] = ()


class EnvoyOpenTelemetryLogProvider(ServiceRef):
    """Access logs in OpenTelemetry's protocol."""

    log_name: str = ""
    log_format: OpenTelemetryLogFormat | None = None


class PrometheusMetricsProvider(Message):
    """Metrics that Prometheus reads from proxies."""


class StackdriverLogging(Message):
    """Tags of log entries."""

    labels: dict[str, str] = Field(default_factory=dict)


class StackdriverProvider(Message):
    """Metrics, logs and spans to Stackdriver."""

    debug: bool = False
    max_number_of_attributes: int | None = None
    max_number_of_annotations: int | None = None
    max_number_of_message_events: int | None = None
    max_tag_length: UInt32 = 0
    logging: StackdriverLogging | None = None
