"""Rules of QuotaSpec and its binding. Pure. Source: Istio 1.4's `ValidateQuotaSpec`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.quota_spec import QuotaRule, QuotaSpec, QuotaSpecBinding
from schemas.path import join
from schemas.rules.mixer_service import check_bound
from schemas.rules.regex import check_re2


def check_quota_spec(spec: QuotaSpec, path: str, namespace: str) -> Iterator[Fault]:
    """At least one rule, each with quotas that are charged something."""
    del namespace
    if not spec.rules:
        yield invalid(f"{path}.rules", "at least one rule is needed")
    for index, rule in enumerate(spec.rules):
        yield from _check_rule(rule, f"{path}.rules[{index}]")


def check_quota_spec_binding(binding: QuotaSpecBinding, path: str, namespace: str) -> Iterator[Fault]:
    """Services and specs that can be such."""
    del namespace
    yield from check_bound(binding.services, binding.quota_specs, path, "quotaSpecs")


def _check_rule(rule: QuotaRule, path: str) -> Iterator[Fault]:
    for index, match in enumerate(rule.match):
        for name, clause in match.clause.items():
            where = join(f"{path}.match[{index}].clause", name)
            for field, value in (("exact", clause.exact), ("prefix", clause.prefix), ("regex", clause.regex)):
                if value == "":
                    yield invalid(f"{where}.{field}", "must not be empty")
            if clause.regex:
                yield from check_re2(clause.regex, f"{where}.regex")
    if not rule.quotas:
        yield invalid(f"{path}.quotas", "at least one quota is needed")
    for index, quota in enumerate(rule.quotas):
        if not quota.quota:
            yield invalid(f"{path}.quotas[{index}].quota", "the name of the quota is missing")
        if quota.charge <= 0:
            yield invalid(f"{path}.quotas[{index}].charge", f"more than 0 must be charged, got {quota.charge}")
