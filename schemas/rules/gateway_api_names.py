"""Names and durations of the Gateway API. Pure. Each gives the problem as text, empty for none.

Source: the patterns of the Gateway API's CRDs (apis/v1/shared_types.go); durations are those of GEP-2257.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sized

from schemas.fault import Fault, invalid
from schemas.rules.kube_names import LABEL, SUBDOMAIN, host_problem

_KIND = re.compile(r"[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_CONTROLLER = re.compile(rf"{SUBDOMAIN.pattern}/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+")
_DURATION = re.compile(r"(?:[0-9]{1,5}(?:h|ms|s|m)){1,4}")
_PART = re.compile(r"([0-9]{1,5})(h|ms|s|m)")
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


def group_problem(group: str) -> str:
    """What keeps the text from being a group."""
    return "" if not group or SUBDOMAIN.fullmatch(group) else f"`{group[:80]}` is not a group such as apps"


def section_problem(name: str) -> str:
    """What keeps the text from being the name of a section."""
    return "" if SUBDOMAIN.fullmatch(name) else f"`{name[:80]}` may only have lower-case letters, digits, `-` and `.`"


def controller_problem(name: str) -> str:
    """What keeps the text from being the name of a controller."""
    return "" if _CONTROLLER.fullmatch(name) else f"`{name[:80]}` is not of the form domain/name"


def header_problem(name: str) -> str:
    """What keeps the text from being the name of a header."""
    return "" if _HEADER.fullmatch(name) else f"`{name[:80]}` is not a header's name"


def milliseconds(text: str) -> int | None:
    """A duration in milliseconds, `None` where the text is none: `1h30m`, `500ms`, `0s`."""
    if not _DURATION.fullmatch(text):
        return None
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in _PART.findall(text))


def check_duration(text: str | None, path: str) -> Iterator[Fault]:
    """A duration has at most four parts, whole numbers of up to five digits each: no fractions, no other units."""
    if text is not None and milliseconds(text) is None:
        hint = "write it like 1m30s or 1500ms: whole numbers with h, m, s or ms"
        yield invalid(path, f"`{text[:40]}` is not a duration of the Gateway API", hint)


def check_hostnames(hosts: tuple[str, ...], path: str) -> Iterator[Fault]:
    """Hosts of a route."""
    for index, host in enumerate(hosts):
        if problem := host_problem(host):
            yield invalid(f"{path}[{index}]", problem)


def check_some(items: Sized, path: str, what: str) -> Iterator[Fault]:
    """A list that must not be empty."""
    if not items:
        yield invalid(path, f"at least one {what} is needed")


def check_object(group: str, kind: str, namespace: str | None, path: str) -> Iterator[Fault]:
    """The group, kind and namespace of a reference."""
    if problem := group_problem(group):
        yield invalid(f"{path}.group", problem)
    if not _KIND.fullmatch(kind):
        yield invalid(f"{path}.kind", f"`{kind[:80]}` is not a kind such as Service")
    if namespace is not None and not LABEL.fullmatch(namespace):
        yield invalid(f"{path}.namespace", f"`{namespace[:80]}` is not a namespace: lower-case letters, digits and `-`")
