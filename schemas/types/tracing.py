"""`Tracing`: how a proxy traces, in the proxy configuration (superseded by the Telemetry kind). Pure."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.types.client_tls import ClientTLSSettings
from schemas.types.integers import UInt32
from schemas.types.message import Message, OneOfMessage

TraceContext = Literal["UNSPECIFIED", "W3C_TRACE_CONTEXT", "GRPC_BIN", "CLOUD_TRACE_CONTEXT", "B3"]


class CollectorAddress(Message):
    """Where spans are sent (`zipkin:9411`)."""

    address: str = ""


class Lightstep(Message):
    """A pool of Lightstep satellites."""

    address: str = ""
    access_token: str = ""


class Stackdriver(Message):
    """Limits of Stackdriver's spans."""

    debug: bool = False
    max_number_of_attributes: int | None = None
    max_number_of_annotations: int | None = None
    max_number_of_message_events: int | None = None


class OpenCensusAgent(Message):
    """An agent of OpenCensus."""

    address: str = ""
    context: tuple[TraceContext, ...] = ()


class LiteralTag(Message):
    """A fixed value of a tag."""

    value: str = ""


class NamedTag(Message):
    """A tag from an environment variable or a header, with a value for when it is missing."""

    name: str = ""
    default_value: str = ""


class CustomTag(OneOfMessage):
    """Where the value of a tag comes from."""

    ONE_OF: ClassVar = (("literal", "environment", "header"),)

    literal: LiteralTag | None = None
    environment: NamedTag | None = None
    header: NamedTag | None = None


class Tracing(OneOfMessage):
    """A tracer, the share of requests that are traced, and tags."""

    ONE_OF: ClassVar = (("zipkin", "lightstep", "datadog", "stackdriver", "open_census_agent"),)

    zipkin: CollectorAddress | None = None
    lightstep: Lightstep | None = None
    datadog: CollectorAddress | None = None
    stackdriver: Stackdriver | None = None
    open_census_agent: OpenCensusAgent | None = None
    custom_tags: dict[str, CustomTag] = Field(default_factory=dict)
    max_path_tag_length: UInt32 = 0
    sampling: float = 0.0
    tls_settings: ClientTLSSettings | None = None
    enable_istio_tags: bool | None = None
