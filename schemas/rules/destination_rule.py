"""Rules of DestinationRule. Pure. Source: Istio's `ValidateDestinationRule`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.destination_rule import DestinationRule
from schemas.rules.export_to import check_export_to
from schemas.rules.labels import check_labels, check_selector
from schemas.rules.names import dns_label_problem, wildcard_domain_problem
from schemas.rules.traffic_policy import check_traffic_policy


def check_destination_rule(rule: DestinationRule, path: str, namespace: str) -> Iterator[Fault]:
    """A host, a policy that says something, subsets with names of their own."""
    if problem := wildcard_domain_problem(rule.host):
        yield invalid(f"{path}.host", problem)
    yield from check_traffic_policy(rule.traffic_policy, f"{path}.trafficPolicy")
    seen: set[str] = set()
    for index, subset in enumerate(rule.subsets):
        where = f"{path}.subsets[{index}]"
        if subset.name in seen:
            yield invalid(f"{where}.name", f"the subset `{subset.name[:80]}` is there twice")
        seen.add(subset.name)
        if problem := dns_label_problem(subset.name, "subset"):
            yield invalid(f"{where}.name", problem)
        yield from check_labels(subset.labels, f"{where}.labels")
        yield from check_traffic_policy(subset.traffic_policy, f"{where}.trafficPolicy")
    selector = rule.workload_selector
    yield from check_export_to(rule.export_to, f"{path}.exportTo", namespace, selective=selector is not None)
    if selector is not None:
        yield from check_selector(selector.match_labels, f"{path}.workloadSelector")
