"""Join tokens: secrets that buy one certificate each. Keeps secrets, as hashes only; time is an argument.

**Theory of operation.** A token is 256 random bits behind a prefix that secret scanners can find. On disk it is one
file (0600) named by the SHA-256 of the whole token, and in it whose it is and until when; the bits themselves are
nowhere. SHA-256 without salt or stretching is enough, because nobody guesses 256 bits.

To redeem is to rename that file from `HASH.open` to `HASH.used` and to force the directory to the disk, and then to
answer. A rename happens once: of any number of threads and processes that try, one succeeds. A crash before the rename
leaves the token good; a crash after it leaves a token that is used and a certificate that nobody has: **at most once**,
and the remedy is a new token. The other choice (answer, then mark) would let a crash make two certificates.

Used and expired files stay for thirty days after the token's time, so that whoever comes late is told which of the two
it was; then they are swept when the next token is created.
"""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from citadel import durable_file
from citadel.identity import Identity, IdentityError

PREFIX = "galley-join-"
SECRET_BYTES = 32
DEFAULT_TTL = timedelta(hours=1)
MAX_TTL = timedelta(days=30)
KEPT = timedelta(days=30)
MAX_LENGTH = 128

_OPEN = ".open"
_USED = ".used"
_HELP = "make a new one with `galley token create`"


class TokenError(Exception):
    """A token is no good; the message is for who brought it, and names neither the token nor its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    identity: Identity
    expires: datetime


class TokenStore:
    """The tokens of one directory. Any number of stores, in any number of processes, may share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def create(self, identity: Identity, ttl: timedelta = DEFAULT_TTL, *, now: datetime) -> str:
        """A new token for `identity`, good until `now + ttl`. `ValueError` where `ttl` is not in (0, `MAX_TTL`]."""
        if not timedelta() < ttl <= MAX_TTL:
            raise ValueError(f"a token lives more than nothing and at most {MAX_TTL.days} days")
        durable_file.make_directory(self._directory)
        self._sweep(now)
        token = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        record = {"identity": str(identity), "expires": (now + ttl).timestamp()}
        created = durable_file.create(self._path(token, _OPEN), orjson.dumps(record))
        assert created, "256 random bits do not come twice"
        return token

    def holder(self, token: str, *, now: datetime) -> Identity:
        """Whose token it is, without redeeming it. Raises `TokenError` where it could not be redeemed."""
        return self._claim(token, now).identity

    def redeem(self, token: str, *, now: datetime) -> Identity:
        """Whose token it is; it is used up, durably, when this returns. Raises `TokenError`."""
        claim = self._claim(token, now)
        try:
            self._path(token, _OPEN).rename(self._path(token, _USED))
        except FileNotFoundError:
            raise TokenError(f"the join token has been used already; {_HELP}") from None
        durable_file.sync_directory(self._directory)
        return claim.identity

    def _claim(self, token: str, now: datetime) -> _Claim:
        if not token.startswith(PREFIX) or len(token) > MAX_LENGTH:
            raise TokenError(f"this is not a join token (they begin with {PREFIX}); {_HELP}")
        claim = _read(self._path(token, _OPEN))
        if claim is None:
            known = self._path(token, _USED).exists()
            raise TokenError(f"the join token {'has been used already' if known else 'is not known here'}; {_HELP}")
        if claim.expires <= now:
            raise TokenError(f"the join token expired at {claim.expires:%Y-%m-%dT%H:%M:%SZ}; {_HELP}")
        return claim

    def _path(self, token: str, state: str) -> Path:
        return self._directory / (hashlib.sha256(token.encode()).hexdigest() + state)

    def _sweep(self, now: datetime) -> None:
        for path in self._files():
            claim = _read(path)
            if claim is not None and claim.expires + KEPT <= now:
                path.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._directory.iterdir() if path.suffix in {_OPEN, _USED})


def _read(path: Path) -> _Claim | None:
    """What a token's file says; None where there is none, or it is not ours to understand (then nobody gets in)."""
    try:
        record = orjson.loads(path.read_bytes())
        expires = datetime.fromtimestamp(record["expires"], tz=UTC)
        return _Claim(identity=Identity.parse(record["identity"]), expires=expires)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, OverflowError, IdentityError):
        return None
