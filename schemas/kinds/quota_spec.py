"""QuotaSpec and QuotaSpecBinding: which quotas requests are charged; classic. Pure models.

Source: istio.io/api mixer/v1/config/client/quota.proto (1.4).
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.integers import Int64
from schemas.types.message import Message
from schemas.types.mixer_service import IstioService, SpecReference
from schemas.types.string_match import StringMatch


class AttributeMatch(Message):
    """Attributes that must all match."""

    clause: dict[str, StringMatch] = Field(default_factory=dict)


class Quota(Message):
    """A quota, and how much it is charged."""

    quota: str = ""
    charge: Int64 = 0


class QuotaRule(Message):
    """Requests that one of the matches is for, all without any, and their quotas."""

    match: tuple[AttributeMatch, ...] = ()
    quotas: tuple[Quota, ...] = ()


class QuotaSpec(Message):
    """Rules for quotas."""

    rules: tuple[QuotaRule, ...] = ()


class QuotaSpecBinding(Message):
    """Quotas, and the services that have them."""

    services: tuple[IstioService, ...] = ()
    quota_specs: tuple[SpecReference, ...] = ()
