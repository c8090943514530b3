"""`Jwt`: a token's issuer and where tokens are found, in classic authentication policies. Pure.

Source: istio.io/api authentication/v1alpha1/policy.proto (1.4).
"""

from __future__ import annotations

from typing import ClassVar

from schemas.types.message import Message, OneOfMessage


class PathMatch(OneOfMessage):
    """How a path is matched: at most one of an exact value, a prefix, a suffix, an expression."""

    ONE_OF: ClassVar = (("exact", "prefix", "suffix", "regex"),)

    exact: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    regex: str | None = None


class TriggerRule(Message):
    """The paths for which tokens are verified."""

    excluded_paths: tuple[PathMatch, ...] = ()
    included_paths: tuple[PathMatch, ...] = ()


class Jwt(Message):
    """An issuer, where its keys are, where its tokens are found, and for which paths."""

    issuer: str = ""
    audiences: tuple[str, ...] = ()
    jwks_uri: str = ""
    jwks: str = ""
    jwt_headers: tuple[str, ...] = ()
    jwt_params: tuple[str, ...] = ()
    trigger_rules: tuple[TriggerRule, ...] = ()
