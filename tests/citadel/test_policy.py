"""What may be issued, and for how long."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citadel.accounts import Account
from citadel.policy import BACKDATE, MAX_TTL, Grant, IssuingPolicy, Refusal, RefusalReason, decide
from tests.citadel.builders import NOW, identity

END = NOW + timedelta(days=3650)


def test_a_day_where_nothing_is_asked() -> None:
    """The default is 24 h from now, and the start lies two minutes back."""
    grant = decide(IssuingPolicy(revision=1), identity(), timedelta(), now=NOW, authority_end=END)
    assert grant == Grant(identity=identity(), not_before=NOW - BACKDATE, not_after=NOW + timedelta(hours=24))


@given(st.timedeltas(timedelta(seconds=1), MAX_TTL), st.timedeltas(timedelta(seconds=1), timedelta(days=100)))
def test_no_certificate_outlives_its_authority_or_the_policy(asked: timedelta, left: timedelta) -> None:
    """Whatever is asked and however little the authority has left."""
    grant = decide(IssuingPolicy(revision=1), identity(), asked, now=NOW, authority_end=NOW + left)
    assert isinstance(grant, Grant)
    assert grant.not_before < grant.not_after == min(NOW + asked, NOW + left)


@pytest.mark.parametrize(
    ("asked", "left", "reason"),
    [
        (MAX_TTL + timedelta(seconds=1), timedelta(days=3650), RefusalReason.INVALID),
        (timedelta(seconds=-1), timedelta(days=3650), RefusalReason.INVALID),
        (timedelta(), timedelta(), RefusalReason.EXPIRED_AUTHORITY),
    ],
)
def test_too_much_is_refused_not_cut(asked: timedelta, left: timedelta, reason: RefusalReason) -> None:
    """Above the maximum is an error, as in Istio; an authority that is over signs nothing."""
    refusal = decide(IssuingPolicy(revision=1), identity(), asked, now=NOW, authority_end=NOW + left)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


def test_only_the_mesh_s_trust_domain_and_its_aliases_are_issued() -> None:
    """An identity of another mesh is denied, with the domain that would do."""
    policy = IssuingPolicy(revision=1, trust_domain="new.example", aliases=frozenset({"old.example"}))
    for domain in ("new.example", "old.example"):
        asked = identity(domain=domain)
        assert isinstance(decide(policy, asked, timedelta(), now=NOW, authority_end=END), Grant)
    refusal = decide(policy, identity(), timedelta(), now=NOW, authority_end=END)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.DENIED
    assert "new.example" in refusal.message


def test_with_known_identities_nobody_else_gets_one() -> None:
    """Where the snapshot's workloads are the list, an account that none of them has is denied."""
    policy = IssuingPolicy(revision=7, known=frozenset({Account("default", "web")}))
    assert isinstance(decide(policy, identity(), timedelta(), now=NOW, authority_end=END), Grant)
    refusal = decide(policy, identity(account="other"), timedelta(), now=NOW, authority_end=END)
    assert isinstance(refusal, Refusal)
    assert "revision 7" in refusal.message
