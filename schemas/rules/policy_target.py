"""Rules of what a policy applies to. Pure.

Source: Istio's `validateOneOfSelectorType`, `validateWorkloadSelector`, `validatePolicyTargetReference`, and the rules
of the CRDs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.rules.labels import check_selector
from schemas.rules.ports import port_problem
from schemas.suggest import did_you_mean
from schemas.types.policy_target import PolicyTargetReference, PolicyTargets, PortSelector, TargetedPolicy
from schemas.types.selector import LabelSelector

_TARGETS = {
    ("", "Service"),
    ("core", "Service"),
    ("networking.istio.io", "ServiceEntry"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
}
_KINDS = {"Service": '""', "ServiceEntry": "networking.istio.io", "Gateway": "gateway.networking.k8s.io"}
_EVERYWHERE = ": the policy applies to every workload of the namespace"


def check_policy_target(policy: PolicyTargets, path: str) -> Iterator[Fault]:
    """At most one way to say it, labels without wildcards, objects of a kind that a policy can be for."""
    single = policy.target_ref if isinstance(policy, TargetedPolicy) else None
    given = [
        name
        for name, value in (
            ("selector", policy.selector),
            ("targetRef", single),
            ("targetRefs", policy.target_refs or None),
        )
        if value is not None
    ]
    if len(given) > 1:
        yield invalid(f"{path}.{given[1]}", f"only one of targetRefs and selector may be set, found {', '.join(given)}")
    yield from check_policy_selector(policy.selector, f"{path}.selector")
    if single is not None:
        yield from _check_reference(single, f"{path}.targetRef")
    yield from check_target_references(policy.target_refs, f"{path}.targetRefs")


def check_target_references(targets: Sequence[PolicyTargetReference], path: str) -> Iterator[Fault]:
    """Each names an object of the policy's own namespace, of a kind that a policy can be for."""
    for index, target in enumerate(targets):
        yield from _check_reference(target, f"{path}[{index}]")


def check_policy_selector(selector: LabelSelector | None, path: str) -> Iterator[Fault]:
    """The selector of a policy: labels without wildcards; without labels, it selects everything, which is a warning."""
    if selector is not None:
        yield from check_selector(selector.match_labels, path, scope=_EVERYWHERE)


def check_port_selector(port: PortSelector, path: str) -> Iterator[Fault]:
    """The number is that of a port."""
    if problem := port_problem(port.number):
        yield invalid(f"{path}.number", problem)


def _check_reference(target: PolicyTargetReference, path: str) -> Iterator[Fault]:
    if not target.name:
        yield invalid(f"{path}.name", "the name of the target is missing")
    if target.namespace:
        yield invalid(f"{path}.namespace", "a policy is for objects of its own namespace", "leave `namespace` out here")
    if (target.group, target.kind) in _TARGETS:
        return
    written = f"{target.group[:80]}/{target.kind[:80]}"
    known = "Service, ServiceEntry (networking.istio.io), Gateway and GatewayClass (gateway.networking.k8s.io)"
    group = _KINDS.get(target.kind)
    hint = did_you_mean(target.kind, _KINDS) if group is None else f"write `group: {group}`"
    yield invalid(f"{path}.kind", f"a policy can be for {known}, not for {written}", hint)
