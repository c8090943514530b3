"""Join tokens redeem at most once."""

import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from citadel.tokens import DEFAULT_TTL, KEPT, MAX_TTL, PREFIX, TokenError, TokenStore
from tests.citadel.builders import NOW, identity


def _redeems(store: TokenStore, token: str) -> bool:
    try:
        store.redeem(token, now=NOW)
    except TokenError:
        return False
    return True


def test_a_token_buys_its_identity_once(tmp_path: Path) -> None:
    """The first time gives whose it is; the second says that it was used."""
    store = TokenStore(tmp_path)
    token = store.create(identity(), now=NOW)
    assert store.holder(token, now=NOW) == identity()
    assert store.redeem(token, now=NOW) == identity()
    with pytest.raises(TokenError, match="used already"):
        TokenStore(tmp_path).redeem(token, now=NOW)


def test_a_token_is_stored_as_a_hash_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    """Neither the file's name nor its content has the secret in it."""
    token = TokenStore(tmp_path).create(identity(), now=NOW)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token.removeprefix(PREFIX) not in file.name + file.read_text()


def test_an_expired_token_is_refused_and_in_time_swept(tmp_path: Path) -> None:
    """It is good until its last moment; long after it, its file goes."""
    store = TokenStore(tmp_path)
    token = store.create(identity(), now=NOW)
    store.holder(token, now=NOW + DEFAULT_TTL - timedelta(seconds=1))
    with pytest.raises(TokenError, match="expired at"):
        store.redeem(token, now=NOW + DEFAULT_TTL)
    store.create(identity(), now=NOW + DEFAULT_TTL + KEPT)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("ttl", [timedelta(), timedelta(seconds=-1), MAX_TTL + timedelta(seconds=1)])
def test_a_lifetime_out_of_bounds_is_an_error(tmp_path: Path, ttl: timedelta) -> None:
    """No token lives for ever, and none is born dead."""
    with pytest.raises(ValueError, match="token lives"):
        TokenStore(tmp_path).create(identity(), ttl, now=NOW)


@pytest.mark.parametrize("token", ["", "x", PREFIX, PREFIX + "../../etc/passwd", PREFIX + "a" * 5000, "é"])
def test_what_is_no_token_of_ours_is_refused(tmp_path: Path, token: str) -> None:
    """Also where there is no directory yet; the answer does not repeat what was sent."""
    with pytest.raises(TokenError) as raised:
        TokenStore(tmp_path / "none").redeem(token, now=NOW)
    assert "passwd" not in str(raised.value)


def test_a_damaged_record_lets_nobody_in(tmp_path: Path) -> None:
    """What cannot be read is not known."""
    token = TokenStore(tmp_path).create(identity(), now=NOW)
    (file,) = tmp_path.iterdir()
    for text in ("", "{}", "[]", '{"identity": "spiffe://x", "expires": 1e99}'):
        file.write_text(text)
        with pytest.raises(TokenError, match="not known"):
            TokenStore(tmp_path).redeem(token, now=NOW)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(2, 12))
def test_of_any_number_that_try_at_once_one_succeeds(tries: int) -> None:
    """Threads, each with a store of its own over the same directory."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(tries) as pool:
        token = TokenStore(Path(name)).create(identity(), now=NOW)
        won = list(pool.map(lambda _: _redeems(TokenStore(Path(name)), token), range(tries)))
        assert won.count(True) == 1


_CRASHING = """
import os, sys
from datetime import datetime
from pathlib import Path
from citadel.tokens import TokenStore

def crash(event, arguments):
    if event == sys.argv[3] or (sys.argv[3] == "fsync" and event == "open" and str(arguments[0]) == sys.argv[1]):
        os._exit(9)

sys.addaudithook(crash)
TokenStore(Path(sys.argv[1])).redeem(sys.argv[2], now=datetime.fromisoformat(sys.argv[4]))
if sys.argv[3] == "answer":
    os._exit(9)
"""


@pytest.mark.crash
@pytest.mark.parametrize(("moment", "still_good"), [("os.rename", True), ("fsync", False), ("answer", False)])
def test_a_crash_never_gives_a_second_certificate(tmp_path: Path, moment: str, still_good: bool) -> None:  # noqa: FBT001  a column of the table
    """Killed before the rename, the token is still good; killed after it, and before any answer, it is used up."""
    token = TokenStore(tmp_path).create(identity(), now=NOW)
    command = [sys.executable, "-c", _CRASHING, str(tmp_path), token, moment, NOW.isoformat()]
    assert subprocess.run(command, check=False).returncode == 9
    assert _redeems(TokenStore(tmp_path), token) is still_good


class TokenLaws(RuleBasedStateMachine):
    """Any interleaving of stores, tokens, looks and crashes, against a set of what was redeemed."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.stores = [TokenStore(Path(self.directory.name)) for _ in range(3)]
        self.good: set[str] = set()
        self.spent: set[str] = set()

    @rule(target=tokens, which=st.integers(0, 2))
    def create(self, which: int) -> str:
        """Any store makes a token."""
        token = self.stores[which].create(identity(), now=NOW)
        self.good.add(token)
        return token

    @rule(token=tokens, which=st.integers(0, 2))
    def redeem(self, token: str, which: int) -> None:
        """A token redeems if it is good, and is then no longer."""
        assert _redeems(self.stores[which], token) is (token in self.good)
        self.good.discard(token)
        self.spent.add(token)

    @rule(token=tokens, which=st.integers(0, 2))
    def look(self, token: str, which: int) -> None:
        """Looking changes nothing."""
        if token in self.good:
            assert self.stores[which].holder(token, now=NOW) == identity()

    @rule(which=st.integers(0, 2))
    def restart(self, which: int) -> None:
        """A process ends and another begins."""
        self.stores[which] = TokenStore(Path(self.directory.name))

    @invariant()
    def files_are_the_truth(self) -> None:
        """One file a token, open or used."""
        suffixes = [path.suffix for path in Path(self.directory.name).iterdir()]
        assert (suffixes.count(".open"), suffixes.count(".used")) == (len(self.good), len(self.spent))

    def teardown(self) -> None:
        """Removes the directory."""
        self.directory.cleanup()


TestTokenLaws = TokenLaws.TestCase
TestTokenLaws.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
