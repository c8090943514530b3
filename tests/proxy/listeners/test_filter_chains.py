"""No connection is matched by two chains of a listener, whatever the chains ask for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.translate.filter_chains import Chain, Match, distinct, server_names

MATCHES = st.builds(
    Match,
    port=st.sampled_from((0, 80)),
    transport=st.sampled_from(("", "tls", "raw_buffer")),
    protocols=st.sampled_from(((), ("h2c",), ("http/1.1", "h2c"))),
    names=st.sets(st.sampled_from(("a", "b", "*.c"))).map(lambda found: tuple(sorted(found))),
    ranges=st.sampled_from(((), ("10.0.0.0/8",), ("10.0.0.1/8", "192.168.0.0/16"), ("nonsense",))),
)


@given(st.lists(MATCHES, max_size=8))
def test_chains_never_overlap_and_the_first_wins(matches: list[Match]) -> None:
    """Each way to match is in one chain only: the first that had it."""
    found = distinct(Chain(filters=(), match=match) for match in matches)
    ways = [
        (chain.match.port, chain.match.transport, protocol, name, cidr)
        for chain in found
        for protocol in chain.match.protocols or ("",)
        for name in chain.match.names or ("",)
        for cidr in chain.match.ranges or ("",)
    ]
    assert len(ways) == len(set(ways))
    if matches:
        assert found[0].match.port == matches[0].port


def test_hosts_become_server_names() -> None:
    """`*` is any name and none; a wildcard in the middle is no name at all."""
    assert server_names(("B.example.com", "*.example.com", "b.example.com")) == ("*.example.com", "b.example.com")
    assert server_names(("a.example.com", "*")) == ()
    assert server_names(("a*.example.com", "*x.example.com")) == ()
