"""Laws of hosts with wildcards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.hostname import covers, is_wildcard, overlaps

LABELS = st.sampled_from(["a", "b", "foo", "com"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
HOSTS = st.one_of(NAMES, NAMES.map("*.".__add__), NAMES.map("*".__add__), st.just("*"))


@given(HOSTS, HOSTS, HOSTS)
def test_covering_is_an_order(one: str, two: str, three: str) -> None:
    """A host covers itself; what covers a cover covers what is covered; two that cover each other are one."""
    assert covers(one, one)
    assert not (covers(one, two) and covers(two, three)) or covers(one, three)
    assert not (covers(one, two) and covers(two, one)) or one == two


@given(HOSTS, HOSTS, NAMES)
def test_hosts_that_share_a_name_overlap(one: str, two: str, name: str) -> None:
    """Overlap is symmetric, there where one covers the other, and wherever one name is covered by both."""
    assert overlaps(one, two) == overlaps(two, one)
    assert not covers(one, two) or overlaps(one, two)
    assert not (covers(one, name) and covers(two, name)) or overlaps(one, two)


def test_wildcards_cover_subdomains_alone() -> None:
    """`*.foo.com` is not for `foo.com`, `*` is for everything."""
    assert not covers("*.foo.com", "foo.com")
    assert covers("*.foo.com", "a.b.foo.com")
    assert covers("*", "*.foo.com")
    assert is_wildcard("*-x.com")
    assert covers("*-x.com", "a-x.com")
