"""Host names with a leading wildcard: which of two covers the other. Pure.

The rules are those of Istio's host names (pkg/config/host/name.go): `*` stands only at the beginning and stands for one
or more characters of any kind, dots included.
"""

from __future__ import annotations


def overlaps(one: str, other: str) -> bool:
    """Whether some host falls under both names."""
    if one.startswith("*"):
        if other.startswith("*"):
            return other[1:].endswith(one[1:]) or one[1:].endswith(other[1:])
        return other.endswith(one[1:])
    return one.endswith(other[1:]) if other.startswith("*") else one == other


def is_within(one: str, other: str) -> bool:
    """Whether every host under `one` falls under `other` too."""
    if one.startswith("*"):
        return other.startswith("*") and len(one) >= len(other) and one[1:].endswith(other[1:])
    return one.endswith(other[1:]) if other.startswith("*") else one == other
