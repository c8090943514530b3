"""Rules of ServiceRole. Pure. Source: Istio 1.4's `ValidateServiceRole`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.kinds.service_role import AccessRule, ServiceRole
from schemas.rules.ports import port_problem


def check_service_role(role: ServiceRole, path: str, namespace: str) -> Iterator[Fault]:
    """At least one rule, each of them for a service."""
    del namespace
    if not role.rules:
        yield invalid(f"{path}.rules", "at least one rule is needed")
    for index, rule in enumerate(role.rules):
        if not rule.services:
            yield invalid(f"{path}.rules[{index}].services", "at least one service is needed", 'write ["*"] for all')
        yield from check_access_rule(rule, f"{path}.rules[{index}]")


def check_access_rule(rule: AccessRule, path: str) -> Iterator[Fault]:
    """What is meant and what is not meant exclude each other; ports exist, constraints say something."""
    for name, other, one, two in (
        ("methods", "notMethods", rule.methods, rule.not_methods),
        ("ports", "notPorts", rule.ports, rule.not_ports),
    ):
        if one and two:
            yield invalid(f"{path}.{other}", f"{name} and {other} exclude each other")
    yield from _check_ports(rule.ports, f"{path}.ports")
    yield from _check_ports(rule.not_ports, f"{path}.notPorts")
    for index, constraint in enumerate(rule.constraints):
        where = f"{path}.constraints[{index}]"
        if not constraint.key:
            yield invalid(f"{where}.key", "the key must not be empty")
        if not constraint.values:
            yield invalid(f"{where}.values", "at least one value is needed")


def _check_ports(ports: Sequence[int], path: str) -> Iterator[Fault]:
    for index, port in enumerate(ports):
        if problem := port_problem(port):
            yield invalid(f"{path}[{index}]", problem)
