"""`ClientTLSSettings`: TLS of connections to an upstream service. Pure."""

from __future__ import annotations

from typing import Literal

from schemas.types.message import Message

ClientTLSMode = Literal["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"]


class ClientTLSSettings(Message):
    """Whether a client uses TLS, whom it trusts, who it says it is."""

    mode: ClientTLSMode = "DISABLE"
    client_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""
    credential_name: str = ""
    subject_alt_names: tuple[str, ...] = ()
    sni: str = ""
    insecure_skip_verify: bool | None = None
    ca_crl: str = ""
