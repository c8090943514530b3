"""`LocalityLoadBalancerSetting`: which localities get traffic, and which come next when they fail. Pure."""

from __future__ import annotations

from pydantic import Field

from schemas.types.integers import UInt32
from schemas.types.message import Message


class Distribute(Message):
    """Where the traffic of one locality goes, in percent by locality (`region/zone/subzone`, `*` for any)."""

    from_: str = Field(default="", alias="from")
    to: dict[str, UInt32] = Field(default_factory=dict)


class Failover(Message):
    """The region that takes over when the endpoints of another one are unhealthy."""

    from_: str = Field(default="", alias="from")
    to: str = ""


class LocalityLoadBalancerSetting(Message):
    """Only one of `distribute`, `failover` and `failover_priority` (with `failover`) may be used."""

    distribute: tuple[Distribute, ...] = ()
    failover: tuple[Failover, ...] = ()
    failover_priority: tuple[str, ...] = ()
    enabled: bool | None = None
