"""`ProxyHeaders`: which headers of its own a proxy adds. Pure."""

from __future__ import annotations

from typing import Literal

from schemas.types.message import Message

ForwardClientCertDetails = Literal[
    "UNDEFINED", "SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"
]


class Disabled(Message):
    """A header that is on unless it is disabled."""

    disabled: bool | None = None


class Enabled(Message):
    """A header that is off unless it is enabled."""

    enabled: bool | None = None


class ServerHeader(Message):
    """The `server` header of responses, and its value."""

    disabled: bool | None = None
    value: str = ""


class MetadataExchangeHeaders(Message):
    """Whether Istio's headers of peer metadata leave the mesh."""

    mode: Literal["UNDEFINED", "IN_MESH"] = "UNDEFINED"


class SetCurrentClientCertDetails(Message):
    """Which parts of a client's certificate are forwarded."""

    subject: bool | None = None
    cert: bool | None = None
    chain: bool | None = None
    dns: bool | None = None
    uri: bool | None = None


class ProxyHeaders(Message):
    """Each header on its own; absent means its default."""

    forwarded_client_cert: ForwardClientCertDetails = "UNDEFINED"
    set_current_client_cert_details: SetCurrentClientCertDetails | None = None
    request_id: Disabled | None = None
    server: ServerHeader | None = None
    attempt_count: Disabled | None = None
    envoy_debug_headers: Disabled | None = None
    metadata_exchange_headers: MetadataExchangeHeaders | None = None
    preserve_http1_header_case: bool | None = None
    x_forwarded_host: Enabled | None = None
    x_forwarded_port: Enabled | None = None
