"""`Client`: asks a registry over HTTP for JSON, and lets it do no harm: limits on size and time, no redirects.

No error has a secret in it: neither tokens nor what the registry answered are repeated.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import orjson

from galley.sources.platform.lost import Lost, Refused, Unusable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from galley.settings.registry_access import RegistryAccess

LARGEST: Final = 64 << 20
"""Bytes of an answer, at most."""

PATIENCE: Final = 30.0
"""Seconds that an answer may take, beyond the time for which it was asked to wait."""

LONGEST_TOKEN: Final = 64 << 10

_REASONS: Final = {
    401: "it wants a token; name its file with `token_file`",
    403: "the token may not read this, or is not known there; see `token_file`",
    404: "it knows no such path; is this the right address?",
    429: "it takes no more requests just now",
}
_REFUSALS: Final = frozenset({401, 403, 404, 405, 501})


class Answer(NamedTuple):
    """The JSON of an answer, and its headers."""

    data: Any
    headers: httpx.Headers


class Client:
    """Connections to one registry."""

    def __init__(self, access: RegistryAccess, http: httpx.AsyncClient, token_header: str, token_prefix: str) -> None:
        """Take an open HTTP client; `connected` makes one."""
        self._access = access
        self._http = http
        self._header = token_header
        self._prefix = token_prefix

    async def get(self, path: str, query: Mapping[str, str] | None = None, wait: float = 0.0) -> Answer:
        """Return the JSON at a path; raise Lost for no answer, Unusable for one that is no JSON of a fair size."""
        try:
            async with asyncio.timeout(wait + PATIENCE), self.stream(path, query) as response:
                body = await _whole(response, path)
        except TimeoutError:
            raise Lost(f"{self._at(path)} did not answer within {wait + PATIENCE:.0f} s") from None
        try:
            return Answer(orjson.loads(body), response.headers)
        except orjson.JSONDecodeError:
            raise Unusable(f"{path} answers with something that is no JSON") from None

    @asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> AsyncIterator[httpx.Response]:
        """Open an answer that is all right so far; raise Lost. Whoever reads it limits how much and for how long."""
        headers = {"accept": accept, "accept-encoding": "identity", **self._credentials()}
        try:
            async with self._http.stream("GET", path, params=dict(query or {}), headers=headers) as response:
                self._judge(response, path)
                yield response
        except httpx.HTTPError as error:
            raise Lost(f"{self._at(path)} cannot be reached ({_kind(error)})") from None

    def _judge(self, response: httpx.Response, path: str) -> None:
        status = response.status_code
        if status == httpx.codes.OK:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Unusable(f"{path} answers in an encoding that was not asked for")
            return
        reason = "it sends elsewhere, which is not followed" if response.is_redirect else _REASONS.get(status, "")
        kind = Refused if status in _REFUSALS else Lost
        raise kind(f"{self._at(path)} answers {status}" + (f": {reason}" if reason else ""))

    def _at(self, path: str) -> str:
        return f"{self._access.address}{path}"

    def _credentials(self) -> dict[str, str]:
        """Return the header with the token, read anew each time, since tokens are rotated."""
        file = self._access.token_file
        if file is None:
            return {}
        token = _read(file)
        if not token.isascii() or not token.isprintable():
            raise Lost(f"the token in {file} has characters in it that no token has")
        return {self._header: f"{self._prefix}{token}"} if token else {}


@asynccontextmanager
async def connected(
    access: RegistryAccess, token_header: str, *, connections: int, token_prefix: str = ""
) -> AsyncIterator[Client]:
    """Open a client; certificates are read anew each time."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx.AsyncClient(
        base_url=access.address,
        verify=_tls(access),
        timeout=httpx.Timeout(None, connect=10.0, pool=None),
        limits=limits,
        follow_redirects=False,
        trust_env=False,
    ) as http:
        yield Client(access, http, token_header, token_prefix)


async def _whole(response: httpx.Response, path: str) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST:
            raise Unusable(f"{path} answers with more than {LARGEST >> 20} MiB")
    return bytes(body)


def _tls(access: RegistryAccess) -> ssl.SSLContext | bool:
    if not access.address.startswith("https:"):
        return False
    try:
        context = ssl.create_default_context(cafile=None if access.ca is None else str(access.ca))
        if access.certificate is not None:
            context.load_cert_chain(access.certificate, access.key)
    except (OSError, ssl.SSLError) as error:
        raise Lost(f"the certificates for {access.address} cannot be used: {error.strerror or error}") from None
    return context


def _read(file: Path) -> str:
    try:
        with file.expanduser().open("rb") as opened:
            return opened.read(LONGEST_TOKEN).decode("ascii", "replace").strip()
    except OSError as error:
        raise Lost(f"the token in {file} cannot be read: {error.strerror}") from None


def _kind(error: httpx.HTTPError) -> str:
    """Return what happened in a few words; the library's own may repeat what was sent."""
    match error:
        case httpx.ConnectError():
            return "no connection" if "CERTIFICATE" not in str(error) else "its certificate is not trusted"
        case httpx.TimeoutException():
            return "no connection in time"
        case httpx.RemoteProtocolError():
            return "it broke off, or speaks no HTTP"
        case _:
            return "the connection broke"
