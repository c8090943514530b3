"""AuthorizationPolicy: which requests workloads take. Pure model.

Source: istio.io/api security/v1/authorization_policy.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.authorization_rule import Rule
from schemas.types.message import Message
from schemas.types.policy_target import TargetedPolicy


class ExtensionProvider(Message):
    """The provider, by its name in the mesh's settings, that decides where the action is CUSTOM."""

    name: str = ""


class AuthorizationPolicy(TargetedPolicy):
    """An action, and the rules of which one must match for it; ALLOW without rules allows nothing."""

    rules: Annotated[tuple[Rule, ...], Field(max_length=512)] = ()
    action: Literal["ALLOW", "DENY", "AUDIT", "CUSTOM"] = "ALLOW"
    provider: ExtensionProvider | None = None
