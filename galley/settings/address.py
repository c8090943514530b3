"""Addresses as people write them: HOST:PORT, with [HOST] for IPv6. Pure."""

from __future__ import annotations

from ipaddress import ip_address

_MAX_PORT = 65_535


def checked_address(text: str) -> str:
    """Return the address as it is; raise ValueError, with the fix, where it is not HOST:PORT or empty."""
    if text:
        split_address(text)
    return text


def split_address(text: str) -> tuple[str, int]:
    """Return host (without brackets) and port; raise ValueError where it is no HOST:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > _MAX_PORT:
        msg = f"{text!r} is no HOST:PORT, such as 127.0.0.1:15010 or [::1]:15010"
        raise ValueError(msg)
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(text: str) -> bool:
    """Tell whether an address is reachable from this machine alone."""
    host, _ = split_address(text)
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
