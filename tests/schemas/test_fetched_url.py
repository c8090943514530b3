"""Addresses that a URL must not lead to."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rules.fetched_url import inner_place, split_url


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("localhost", "this machine itself"),
        ("a.localhost", "this machine itself"),
        ("localhost.localdomain", "this machine itself"),
        ("127.1.2.3", "this machine itself"),
        ("0.0.0.0", "this machine itself"),
        ("0", "this machine itself"),
        ("0.1.2.3", "this machine itself"),
        ("::", "this machine itself"),
        ("::1", "this machine itself"),
        ("::ffff:127.0.0.1", "this machine itself"),
        ("::127.0.0.1", "this machine itself"),
        ("64:ff9b::7f00:1", "this machine itself"),
        ("2002:7f00:1::", "this machine itself"),
        ("127.1", "this machine itself"),
        ("0177.0.0.1", "this machine itself"),
        ("017700000001", "this machine itself"),
        ("0x7f000001", "this machine itself"),
        ("%31%32%37.0.0.1", "this machine itself"),
        ("%6Cocalhost", "this machine itself"),
        ("①②⑦.0.0.1", "this machine itself"),
        ("127。0。0。1", "this machine itself"),
        ("\uff4cocalhost", "this machine itself"),
        ("169.254.0.1", "a link-local address"),
        ("fe80::1%eth0", "a link-local address"),
        ("fe80::1%25eth0", "a link-local address"),
        ("169.254.169.254", "a cloud's metadata service"),
        ("::ffff:a9fe:a9fe", "a cloud's metadata service"),
        ("0xa9fea9fe", "a cloud's metadata service"),
        ("100.100.100.200", "a cloud's metadata service"),
        ("fd00:ec2::254", "a cloud's metadata service"),
        ("Metadata.Google.Internal.", "a cloud's metadata service"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("example.com", ""),
        ("10.0.0.1", ""),
        ("192.168.1.1", ""),
        ("fd00::1", ""),
        ("2001:db8::1", ""),
        ("1.2.3.4.5", ""),
        ("0x", "this machine itself"),
        ("256.1", ""),
        ("08.1", ""),
        ("localhost.example.com", ""),
        ("127.0.0.1.nip.io", ""),
        ("", ""),
    ],
)
def test_inner_addresses_are_known_in_every_way_of_writing(host: str, place: str) -> None:
    """Names, dotted, hexadecimal, octal and single numbers, IPv4 inside of IPv6, escaped and in odd characters."""
    assert inner_place(host) == place


@given(st.integers(0, 2**32 - 1))
def test_a_number_means_what_its_address_means(number: int) -> None:
    """All forms of an address are judged alike."""
    address = str(IPv4Address(number))
    forms = [
        str(number),
        hex(number),
        f"0{number:o}",
        f"::ffff:{address}",
        ".".join(map(hex, IPv4Address(number).packed)),
    ]
    assert {inner_place(form) for form in forms} == {inner_place(address)}


@given(st.text(max_size=40))
def test_no_host_makes_it_raise(host: str) -> None:
    """Whatever stands there."""
    assert isinstance(inner_place(host), str)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://a.com/b", "a.com"),
        ("http://user:pass@127.0.0.1:80/", "127.0.0.1"),
        ("http://[::1]:80/", "::1"),
        ("http://127.0.0.1\\@a.com/", None),
        ("http://a b/", None),
        ("http://a:b/", None),
        ("http://[::1/", None),
        ("//a.com", None),
        ("a.com", None),
        ("http://a\n.com/", None),
    ],
)
def test_a_url_is_split_into_its_parts(text: str, host: str | None) -> None:
    """The host is what comes after user and password; what is no absolute URL is none."""
    parts = split_url(text)
    assert (parts.hostname if parts is not None else None) == host
