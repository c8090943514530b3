"""Rules of the kind ProxyConfig. Pure. Source: Istio's `ValidateProxyConfig` and the rules of the CRD."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.proxy_config import ProxyConfig
from schemas.rules.policy_target import check_policy_selector


def check_proxy_config_kind(config: ProxyConfig, path: str, namespace: str) -> Iterator[Fault]:
    """No negative number of threads, labels without wildcards."""
    del namespace
    yield from check_policy_selector(config.selector, f"{path}.selector")
    if config.concurrency is not None and config.concurrency < 0:
        yield invalid(f"{path}.concurrency", f"must not be negative, got {config.concurrency}")
