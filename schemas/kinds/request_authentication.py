"""RequestAuthentication: which tokens (JWT) workloads verify. Pure model.

Source: istio.io/api security/v1/{request_authentication,jwt}.proto and the CRDs generated from them (1.30).
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AliasChoices, Field

from schemas.types.duration import Duration
from schemas.types.message import Message, OneOfMessage
from schemas.types.policy_target import TargetedPolicy

MOST_RULES = 4096
"""Rules that an object may have."""


class JWTHeader(Message):
    """A header with a token, and what stands before it."""

    name: str
    prefix: str = ""


class ClaimToHeader(Message):
    """A claim that is copied into a header once the token is verified."""

    header: str
    claim: str


class JWTRule(OneOfMessage):
    """An issuer, where its keys are, where its tokens are found, what is made of them."""

    ONE_OF: ClassVar = (("jwks", "jwks_uri"),)

    issuer: str
    audiences: tuple[str, ...] = ()
    jwks_uri: str | None = Field(
        default=None, validation_alias=AliasChoices("jwksUri", "jwks_uri"), serialization_alias="jwksUri"
    )
    jwks: str | None = None
    from_headers: tuple[JWTHeader, ...] = ()
    from_params: tuple[str, ...] = ()
    from_cookies: tuple[str, ...] = ()
    output_payload_to_header: str = ""
    forward_original_token: bool = False
    output_claim_to_headers: tuple[ClaimToHeader, ...] = ()
    timeout: Duration | None = None
    space_delimited_claims: tuple[str, ...] = ()


class RequestAuthentication(TargetedPolicy):
    """Tokens that are verified where they are present; a request without any passes."""

    jwt_rules: Annotated[tuple[JWTRule, ...], Field(max_length=MOST_RULES)] = ()
