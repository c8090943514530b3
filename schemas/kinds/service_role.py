"""ServiceRole: what may be done with services; classic. Pure model.

Source: istio.io/api rbac/v1alpha1/rbac.proto (1.4).
"""

from __future__ import annotations

from schemas.types.integers import Int32
from schemas.types.message import Message


class Constraint(Message):
    """An attribute of the destination or the request, and its values."""

    key: str = ""
    values: tuple[str, ...] = ()


class AccessRule(Message):
    """Services, and what may be done with them."""

    services: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    not_paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    not_methods: tuple[str, ...] = ()
    ports: tuple[Int32, ...] = ()
    not_ports: tuple[Int32, ...] = ()
    constraints: tuple[Constraint, ...] = ()


class ServiceRole(Message):
    """Rules under a name, which a ServiceRoleBinding gives to somebody."""

    rules: tuple[AccessRule, ...] = ()
