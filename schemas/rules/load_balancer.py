"""Rules of load balancing. Pure. Source: Istio's `validateLoadBalancer`; Envoy's bounds of the Maglev table."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

from schemas.fault import Fault, invalid, warned
from schemas.rules.locality import check_locality
from schemas.types.load_balancer import ConsistentHashLB, HTTPCookie, LoadBalancerSettings

_LARGEST_TABLE = 5000011
_SMALLEST_AGGRESSION = 1


def check_load_balancer(settings: LoadBalancerSettings | None, path: str, *, detects_outliers: bool) -> Iterator[Fault]:
    """Consistent hashing is complete, the localities add up, the warm-up is in range."""
    if settings is None:
        return
    if settings.consistent_hash is not None:
        yield from _check_hash(settings.consistent_hash, f"{path}.consistentHash")
    yield from check_locality(
        settings.locality_lb_setting, f"{path}.localityLbSetting", detects_outliers=detects_outliers
    )
    warmup = settings.warmup
    if warmup is not None and warmup.aggression is not None and warmup.aggression < _SMALLEST_AGGRESSION:
        yield invalid(f"{path}.warmup.aggression", f"the aggression is 1 or more, got {warmup.aggression:g}")


def _check_hash(hashing: ConsistentHashLB, path: str) -> Iterator[Fault]:
    if hashing.http_cookie is not None:
        yield from _check_cookie(hashing.http_cookie, f"{path}.httpCookie")
    if hashing.minimum_ring_size:
        yield warned(f"{path}.minimumRingSize", "this field is deprecated", "use `ringHash.minimumRingSize`")
        if hashing.ring_hash is not None or hashing.maglev is not None:
            yield invalid(path, "only one of minimumRingSize, ringHash and maglev may be set")
    if hashing.maglev is not None:
        size = hashing.maglev.table_size
        if not 0 < size < _LARGEST_TABLE or not _is_prime(size):
            yield invalid(
                f"{path}.maglev.tableSize",
                f"the size of the table is a prime number below {_LARGEST_TABLE}, got {size}",
                "65537 is the usual size",
            )


def _check_cookie(cookie: HTTPCookie, path: str) -> Iterator[Fault]:
    if not cookie.name:
        yield invalid(f"{path}.name", "the cookie needs a name")
    seen: set[str] = set()
    for index, attribute in enumerate(cookie.attributes):
        if not attribute.name:
            yield invalid(f"{path}.attributes[{index}].name", "the name of an attribute must not be empty")
        elif attribute.name in seen:
            yield invalid(f"{path}.attributes[{index}].name", f"the attribute `{attribute.name[:60]}` is there twice")
        seen.add(attribute.name)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % factor for factor in range(2, isqrt(number) + 1))
