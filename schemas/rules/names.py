"""Names of hosts, subsets, ports and namespaces: what Istio takes as well-formed. Pure.

Each function gives the problem as text, empty where there is none. Source: Istio's pkg/config/labels/instance.go and
pkg/config/validation/agent/validation.go.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LABEL = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_WILDCARD_LABEL = re.compile(r"\*|\*?-?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_SNI_DNAT = re.compile(r"outbound_\.\d+_\..*")
_LONGEST_LABEL = 63
_LONGEST_NAME = 255
_SHOWN = 80


@lru_cache(maxsize=8192)
def is_dns_label(name: str) -> bool:
    """Whether the name is a DNS label: letters, digits and `-`, at most 63, neither beginning nor ending with `-`."""
    return len(name) <= _LONGEST_LABEL and _LABEL.fullmatch(name) is not None


def dns_label_problem(name: str, what: str) -> str:
    """What keeps the name from being a DNS label; `what` says what it names."""
    if is_dns_label(name):
        return ""
    return f"{what} {_quoted(name)} may only have letters, digits and `-`, up to 63, and no `-` at its ends"


@lru_cache(maxsize=8192)
def fqdn_problem(name: str) -> str:
    """What keeps the name from being a host name without wildcard."""
    return _length_problem(name) or _labels_problem(name, name)


@lru_cache(maxsize=8192)
def wildcard_domain_problem(name: str) -> str:
    """What keeps the name from being a host name whose first label may be, or begin with, `*`."""
    if problem := _length_problem(name):
        return problem
    first, dot, rest = name.partition(".")
    if len(first) > _LONGEST_LABEL or not _WILDCARD_LABEL.fullmatch(first) or first.startswith("-"):
        return _label_problem(name, first)
    return _labels_problem(name, rest) if dot else ""


def gateway_domain_problem(name: str, *, sni: bool) -> str:
    """Like a wildcard domain; with `sni` also the server names of `AUTO_PASSTHROUGH` (`outbound_.80_._.host`)."""
    if sni and name.startswith("outbound_."):
        return "" if _SNI_DNAT.fullmatch(name) else f"{_quoted(name)} is no server name of the form outbound_.PORT_..."
    return wildcard_domain_problem(name)


def partial_wildcard_problem(name: str) -> str:
    """A `*` that is neither the whole name nor its whole first label."""
    if "*" in name and name != "*" and not name.startswith("*."):
        return f"{_quoted(name)} has a partial wildcard: only `*` and `*.` at the beginning are taken"
    return ""


def _length_problem(name: str) -> str:
    if not name:
        return "a host name must not be empty"
    return f"{_quoted(name)} is longer than {_LONGEST_NAME} characters" if len(name) > _LONGEST_NAME else ""


def _labels_problem(name: str, part: str) -> str:
    labels = part.split(".")
    if labels[-1].isascii() and labels[-1].isdigit():
        return f"{_quoted(name)} is no host name: its last part, `{labels[-1]}`, is a number"
    if labels[-1] == "":
        labels.pop()
    for label in labels:
        if not is_dns_label(label):
            return _label_problem(name, label)
    return ""


def _label_problem(name: str, label: str) -> str:
    return f"{_quoted(name)} is no host name: its part `{label[:70]}` is not made of letters, digits and inner `-`"


def _quoted(name: str) -> str:
    return f"`{name if len(name) <= _SHOWN else name[:_SHOWN] + '...'}`"
