"""Names as Kubernetes writes them: lower case, stricter than DNS. Pure. Each gives the problem as text, empty for none.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and k8s.io/apimachinery validation.
"""

from __future__ import annotations

import re

from schemas.rules.addresses import is_ip

LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
"""A part of a name between dots."""
SUBDOMAIN = re.compile(rf"{LABEL.pattern}(?:\.{LABEL.pattern})*")
"""A name of several parts, or of one."""
_SERVICE = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_WILDCARD = re.compile(rf"\*\.{SUBDOMAIN.pattern}")
_LONGEST_NAME = 253
_LONGEST_LABEL = 63
_LONGEST_PORT_NAME = 15


def subdomain_problem(name: str, what: str) -> str:
    """What keeps the text from being the name of an object."""
    if len(name) <= _LONGEST_NAME and SUBDOMAIN.fullmatch(name):
        return ""
    return f"{what} `{name[:80]}` may only have lower-case letters, digits, `-` and `.`, up to 253"


def label_problem(name: str, what: str) -> str:
    """What keeps the text from being a namespace."""
    if len(name) <= _LONGEST_LABEL and LABEL.fullmatch(name):
        return ""
    return f"{what} `{name[:80]}` may only have lower-case letters, digits and inner `-`, up to 63"


def service_problem(name: str) -> str:
    """What keeps the text from being the name of a Service."""
    if len(name) <= _LONGEST_LABEL and _SERVICE.fullmatch(name):
        return ""
    return f"service `{name[:80]}` may only have lower-case letters, digits and inner `-`, and begins with a letter"


def port_name_problem(name: str) -> str:
    """What keeps the text from being the name of a port."""
    good = len(name) <= _LONGEST_PORT_NAME and LABEL.fullmatch(name) and "--" not in name
    if good and any(letter.isalpha() for letter in name):
        return ""
    return f"port name `{name[:80]}` may only have lower-case letters, digits and inner `-`, up to 15, and one letter"


def host_problem(host: str, *, wildcard: bool = True) -> str:
    """What keeps the text from being a host name; `*.` may begin it where a `wildcard` may stand."""
    if is_ip(host):
        return f"`{host[:80]}` is an IP address, not a host name"
    if len(host) <= _LONGEST_NAME and (SUBDOMAIN.fullmatch(host) or (wildcard and _WILDCARD.fullmatch(host))):
        return ""
    form = " or `*.` and one" if wildcard else ", without wildcard"
    return f"`{host[:80]}` is not a host name in lower case{form}"
