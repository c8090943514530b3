"""Laws of hosts with wildcards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.naming import listener, resolve_host
from proxy.registry.hostname import covers, is_wildcard, most_specific, overlaps

LABELS = st.sampled_from(["a", "b", "foo", "com"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
HOSTS = st.one_of(NAMES, NAMES.map("*.".__add__), st.just("*"))


@given(HOSTS, HOSTS, HOSTS)
def test_covering_is_an_order(one: str, two: str, three: str) -> None:
    """A host covers itself; what covers a cover covers what is covered; two that cover each other are one."""
    assert covers(one, one)
    assert not (covers(one, two) and covers(two, three)) or covers(one, three)
    assert not (covers(one, two) and covers(two, one)) or one == two


@given(HOSTS, HOSTS, NAMES)
def test_hosts_that_share_a_name_overlap(one: str, two: str, name: str) -> None:
    """Overlap is symmetric, and there wherever one name is covered by both."""
    assert overlaps(one, two) == overlaps(two, one)
    assert not (covers(one, name) and covers(two, name)) or overlaps(one, two)


@given(st.lists(HOSTS), NAMES)
def test_the_most_specific_covers_and_nothing_between_does(patterns: list[str], name: str) -> None:
    """No other of the patterns lies between the best one and the name."""
    best = most_specific(patterns, name)
    if best is None:
        assert not any(covers(pattern, name) for pattern in patterns)
    else:
        assert covers(best, name)
        assert not any(covers(best, pattern) and pattern != best for pattern in patterns if covers(pattern, name))


def test_wildcards_cover_subdomains_alone() -> None:
    """`*.foo.com` is not for `foo.com`, `*` is for everything."""
    assert not covers("*.foo.com", "foo.com")
    assert covers("*.foo.com", "a.b.foo.com")
    assert covers("*", "*.foo.com")
    assert is_wildcard("*-x.com")
    assert covers("*-x.com", "a-x.com")


def test_short_names() -> None:
    """Only a name without a dot is a service of the namespace."""
    assert resolve_host("A", "ns") == "a.ns.svc.cluster.local"
    assert [resolve_host(host, "ns") for host in ("a.b", "*", "10.0.0.1", "::1")] == ["a.b", "*", "10.0.0.1", "::1"]
    assert listener("0.0.0.0", 80) == "0.0.0.0_80"
    assert listener("unix:///x", 0) == "unix:///x"
