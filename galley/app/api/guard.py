"""Who may ask: Host and Origin are checked on every request, the token on those that change something.

A browser that was lured to a foreign page must not reach the API through the user's loopback (DNS rebinding): hence
the check of Host.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse

from galley.app.api.answers import Problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_QUESTIONS = frozenset({"/api/v1/judge"})
"""What is asked with a body, and changes nothing."""


class Guard:
    """ASGI middleware in front of the API."""

    def __init__(self, app: ASGIApp, token: str, host: str) -> None:
        """Guard `app`; `token` opens changes; `host` is what we listen on, a valid Host besides loopback's names."""
        self._app = app
        self._token = token
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401 or 403."""
        if scope["type"] == "http":
            refusal = self._refusal(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if not self._is_ours(request.headers.get("host", "")):
            return _problem(403, "the Host header names another server", "use the address the server listens on")
        origin = request.headers.get("origin")
        if origin is not None and not self._is_ours(origin.partition("://")[2]):
            return _problem(403, "requests from another web site are refused", "")
        if request.method in _READS or request.url.path in _QUESTIONS:
            return None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), self._token.encode()):
            return None
        return _problem(
            401, "changes need the administration's token", "it lies in the data directory, in the file admin.token"
        )

    def _is_ours(self, netloc: str) -> bool:
        try:
            host = urlsplit(f"//{netloc}").hostname or ""
            return host in {"localhost", self._host} or ip_address(host).is_loopback
        except ValueError:  # no address, or no host at all, such as `[`
            return False


def _problem(status: int, error: str, hint: str) -> Response:
    return JSONResponse(Problem(error=error, hint=hint).model_dump(), status)
