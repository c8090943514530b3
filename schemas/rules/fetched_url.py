"""URLs that a server or a proxy fetches: none that leads to its own machine, or to what only that can reach. Pure.

Whoever may write a policy could otherwise have addresses asked that he cannot reach himself (server-side request
forgery): loopback, link-local, the metadata services of clouds. Stricter than Istio, so the code is one of our own,
which a setting lowers. What a name resolves to is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from unicodedata import normalize
from urllib.parse import SplitResult, unquote, urlsplit

from schemas import fault as codes
from schemas.fault import Fault

_METADATA: Final = frozenset(
    map(
        ip_address,
        ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"),
    )
)
_NAMES: Final = frozenset({"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"})
_OWN: Final = frozenset({"localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"})
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_NAT64: Final = 0x0064FF9B << 96
_SIXTOFOUR: Final = 0x2002
_LOW: Final = 0xFFFFFFFF
_IDEOGRAPHIC_STOP: Final = "\u3002"
_PARTS: Final = 4
_BYTE: Final = 0xFF


def split_url(text: str) -> SplitResult | None:
    """The parts of an absolute URL; `None` where the text is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and text.isprintable() and not {" ", "\\"} & set(text) else None


def check_fetched_url(host: str, path: str) -> Iterator[Fault]:
    """An error where the URL at `path` leads to an inner place; `host` is that of the URL, without brackets."""
    place = inner_place(host)
    if place:
        yield Fault(
            code=codes.INNER_URL,
            severity="error",
            path=path,
            message=f"`{host[:80]}` is {place}: whoever fetches the URL would ask his own machine or network",
            hint=f"name another host; or let it pass with the setting `validation.lower: [{codes.INNER_URL}]`",
        )


def inner_place(host: str) -> str:
    """What kind of inner address a host is, empty where it is none that is known as such."""
    name = _plain(host).lower().rstrip(".").partition("%")[0]
    if name in _OWN or name.endswith((".localhost", ".localhost.localdomain")):
        return "this machine itself"
    if name in _NAMES:
        return "a cloud's metadata service"
    address = _address(name)
    if address is None:
        return ""
    if address in _METADATA:
        return "a cloud's metadata service"
    if address.is_loopback or address.is_unspecified or (isinstance(address, IPv4Address) and address.packed[0] == 0):
        return "this machine itself"
    if address.is_link_local:
        return "a link-local address"
    return "a multicast address" if address.is_multicast else ""


def _plain(host: str) -> str:
    """The host as fetchers read it that undo escapes, and take odd characters for what they look like (IDNA)."""
    return normalize("NFKC", unquote(host)).replace(_IDEOGRAPHIC_STOP, ".")


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a resolver reads in a name: also `2130706433`, `0x7f.1`, and IPv4 inside of IPv6."""
    try:
        found = ip_address(name)
    except ValueError:
        return _old_form(name)
    if isinstance(found, IPv6Address):
        return _inside(found) or found
    return found


def _inside(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if number >> 32 == 0 and number > 1:
        return IPv4Address(number)
    if number >> 32 == _NAT64 >> 32:
        return IPv4Address(number & _LOW)
    return IPv4Address((number >> 80) & _LOW) if number >> 112 == _SIXTOFOUR else None


def _old_form(name: str) -> IPv4Address | None:
    """The address of inet_aton's forms: one to four numbers, decimal, octal or hexadecimal, the last fills the rest."""
    parts = name.split(".")
    if len(parts) > _PARTS or not all(_NUMBER.fullmatch(part) and len(part) <= len("0x") + 11 for part in parts):
        return None
    try:
        numbers = [_read(part) for part in parts]
    except ValueError:
        return None
    *heads, last = numbers
    free = 8 * (_PARTS - len(heads))
    if any(number > _BYTE for number in heads) or last >> free:
        return None
    total = 0
    for number in heads:
        total = total << 8 | number
    return IPv4Address(total << free | last)


def _read(part: str) -> int:
    if part[:2] in {"0x", "0X"}:
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") else int(part)
