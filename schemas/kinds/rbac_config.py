"""RbacConfig and ClusterRbacConfig: where classic authorization counts. Pure model.

Source: istio.io/api rbac/v1alpha1/rbac.proto (1.4).
"""

from __future__ import annotations

from typing import Literal

from schemas.types.message import Message

EnforcementMode = Literal["ENFORCED", "PERMISSIVE"]


class Target(Message):
    """Services and namespaces."""

    services: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


class RbacConfig(Message):
    """Off, on, or on for some: what is on denies what no ServiceRoleBinding allows."""

    mode: Literal["OFF", "ON", "ON_WITH_INCLUSION", "ON_WITH_EXCLUSION"] = "OFF"
    inclusion: Target | None = None
    exclusion: Target | None = None
    enforcement_mode: EnforcementMode = "ENFORCED"
