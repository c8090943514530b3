"""The route `/hooks/git`: a signed word that a repository has changed makes the sources that follow it look."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from galley.app.git_hooks.deliveries import Deliveries
from galley.app.git_hooks.pushed import read_pushed
from galley.app.git_hooks.secret import Unusable, push_secret
from galley.app.git_hooks.signature import Unsigned, check_signature
from galley.app.webhook.body import BodyReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from galley.settings.git_hook import GitHookSettings
    from galley.sources.git.source import GitSource

_log = structlog.get_logger("galley")

MOST_BYTES: Final = 5 << 20
"""What a forge may say of one push; of a larger one the next look of the source tells."""


def push_router(settings: GitHookSettings, sources: Sequence[GitSource], clock: Callable[[], float]) -> APIRouter:
    """Return the router; `clock` gives seconds since the epoch."""
    router = APIRouter()
    bodies = BodyReader(MOST_BYTES)
    deliveries = Deliveries(settings.window)

    async def pushed(request: Request) -> JSONResponse:
        secret = _secret(settings.secret_file)
        body = await bodies.read(request)
        try:
            delivery = check_signature(request.headers, body, secret, clock(), settings.window)
        except Unsigned as error:
            raise HTTPException(HTTPStatus.UNAUTHORIZED, str(error)) from None
        try:
            found = read_pushed(body)
        except ValueError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"the body is not what a forge sends: {error}") from None
        if not deliveries.is_new(delivery, clock()):
            return JSONResponse({"sources": [], "repeated": True})
        hinted = [source for source in sources if found.concerns(source.repository)]
        for source in hinted:
            source.hint()
        names = [source.name for source in hinted]
        _log.info("git.pushed", sources=names, ref=found.ref)
        remark = {} if names else {"remark": "no source follows this branch of this repository: see `galley sources`"}
        return JSONResponse({"sources": names, **remark}, HTTPStatus.ACCEPTED)

    if settings.secret_file is not None:
        with suppress(HTTPException):  # the log says now what deliveries would be told later
            _secret(settings.secret_file)
    router.add_api_route("/hooks/git", pushed, methods=["POST"], response_model=None)
    return router


def _secret(file: Path | None) -> bytes:
    """Return the secret, read anew, since it may have been changed; raise `HTTPException` where there is none."""
    if file is None:
        raise HTTPException(HTTPStatus.FORBIDDEN, "no secret is set: name a file with one, git.hook.secret_file")
    try:
        return push_secret(file)
    except Unusable as error:
        _log.warning("git.secret_unreadable", file=str(file), reason=str(error))
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE, "the secret in git.hook.secret_file cannot be used; see the server's log"
        ) from None
