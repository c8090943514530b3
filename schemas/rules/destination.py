"""Rules of destinations and their weights. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.rules.names import dns_label_problem, wildcard_domain_problem
from schemas.rules.ports import port_problem
from schemas.types.destination import Destination
from schemas.types.percent import Percent

_SMALLEST = 0.0001
_ALL = 100


def check_destination(destination: Destination | None, path: str) -> Iterator[Fault]:
    """The host is a name and not `*`, the subset a DNS label, the port a port."""
    if destination is None:
        return
    if destination.host == "*":
        yield invalid(f"{path}.host", "`*` is not a host that traffic can be sent to")
    elif problem := wildcard_domain_problem(destination.host):
        yield invalid(f"{path}.host", problem)
    if destination.subset and (problem := dns_label_problem(destination.subset, "subset")):
        yield invalid(f"{path}.subset", problem)
    if destination.port is not None and (problem := port_problem(destination.port.number)):
        yield invalid(f"{path}.port.number", problem)


def check_weights(weights: Sequence[int], path: str) -> Iterator[Fault]:
    """No weight is negative, and of several destinations at least one gets traffic."""
    for index, weight in enumerate(weights):
        if weight < 0:
            yield invalid(f"{path}[{index}].weight", f"a weight must not be negative, got {weight}")
    if len(weights) > 1 and sum(weights) == 0:
        yield invalid(path, "the weights of the destinations add up to 0", "give each destination a `weight`")


def check_percent(percent: Percent | None, path: str) -> Iterator[Fault]:
    """0, or between 0.0001 (the finest that Envoy draws) and 100."""
    if percent is not None and percent.value != 0 and not _SMALLEST <= percent.value <= _ALL:
        yield invalid(f"{path}.value", f"a percentage is 0, or between 0.0001 and 100, got {percent.value:g}")
