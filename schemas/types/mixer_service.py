"""`IstioService`: a service that Mixer's client kinds are bound to. Pure.

Source: istio.io/api mixer/v1/config/client/service.proto (1.4).
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import Message


class IstioService(Message):
    """A service by its short name, or by its full name; a namespace and labels beside."""

    name: str = ""
    namespace: str = ""
    domain: str = ""
    service: str = ""
    labels: dict[str, str] = Field(default_factory=dict)


class SpecReference(Message):
    """An HTTPAPISpec or a QuotaSpec by its name; in the binding's own namespace unless said otherwise."""

    name: str = ""
    namespace: str = ""
