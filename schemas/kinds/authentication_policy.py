"""Policy and MeshPolicy: which connections and tokens services take; classic. Pure model.

Source: istio.io/api authentication/v1alpha1/policy.proto (1.4). `mtls:` with nothing after it means mutual TLS, as it
did in Istio: null is an empty object there.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from schemas.types.classic_jwt import Jwt
from schemas.types.integers import UInt32
from schemas.types.message import Message, OneOfMessage


def _empty_if_null(value: object) -> object:
    return {} if value is None else value


class MutualTls(Message):
    """The mode of mutual TLS."""

    allow_tls: bool = False
    mode: Literal["STRICT", "PERMISSIVE"] = "STRICT"


class PeerAuthenticationMethod(OneOfMessage):
    """How callers are authenticated."""

    ONE_OF: ClassVar = (("mtls", "jwt"),)
    NULL_IS_EMPTY: ClassVar = frozenset({"mtls"})

    mtls: Annotated[MutualTls | None, BeforeValidator(_empty_if_null)] = None
    jwt: Jwt | None = None


class OriginAuthenticationMethod(Message):
    """How those on whose behalf callers call are authenticated."""

    jwt: Jwt | None = None


class PortSelector(OneOfMessage):
    """A port of a service, by its number or its name."""

    ONE_OF: ClassVar = (("number", "name"),)

    number: UInt32 | None = None
    name: str | None = None


class TargetSelector(Message):
    """A service of the policy's namespace, by its short name, and some of its ports."""

    name: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    ports: tuple[PortSelector, ...] = ()


class Policy(Message):
    """How the services of a namespace, or of the mesh, authenticate."""

    targets: tuple[TargetSelector, ...] = ()
    peers: tuple[PeerAuthenticationMethod, ...] = ()
    peer_is_optional: bool = False
    origins: tuple[OriginAuthenticationMethod, ...] = ()
    origin_is_optional: bool = False
    principal_binding: Literal["USE_PEER", "USE_ORIGIN"] = "USE_PEER"
