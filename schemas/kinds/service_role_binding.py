"""ServiceRoleBinding: who has a ServiceRole; and the classic AuthorizationPolicy, which holds bindings. Pure models.

Source: istio.io/api rbac/v1alpha1/rbac.proto (1.3, 1.4). The AuthorizationPolicy of `rbac.istio.io` was in Istio's
schemas from 1.2 to 1.3; `security.istio.io` took its place in 1.4.
"""

from __future__ import annotations

from pydantic import Field

from schemas.kinds.rbac_config import EnforcementMode
from schemas.kinds.service_role import AccessRule
from schemas.types.message import Message
from schemas.types.selector import WorkloadSelector


class Subject(Message):
    """An identity, by its name, its groups, its namespace, its address or other properties."""

    user: str = ""
    names: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()
    group: str = ""
    groups: tuple[str, ...] = ()
    not_groups: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    not_namespaces: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    not_ips: tuple[str, ...] = ()
    properties: dict[str, str] = Field(default_factory=dict)


class RoleRef(Message):
    """A ServiceRole of the same namespace."""

    kind: str = ""
    name: str = ""


class ServiceRoleBinding(Message):
    """Subjects, and the role that they have: by reference, by name, or written here."""

    subjects: tuple[Subject, ...] = ()
    role_ref: RoleRef | None = None
    mode: EnforcementMode = "ENFORCED"
    actions: tuple[AccessRule, ...] = ()
    role: str = ""


class ClassicAuthorizationPolicy(Message):
    """Who may do what with the selected workloads."""

    workload_selector: WorkloadSelector | None = None
    allow: tuple[ServiceRoleBinding, ...] = ()
