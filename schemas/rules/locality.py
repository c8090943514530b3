"""Rules of locality load balancing. Pure. Source: Istio's `ValidateLocalityLbSetting`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.fault import Fault, invalid, warned
from schemas.path import join
from schemas.types.locality import Distribute, Failover, LocalityLoadBalancerSetting

_TOPOLOGY = frozenset(
    {"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"},
)
_ALL = 100
_DEPTH = 3


def check_locality(
    setting: LocalityLoadBalancerSetting | None, path: str, *, detects_outliers: bool
) -> Iterator[Fault]:
    """`distribute` and `failover` exclude each other; shares add up to 100; failover needs outlier detection."""
    if setting is None:
        return
    if setting.distribute and setting.failover:
        yield invalid(path, "only one of distribute and failover may be set")
        return
    if setting.failover:
        for index, label in enumerate(setting.failover_priority):
            if label in _TOPOLOGY:
                yield invalid(
                    f"{path}.failoverPriority[{index}]", f"`{label}` and `failover` both order localities: keep one"
                )
    for index, share in enumerate(setting.distribute):
        yield from _check_share(share, f"{path}.distribute[{index}]")
    yield from check_localities((share.from_ for share in setting.distribute), f"{path}.distribute")
    for index, failover in enumerate(setting.failover):
        yield from _check_failover(failover, f"{path}.failover[{index}]")
    if (setting.failover or setting.failover_priority) and not detects_outliers:
        yield warned(path, "failover has no effect without outlierDetection: nothing finds out that endpoints fail")


def _check_share(share: Distribute, path: str) -> Iterator[Fault]:
    for locality, weight in share.to.items():
        if not 1 <= weight <= _ALL:
            yield invalid(join(f"{path}.to", locality), f"a share is between 1 and 100, got {weight}")
            return
    total = sum(share.to.values())
    if total != _ALL:
        yield invalid(f"{path}.to", f"the shares add up to {total}, not to 100")
    yield from check_localities(share.to, f"{path}.to")


def _check_failover(failover: Failover, path: str) -> Iterator[Fault]:
    if failover.from_ == failover.to:
        yield invalid(path, "`from` and `to` are the same region")
    for name, region in (("from", failover.from_), ("to", failover.to)):
        if "/" in region:
            yield invalid(f"{path}.{name}", f"failover is between regions, `{region[:80]}` names more than a region")
        if "*" in region:
            yield invalid(f"{path}.{name}", "a region of failover must not have a wildcard")


def check_localities(localities: Iterable[str], path: str) -> Iterator[Fault]:
    """Each is `region/zone/subzone` or a shorter form, `*` only as its end, and none falls under another."""
    seen: list[tuple[str, ...]] = []
    for locality in localities:
        parts = tuple(locality.split("/", _DEPTH - 1))
        if locality.count("*") > 1 or ("*" in locality and not locality.endswith("*")):
            yield invalid(path, f"`{locality[:80]}` may have one `*`, at its end")
        elif "" in parts:
            yield invalid(path, f"`{locality[:80]}` has an empty region, zone or subzone")
        elif any(_overlap(parts, other) for other in seen):
            yield invalid(path, f"`{locality[:80]}` overlaps with a locality that stands before it")
        else:
            seen.append(parts)


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    for left, right in zip(one, other, strict=False):
        if "*" in (left, right):
            return True
        if left != right:
            return False
    return True
