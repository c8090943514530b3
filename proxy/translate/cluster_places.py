"""Endpoints by locality, with weights and priorities: the body of a load assignment. Pure.

Every group has a weight, the sum of its endpoints' (an endpoint that says none weighs 1); Envoy refuses sums beyond 32
bits, so weights are scaled down where they would. Priorities run from 0 without a gap.
Source: istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go and pilot/pkg/xds/endpoints/endpoint_builder.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from proxy.registry.placement import Placement, Plan, augmented, distance, matches
from proxy.registry.service import Endpoint, Locality

_LARGEST = 2**32 - 1
_DISTANCES = 5


class Group(NamedTuple):
    """Endpoints of one locality and priority, with their weights, and the weight of them all."""

    locality: Locality
    priority: int
    weight: int
    members: tuple[tuple[Endpoint, int], ...]


def distinct(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """The endpoints, an address once: as it comes first."""
    known: dict[tuple[str, int], Endpoint] = {}
    for endpoint in endpoints:
        known.setdefault((endpoint.address, endpoint.port), endpoint)
    return list(known.values())


def groups_of(endpoints: list[Endpoint], plan: Plan | None, client: Placement | None) -> tuple[Group, ...]:
    """The groups as a client sees them, by priority and locality."""
    weights = _weights(endpoints)
    ranks = _ranks(endpoints, plan, client)
    found: dict[tuple[int, Locality], list[tuple[Endpoint, int]]] = {}
    for endpoint, weight, rank in zip(endpoints, weights, ranks, strict=True):
        found.setdefault((rank, endpoint.locality), []).append((endpoint, weight))
    groups = tuple(
        Group(locality, rank, sum(weight for _, weight in members), tuple(members))
        for (rank, locality), members in sorted(found.items(), key=lambda item: item[0])
    )
    return _distributed(groups, plan, client) if plan is not None and client is not None else groups


def _weights(endpoints: list[Endpoint]) -> list[int]:
    wanted = [endpoint.weight or 1 for endpoint in endpoints]
    total = sum(wanted)
    if total <= _LARGEST:
        return wanted
    divisor = total // (_LARGEST - len(wanted)) + 1
    return [max(1, weight // divisor) for weight in wanted]


def _ranks(endpoints: list[Endpoint], plan: Plan | None, client: Placement | None) -> list[int]:
    """The priority of each endpoint, without gaps."""
    if plan is None or client is None or plan.distribute:
        return [0] * len(endpoints)
    raw = [_rank(endpoint, plan, client) for endpoint in endpoints]
    order = {rank: position for position, rank in enumerate(sorted(set(raw)))}
    return [order[rank] for rank in raw]


def _rank(endpoint: Endpoint, plan: Plan, client: Placement) -> int:
    by_label = _label_rank(endpoint, plan.priority, client) if plan.priority else 0
    if plan.priority and not plan.failover:
        return by_label
    far = distance(client.locality, endpoint.locality)
    if far == distance(Locality("a"), Locality("b")):
        target = next((to for source, to in plan.failover if source == client.locality.region), None)
        far += int(target is not None and target != endpoint.locality.region)
    return by_label * _DISTANCES + far


def _label_rank(endpoint: Endpoint, priority: tuple[str, ...], client: Placement) -> int:
    """How many labels, from the first that differs on, do not count: 0 where all are the client's."""
    mine = augmented(client.labels, client.locality)
    theirs = augmented(endpoint.labels, endpoint.locality, endpoint.network)
    for position, word in enumerate(priority):
        name, equals, value = word.partition("=")
        if theirs.get(name, "") != (value if equals else mine.get(name, "")):
            return len(priority) - position
    return 0


def _distributed(groups: tuple[Group, ...], plan: Plan, client: Placement) -> tuple[Group, ...]:
    """The groups with the shares of the client's locality; groups that get none are left out."""
    shares = next((to for source, to in plan.distribute if matches(client.locality, source)), None)
    if shares is None:
        return groups
    left = dict(enumerate(groups))
    found: dict[int, Group] = {}
    for pattern, share in shares:
        taken = [index for index, group in left.items() if matches(group.locality, pattern)]
        total = sum(groups[index].weight for index in taken)
        for index in taken:
            group = left.pop(index)
            weight = ceil(group.weight * share / total)
            if weight:
                found[index] = group._replace(weight=weight)
    return tuple(found[index] for index in sorted(found))
