"""Labels and selectors. Pure. Source: Istio's pkg/config/labels/instance.go, the syntax of Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from schemas.fault import Fault, invalid, warned
from schemas.path import join

_NAME = r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_DNS = r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
_KEY = re.compile(rf"({_DNS}(?:\.{_DNS})*/)?({_NAME})")
_VALUE = re.compile(rf"(?:{_NAME})?")
_LONGEST_PREFIX = 253
_LONGEST_NAME = 63


def check_labels(labels: Mapping[str, str], path: str) -> Iterator[Fault]:
    """Keys are `name` or `dns.prefix/name`; values are names or empty."""
    for key, value in labels.items():
        found = _KEY.fullmatch(key) if len(key) <= _LONGEST_PREFIX + 1 + _LONGEST_NAME else None
        if found is None or len(found[2]) > _LONGEST_NAME or len(found[1] or "") > _LONGEST_PREFIX + 1:
            yield invalid(join(path, key), f"`{key[:80]}` is not a valid key of a label")
        if len(value) > _LONGEST_NAME or not _VALUE.fullmatch(value):
            yield invalid(join(path, key), f"`{value[:80]}` is not a valid value of a label")


def check_selector(labels: Mapping[str, str] | None, path: str, *, scope: str = "") -> Iterator[Fault]:
    """A selector names labels, without wildcards; an empty one is a warning, since it selects everything (`scope`)."""
    if labels is None:
        return
    for key, value in labels.items():
        if not key:
            yield invalid(join(path, key), "a selector must not have an empty key")
        if "*" in key or "*" in value:
            yield invalid(join(path, key), f"wildcards do not work in a selector: `{key[:80]}={value[:80]}`")
    if not labels:
        yield warned(path, f"the selector names no labels{scope}")
