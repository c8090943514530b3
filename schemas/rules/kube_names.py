"""Names as Kubernetes writes them: lower case, stricter than DNS. Pure. Each gives the problem as text, empty for none.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and k8s.io/apimachinery validation.
"""

from __future__ import annotations

import re

from schemas.rules.addresses import is_ip

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_WILDCARD = re.compile(rf"\*\.{_SUBDOMAIN.pattern}")
_LONGEST_NAME = 253
_LONGEST_LABEL = 63
_LONGEST_PORT_NAME = 15


def subdomain_problem(name: str, what: str) -> str:
    """What keeps the text from being the name of an object."""
    if len(name) <= _LONGEST_NAME and _SUBDOMAIN.fullmatch(name):
        return ""
    return f"{what} `{name[:80]}` may only have lower-case letters, digits, `-` and `.`, up to 253"


def label_problem(name: str, what: str) -> str:
    """What keeps the text from being a namespace."""
    if len(name) <= _LONGEST_LABEL and _LABEL.fullmatch(name):
        return ""
    return f"{what} `{name[:80]}` may only have lower-case letters, digits and inner `-`, up to 63"


def service_problem(name: str) -> str:
    """What keeps the text from being the name of a Service."""
    if len(name) <= _LONGEST_LABEL and _SERVICE.fullmatch(name):
        return ""
    return f"service `{name[:80]}` may only have lower-case letters, digits and inner `-`, and begins with a letter"


def port_name_problem(name: str) -> str:
    """What keeps the text from being the name of a port."""
    good = len(name) <= _LONGEST_PORT_NAME and _LABEL.fullmatch(name) and "--" not in name
    if good and any(letter.isalpha() for letter in name):
        return ""
    return f"port name `{name[:80]}` may only have lower-case letters, digits and inner `-`, up to 15, and one letter"


def host_problem(host: str, *, wildcard: bool = True) -> str:
    """What keeps the text from being a host name, `*.` at its beginning allowed."""
    if is_ip(host):
        return f"`{host[:80]}` is an IP address, not a host name"
    if len(host) <= _LONGEST_NAME and (_SUBDOMAIN.fullmatch(host) or (wildcard and _WILDCARD.fullmatch(host))):
        return ""
    form = " or `*.` and one" if wildcard else ""
    return f"`{host[:80]}` is not a host name in lower case{form}"
