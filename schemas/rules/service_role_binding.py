"""Rules of ServiceRoleBinding, and of the classic AuthorizationPolicy. Pure.

Source: Istio 1.4's `ValidateServiceRoleBinding`, 1.3's `ValidateAuthorizationPolicy`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.service_role_binding import ClassicAuthorizationPolicy, ServiceRoleBinding, Subject
from schemas.rules.addresses import subnet_problem
from schemas.rules.labels import check_selector
from schemas.rules.service_role import check_access_rule

_ROLE = "ServiceRole"


def check_service_role_binding(binding: ServiceRoleBinding, path: str, namespace: str) -> Iterator[Fault]:
    """Subjects that say who they are, and exactly one way to say which role."""
    del namespace
    yield from _check_binding(binding, path)


def check_classic_authorization_policy(
    policy: ClassicAuthorizationPolicy, path: str, namespace: str
) -> Iterator[Fault]:
    """Bindings that say who and what; labels without wildcards."""
    del namespace
    if policy.workload_selector is not None:
        scope = ": the policy applies to every workload of the namespace"
        yield from check_selector(policy.workload_selector.labels, f"{path}.workloadSelector", scope=scope)
    for index, binding in enumerate(policy.allow):
        yield from _check_binding(binding, f"{path}.allow[{index}]")


def _check_binding(binding: ServiceRoleBinding, path: str) -> Iterator[Fault]:
    if not binding.subjects:
        yield invalid(f"{path}.subjects", "at least one subject is needed")
    for index, subject in enumerate(binding.subjects):
        yield from _check_subject(subject, f"{path}.subjects[{index}]")
    yield from _check_role(binding, path)
    for index, action in enumerate(binding.actions):
        yield from check_access_rule(action, f"{path}.actions[{index}]")


def _check_subject(subject: Subject, path: str) -> Iterator[Fault]:
    if not any(getattr(subject, name) for name in Subject.model_fields):
        yield invalid(path, "the subject says nothing", 'write `user: "*"` for everybody')
    for name, blocks in (("ips", subject.ips), ("notIps", subject.not_ips)):
        for index, block in enumerate(blocks):
            if problem := subnet_problem(block):
                yield invalid(f"{path}.{name}[{index}]", problem)


def _check_role(binding: ServiceRoleBinding, path: str) -> Iterator[Fault]:
    given = [
        name
        for name, value in (("roleRef", binding.role_ref), ("role", binding.role), ("actions", binding.actions))
        if value
    ]
    if not given:
        yield invalid(f"{path}.roleRef", "one of roleRef, role and actions is needed")
    elif len(given) > 1:
        yield invalid(
            f"{path}.{given[1]}", f"only one of roleRef, role and actions may be set, found {', '.join(given)}"
        )
    if binding.role_ref is not None:
        if binding.role_ref.kind != _ROLE:
            yield invalid(f"{path}.roleRef.kind", f"the kind is {_ROLE}, got `{binding.role_ref.kind[:80]}`")
        if not binding.role_ref.name:
            yield invalid(f"{path}.roleRef.name", "the name of the role must not be empty")
