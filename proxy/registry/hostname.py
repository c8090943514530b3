"""Hosts with a leading wildcard: what covers what, and which is the most specific. Pure.

Source: istio pkg/config/host/name.go. `*.foo.com` does not cover `foo.com`; `*` covers everything.
"""

from __future__ import annotations

from collections.abc import Iterable


def is_wildcard(host: str) -> bool:
    """Whether a host stands for many."""
    return host.startswith("*")


def covers(pattern: str, host: str) -> bool:
    """Whether every name that `host` stands for is one that `pattern` stands for."""
    if not is_wildcard(pattern):
        return pattern == host
    if is_wildcard(host):
        return len(host) >= len(pattern) and host[1:].endswith(pattern[1:])
    return host.endswith(pattern[1:])


def overlaps(one: str, other: str) -> bool:
    """Whether some name is one that both stand for."""
    return covers(one, other) or covers(other, one)


def most_specific(patterns: Iterable[str], host: str) -> str | None:
    """The pattern that covers the host and is the nearest to it: itself, else the longest wildcard."""
    found = [pattern for pattern in patterns if covers(pattern, host)]
    return max(found, key=lambda pattern: (not is_wildcard(pattern), len(pattern), pattern), default=None)
