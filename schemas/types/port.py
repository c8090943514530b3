"""`Port`: what a proxy listens on. Pure."""

from __future__ import annotations

from schemas.types.integers import UInt32
from schemas.types.message import Message


class ServerPort(Message):
    """The port of a gateway's server: number, protocol and name are all required."""

    number: UInt32
    protocol: str
    name: str
    target_port: UInt32 = 0


class SidecarPort(Message):
    """The port of a sidecar's listener; which parts are required depends on the listener."""

    number: UInt32 = 0
    protocol: str = ""
    name: str = ""
    target_port: UInt32 = 0


class ServicePort(Message):
    """A port of a service that a ServiceEntry declares."""

    number: UInt32
    name: str
    protocol: str = ""
    target_port: UInt32 = 0
