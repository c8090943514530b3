"""The digest of a set of digests: the set's alone, whatever the order in which its members came and went."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.digest import digest_of
from pipeline.model.digest_set import DigestSet

members = st.integers(0, 40).map(lambda number: digest_of(str(number).encode()))


@given(st.lists(st.tuples(st.booleans(), members)), st.sets(st.integers(0, 60)))
def test_the_digest_is_that_of_the_members(moves: list[tuple[bool, str]], looks: set[int]) -> None:
    """After any adding and dropping, and looking in between, it equals that of a set made of the members at once."""
    kept: set[str] = set()
    digests = DigestSet()
    for number, (added, member) in enumerate(moves):
        if added:
            kept.add(member)
            digests.add(member)  # type: ignore[arg-type]
        else:
            kept.discard(member)
            digests.discard(member)  # type: ignore[arg-type]
        if number in looks:
            digests.digest()
    assert digests.digest() == DigestSet(kept).digest()  # type: ignore[arg-type]


@given(st.sets(members), st.sets(members))
def test_other_members_other_digest(one: set[str], other: set[str]) -> None:
    """Two sets have the same digest if, and only if, they have the same members."""
    assert (DigestSet(one) == DigestSet(other)) == (one == other)  # type: ignore[arg-type]
