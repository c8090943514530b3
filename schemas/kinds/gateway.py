"""Gateway: what a proxy at the edge listens on. Pure model.

Source: istio.io/api networking/v1alpha3/gateway.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import Message
from schemas.types.port import ServerPort
from schemas.types.server_tls import ServerTLSSettings


class Server(Message):
    """One port, the hosts served on it (`namespace/dnsName`), its TLS."""

    port: ServerPort
    hosts: tuple[str, ...]
    bind: str = ""
    tls: ServerTLSSettings | None = None
    default_endpoint: str = ""
    name: str = ""


class Gateway(Message):
    """Servers on the proxies whose labels match `selector`."""

    servers: tuple[Server, ...] = ()
    selector: dict[str, str] = Field(default_factory=dict)
