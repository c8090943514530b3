"""HTTPAPISpec and HTTPAPISpecBinding: which operations of an API requests are; classic. Pure models.

Source: istio.io/api mixer/v1/config/client/api_spec.proto (1.4).
"""

from __future__ import annotations

from typing import ClassVar

from schemas.types.message import Message, OneOfMessage
from schemas.types.mixer_attributes import Attributes
from schemas.types.mixer_service import IstioService, SpecReference


class HTTPAPISpecPattern(OneOfMessage):
    """A method and a path, and the attributes that a request has which they match."""

    ONE_OF: ClassVar = (("uri_template", "regex"),)

    attributes: Attributes | None = None
    http_method: str = ""
    uri_template: str | None = None
    regex: str | None = None


class APIKey(OneOfMessage):
    """Where a request has its key."""

    ONE_OF: ClassVar = (("query", "header", "cookie"),)

    query: str | None = None
    header: str | None = None
    cookie: str | None = None


class HTTPAPISpec(Message):
    """The operations of an API."""

    attributes: Attributes | None = None
    patterns: tuple[HTTPAPISpecPattern, ...] = ()
    api_keys: tuple[APIKey, ...] = ()


class HTTPAPISpecBinding(Message):
    """APIs, and the services that have them."""

    services: tuple[IstioService, ...] = ()
    api_specs: tuple[SpecReference, ...] = ()
