"""`LoadBalancerSettings`: how an endpoint is chosen. Pure."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.types.duration import AnyDuration, Duration
from schemas.types.integers import UInt64
from schemas.types.locality import LocalityLoadBalancerSetting
from schemas.types.message import Message, OneOfMessage

SimpleLB = Literal["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"]


class HTTPCookieAttribute(Message):
    """An attribute of the cookie that the proxy sets (`SameSite`, ...)."""

    name: str
    value: str = ""


class HTTPCookie(Message):
    """The cookie that is hashed; made by the proxy where `ttl` is set and the request has none."""

    name: str
    path: str = ""
    ttl: AnyDuration | None = None
    attributes: tuple[HTTPCookieAttribute, ...] = ()


class RingHash(Message):
    """Ring hashing; 1024 virtual nodes unless set."""

    minimum_ring_size: UInt64 = 0


class Maglev(Message):
    """Maglev hashing; a table of 65537 unless set, a prime number."""

    table_size: UInt64 = 0


class ConsistentHashLB(OneOfMessage):
    """Which part of a request is hashed, and how."""

    ONE_OF: ClassVar = (
        ("http_header_name", "http_cookie", "use_source_ip", "http_query_parameter_name"),
        ("ring_hash", "maglev"),
    )

    http_header_name: str | None = None
    http_cookie: HTTPCookie | None = None
    use_source_ip: bool | None = None
    http_query_parameter_name: str | None = None
    ring_hash: RingHash | None = None
    maglev: Maglev | None = None
    minimum_ring_size: UInt64 = 0


class WarmupConfiguration(Message):
    """Slow start of new endpoints."""

    duration: Duration
    minimum_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    aggression: Annotated[float, Field(ge=0)] | None = None


class LoadBalancerSettings(OneOfMessage):
    """A simple policy or consistent hashing; locality and warm-up beside either."""

    ONE_OF: ClassVar = (("simple", "consistent_hash"),)

    simple: SimpleLB | None = None
    consistent_hash: ConsistentHashLB | None = None
    locality_lb_setting: LocalityLoadBalancerSetting | None = None
    warmup_duration_secs: Duration | None = None
    warmup: WarmupConfiguration | None = None
