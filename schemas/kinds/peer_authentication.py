"""PeerAuthentication: which connections workloads take, plain text or mutual TLS. Pure model.

Source: istio.io/api security/v1/peer_authentication.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import Literal

from schemas.types.message import Message
from schemas.types.selector import LabelSelector


class MutualTLS(Message):
    """The mode; UNSET inherits that of the namespace, then of the mesh, then PERMISSIVE."""

    mode: Literal["UNSET", "DISABLE", "PERMISSIVE", "STRICT"] = "UNSET"


class PeerAuthentication(Message):
    """The mode of the selected workloads, and of single ports of theirs, by the number as text."""

    selector: LabelSelector | None = None
    mtls: MutualTLS | None = None
    port_level_mtls: dict[str, MutualTLS] | None = None
