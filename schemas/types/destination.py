"""`Destination`: the service that traffic goes to. Pure."""

from __future__ import annotations

from schemas.types.integers import UInt32
from schemas.types.message import Message


class PortSelector(Message):
    """A port of a service, by its number."""

    number: UInt32 = 0


class Destination(Message):
    """A service of the registry, one of its subsets, one of its ports."""

    host: str
    subset: str = ""
    port: PortSelector | None = None
