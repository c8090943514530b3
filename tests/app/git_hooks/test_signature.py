"""Who is believed at `/hooks/git`."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.app.git_hooks.deliveries import Deliveries
from galley.app.git_hooks.signature import Unsigned, check_signature

SECRET = b"sixteen bytes or more"
BODY = b'{"ref": "refs/heads/main"}'
NOW = 1_750_000_000.0


def hexadecimal(content: bytes, secret: bytes = SECRET) -> str:
    """Return a signature as GitHub writes it, without its prefix."""
    return hmac.new(secret, content, hashlib.sha256).hexdigest()


def standard(key: bytes, at: int = int(NOW), body: bytes = BODY) -> dict[str, str]:
    """Return the headers of Standard Webhooks."""
    signature = base64.b64encode(hmac.new(key, f"id.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    return {"webhook-id": "id", "webhook-timestamp": str(at), "webhook-signature": f"v1,AAAA v1,{signature}"}


def plain(at: int, body: bytes = BODY) -> dict[str, str]:
    """Return the headers of who has no forge."""
    return {"x-galley-timestamp": str(at), "x-galley-signature": f"sha256={hexadecimal(f'{at}.'.encode() + body)}"}


GOOD = {
    "GitHub": {"x-hub-signature-256": f"sha256={hexadecimal(BODY)}"},
    "Gitea": {"x-gitea-signature": hexadecimal(BODY)},
    "GitLab's token": {"x-gitlab-token": SECRET.decode()},
    "GitLab's signature": standard(SECRET),
    "plain": plain(int(NOW)),
}


@pytest.mark.parametrize("headers", GOOD.values(), ids=GOOD.keys())
def test_who_knows_the_secret_is_believed(headers: dict[str, str]) -> None:
    """Each forge's own way of signing is understood, and a repetition has the same name."""
    assert check_signature(headers, BODY, SECRET, NOW, 300) == check_signature(headers, BODY, SECRET, NOW + 1, 300)


@pytest.mark.parametrize("headers", GOOD.values(), ids=GOOD.keys())
def test_who_does_not_is_not(headers: dict[str, str]) -> None:
    """Another secret, and for what is signed another body, is refused, and the secret is not told."""
    with pytest.raises(Unsigned) as refused:
        check_signature(headers, BODY, b"another secret of 16", NOW, 300)
    assert "another secret" not in str(refused.value)
    if "x-gitlab-token" not in headers:
        with pytest.raises(Unsigned):
            check_signature(headers, BODY + b" ", SECRET, NOW, 300)


@given(st.dictionaries(st.sampled_from(sorted({name for one in GOOD.values() for name in one})), st.text()))
def test_nothing_else_is_believed_and_nothing_breaks(headers: dict[str, str]) -> None:
    """Whatever the headers say, there is either a proof or a refusal."""
    with pytest.raises(Unsigned):
        check_signature(headers, BODY, SECRET, NOW, 300)


@pytest.mark.parametrize("late", [-301, 301, 10**9])
def test_a_time_that_was_signed_must_be_of_now(late: int) -> None:
    """A delivery that was kept, or comes from a wrong clock, is refused."""
    for headers in (plain(int(NOW) + late), standard(SECRET, int(NOW) + late)):
        with pytest.raises(Unsigned, match="clocks"):
            check_signature(headers, BODY, SECRET, NOW, 300)


def test_a_key_in_base64_is_understood() -> None:
    """A secret as Standard Webhooks writes them is the key that it encodes."""
    key = b"k" * 24
    secret = b"whsec_" + base64.b64encode(key)
    assert check_signature(standard(key), BODY, secret, NOW, 300)
    with pytest.raises(Unsigned, match="base64"):
        check_signature(standard(key), BODY, b"whsec_!!", NOW, 300)


def test_a_signature_of_another_way_does_not_help() -> None:
    """With two proofs the one that is bound to a time decides: it cannot be stripped by adding another."""
    with pytest.raises(Unsigned):
        check_signature({**GOOD["GitHub"], "x-galley-signature": "sha256=00"}, BODY, SECRET, NOW, 300)


def test_a_repetition_is_known_for_a_while() -> None:
    """What was heard is not new, until the window has passed."""
    deliveries = Deliveries(window=10)
    assert deliveries.is_new(b"a", 0)
    assert not deliveries.is_new(b"a", 9)
    assert deliveries.is_new(b"a", 11)


def test_what_is_remembered_is_bounded() -> None:
    """However many deliveries there are, only the last are remembered."""
    deliveries = Deliveries(window=1e9, most=3)
    for number in range(100):
        assert deliveries.is_new(str(number).encode(), number)
    assert not deliveries.is_new(b"99", 100)
    assert deliveries.is_new(b"0", 100)
