"""Addresses: IPs, CIDRs, Unix sockets, `host:port`. Pure. Each function gives the problem as text, empty for none."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_interface

from schemas.rules.names import fqdn_problem
from schemas.rules.ports import port_problem

UNIX = "unix://"
"""How the address of a Unix domain socket begins."""


@lru_cache(maxsize=8192)
def is_ip(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def ip_problem(text: str) -> str:
    """What keeps the text from being an IP address."""
    return "" if is_ip(text) else f"`{text[:80]}` is not an IP address"


def subnet_problem(text: str) -> str:
    """What keeps the text from being an IP address or a CIDR block (host bits may be set)."""
    if text.count("/") != 1:
        return ip_problem(text)
    address, _, length = text.partition("/")
    try:
        ip_interface(text)
    except ValueError:
        return f"`{text[:80]}` is not a CIDR block such as 10.0.0.0/8"
    return "" if is_ip(address) and length.isdigit() else f"`{text[:80]}` is not a CIDR block such as 10.0.0.0/8"


def unix_problem(path: str) -> str:
    """What keeps the part after `unix://` from being a socket: an absolute path, or `@` for the abstract namespace."""
    if not path:
        return "the path of a Unix socket must not be empty"
    if path.startswith("@") or (path.startswith("/") and not path.endswith("/")):
        return ""
    return f"`{path[:80]}` is neither an absolute path of a socket nor an abstract one (`@name`)"


def split_host_port(text: str) -> tuple[str, str] | None:
    """Host and port of `host:port`, `[v6]:port` and `:port`; `None` where the text has not that form."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        return (host, rest[1:]) if bracket and rest.startswith(":") else None
    host, colon, port = text.rpartition(":")
    return (host, port) if colon and ":" not in host else None


def host_port_problem(text: str) -> str:
    """What keeps the text from being `host:port` with a host name or an IP address."""
    parts = split_host_port(text)
    if parts is None:
        return f"`{text[:80]}` is not of the form host:port"
    host, port = parts
    if not (port.isascii() and port.isdigit()):
        return f"the port of `{text[:80]}` is not a number"
    if problem := port_problem(int(port[:10])):
        return problem
    return "" if is_ip(host) or not fqdn_problem(host) else f"`{host[:80]}` is neither a host name nor an IP address"
