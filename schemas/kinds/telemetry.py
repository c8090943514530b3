"""Telemetry: traces, metrics and access logs of workloads. Pure model.

Source: istio.io/api telemetry/v1/telemetry.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.types.duration import Duration
from schemas.types.message import Message, OneOfMessage
from schemas.types.policy_target import TargetedPolicy

WorkloadMode = Literal["CLIENT_AND_SERVER", "CLIENT", "SERVER"]

IstioMetric = Literal[
    "ALL_METRICS",
    "REQUEST_COUNT",
    "REQUEST_DURATION",
    "REQUEST_SIZE",
    "RESPONSE_SIZE",
    "TCP_OPENED_CONNECTIONS",
    "TCP_CLOSED_CONNECTIONS",
    "TCP_SENT_BYTES",
    "TCP_RECEIVED_BYTES",
    "GRPC_REQUEST_MESSAGES",
    "GRPC_RESPONSE_MESSAGES",
]


class ProviderRef(Message):
    """A provider, by its name in the mesh's settings."""

    name: str


class LiteralTag(Message):
    """A fixed value of a tag."""

    value: str


class NamedTag(Message):
    """A tag from an environment variable or a header, with a value for when it is missing."""

    name: str
    default_value: str = ""


class FormatterTag(Message):
    """A tag from an access log format, such as `%REQ(:PATH)%`."""

    value: str


class CustomTag(OneOfMessage):
    """Where the value of a tag comes from."""

    ONE_OF: ClassVar = (("literal", "environment", "header", "formatter"),)

    literal: LiteralTag | None = None
    environment: NamedTag | None = None
    header: NamedTag | None = None
    formatter: FormatterTag | None = None


class TracingSelector(Message):
    """The direction of the traffic."""

    mode: WorkloadMode = "CLIENT_AND_SERVER"


class Tracing(Message):
    """A tracer, the share of requests that are traced, and tags."""

    match: TracingSelector | None = None
    providers: tuple[ProviderRef, ...] = ()
    random_sampling_percentage: Annotated[float, Field(ge=0, le=100)] | None = None
    disable_span_reporting: bool | None = None
    custom_tags: dict[str, CustomTag] = Field(default_factory=dict)
    use_request_id_for_trace_sampling: bool | None = None
    enable_istio_tags: bool | None = None
    disable_context_propagation: bool | None = None


class MetricSelector(OneOfMessage):
    """One of Istio's metrics, or any other by its name."""

    ONE_OF: ClassVar = (("metric", "custom_metric"),)

    metric: IstioMetric | None = None
    custom_metric: str | None = None
    mode: WorkloadMode = "CLIENT_AND_SERVER"


class TagOverride(Message):
    """A tag that is set to the value of an expression (CEL), or removed."""

    operation: Literal["UPSERT", "REMOVE"] = "UPSERT"
    value: str = ""


class MetricsOverrides(Message):
    """What is different for the metrics that match."""

    match: MetricSelector | None = None
    disabled: bool | None = None
    tag_overrides: dict[str, TagOverride] = Field(default_factory=dict)


class Metrics(Message):
    """Providers of metrics, and overrides, the later the stronger."""

    providers: tuple[ProviderRef, ...] = ()
    overrides: tuple[MetricsOverrides, ...] = ()
    reporting_interval: Duration | None = None


class LogSelector(Message):
    """The direction of the traffic."""

    mode: WorkloadMode = "CLIENT_AND_SERVER"


class Filter(Message):
    """An expression (CEL) over the request and the response: what it is false of is not logged."""

    expression: str = ""


class AccessLogging(Message):
    """Providers of access logs, and which requests they get."""

    match: LogSelector | None = None
    providers: tuple[ProviderRef, ...] = ()
    disabled: bool | None = None
    filter: Filter | None = None


class Telemetry(TargetedPolicy):
    """What the selected workloads tell of their traffic; what is not said comes from the namespace and the mesh."""

    tracing: tuple[Tracing, ...] = ()
    metrics: tuple[Metrics, ...] = ()
    access_logging: tuple[AccessLogging, ...] = ()
