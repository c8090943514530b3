"""SPIFFE identities."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citadel.identity import Identity, IdentityError, trust_domain

_SEGMENT = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=60).filter(
    lambda text: text not in {".", ".."}
)
_DOMAIN = st.text(string.ascii_lowercase + string.digits + "._-", min_size=1, max_size=60)
IDENTITIES = st.builds(Identity, trust_domain=_DOMAIN, namespace=_SEGMENT, service_account=_SEGMENT)


@given(IDENTITIES)
def test_parsing_is_the_inverse_of_formatting(identity: Identity) -> None:
    """An identity that is written and read is the same identity."""
    assert Identity.parse(str(identity)) == identity
    assert str(identity) == f"spiffe://{identity.principal}"


@given(st.text(max_size=80) | st.from_regex(r"spiffe://[^/]*/ns/[^/]*/sa/[^/]*", fullmatch=True))
def test_whatever_parses_is_written_the_same(text: str) -> None:
    """Nothing is normalised: a text either is an identity as it stands, or none."""
    try:
        identity = Identity.parse(text)
    except IdentityError:
        return
    assert str(identity) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cluster.local/ns/a/sa/b",
        "SPIFFE://cluster.local/ns/a/sa/b",
        "spiffe://Cluster.local/ns/a/sa/b",
        "spiffe:///ns/a/sa/b",
        "spiffe://cluster.local/ns//sa/b",
        "spiffe://cluster.local/ns/a/sa/",
        "spiffe://cluster.local/ns/a/sa/b/",
        "spiffe://cluster.local/ns/a/sa/b/c",
        "spiffe://cluster.local/ns/../sa/b",
        "spiffe://cluster.local/ns/a%2Fb/sa/c",
        "spiffe://cluster.local/ns/a/sa/b?x",
        "spiffe://cluster.local/ns/a/sa/b#x",
        "spiffe://cluster.local:80/ns/a/sa/b",
        "spiffe://user@cluster.local/ns/a/sa/b",
        "spiffe://cluster.local/ns/a/sa/b\n",
        "spiffe://cluster.local/ns/a/sa/ü",
        "spiffe://cluster.local/ns/a/sa/*",
        "spiffe://cluster.local/sa/b/ns/a",
        "spiffe://" + "a" * 256 + "/ns/a/sa/b",
        "spiffe://cluster.local/ns/a/sa/" + "b" * 2048,
    ],
)
def test_what_is_not_exactly_an_identity_is_refused(text: str) -> None:
    """No repair, no guess, no prefix that would do."""
    with pytest.raises(IdentityError):
        Identity.parse(text)


def test_the_trust_domain_of_a_mesh_config_is_istios() -> None:
    """Empty is the default; `@` becomes a dot, as in Istio; the rest must be a trust domain."""
    assert trust_domain("") == "cluster.local"
    assert trust_domain("me@example.com") == "me.example.com"
    with pytest.raises(IdentityError):
        trust_domain("Not a domain")
