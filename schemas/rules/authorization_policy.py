"""Rules of AuthorizationPolicy. Pure. Source: Istio's `ValidateAuthorizationPolicy`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.kinds.authorization_policy import AuthorizationPolicy
from schemas.rules.authorization_rule import check_authorization_rule, is_l7_only
from schemas.rules.policy_target import check_policy_target
from schemas.types.authorization_rule import Rule

_NEVER = "it never applies"
_EMPTY = "add an empty rule, `rules: [{}]`, if it is meant for every request"
_IDENTITIES = (
    ("namespaces", "namespaces"),
    ("notNamespaces", "not_namespaces"),
    ("principals", "principals"),
    ("notPrincipals", "not_principals"),
    ("requestPrincipals", "request_principals"),
    ("notRequestPrincipals", "not_request_principals"),
    ("serviceAccounts", "service_accounts"),
    ("notServiceAccounts", "not_service_accounts"),
)


def check_authorization_policy(policy: AuthorizationPolicy, path: str, namespace: str) -> Iterator[Fault]:
    """A target, rules that can match, and a provider where the action is CUSTOM and nowhere else."""
    del namespace
    yield from check_policy_target(policy, path)
    if policy.action in {"CUSTOM", "DENY"} and not policy.rules:
        yield invalid(f"{path}.rules", f"{policy.action} without rules means nothing: {_NEVER}", _EMPTY)
    if policy.action == "CUSTOM":
        yield from _check_custom(policy, path)
    elif policy.provider is not None:
        yield invalid(f"{path}.provider", f"a provider is for the action CUSTOM, not {policy.action}")
    for index, rule in enumerate(policy.rules):
        where = f"{path}.rules[{index}]"
        yield from check_authorization_rule(rule, where)
        if policy.action == "DENY" and is_l7_only(rule):
            yield warned(
                where,
                "this rule denies all TCP traffic too, since what it asks for is known of HTTP requests only",
                "name the ports: `to: [{operation: {ports: [...]}}]`",
            )


def _check_custom(policy: AuthorizationPolicy, path: str) -> Iterator[Fault]:
    if policy.rules and (policy.provider is None or not policy.provider.name):
        yield invalid(f"{path}.provider.name", "the action CUSTOM needs the name of a provider of the mesh's settings")
    for index, rule in enumerate(policy.rules):
        yield from _check_custom_rule(rule, f"{path}.rules[{index}]")


def _check_custom_rule(rule: Rule, path: str) -> Iterator[Fault]:
    for index, origin in enumerate(rule.from_):
        for name, field in _IDENTITIES:
            if origin.source is not None and getattr(origin.source, field):
                where = f"{path}.from[{index}].source.{name}"
                yield invalid(where, f"`{name}` does not work with the action CUSTOM")
    for index, condition in enumerate(rule.when):
        key = condition.key
        if key in {"source.namespace", "source.principal"} or key.startswith("request.auth."):
            yield invalid(f"{path}.when[{index}].key", f"`{key[:80]}` does not work with the action CUSTOM")
