"""Hosts with a leading wildcard: what covers what. Pure.

`*` stands only at the beginning and stands for one or more characters of any kind, dots included: `*.foo.com` does not
cover `foo.com`; `*` covers everything. Source: istio pkg/config/host/name.go.
"""

from __future__ import annotations


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
