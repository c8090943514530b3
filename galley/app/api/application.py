"""The API as an ASGI application: every route, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException

from galley import __version__
from galley.app.api.answers import (
    Changed,
    Difference,
    ExplainAnswer,
    Findings,
    JudgeAnswer,
    JudgeRequest,
    Problem,
    ProxyAnswer,
    RevisionAnswer,
    RollbackRequest,
    SentAnswer,
    ServerAnswer,
    SourceAnswer,
    Status,
    TokenAnswer,
    TokenRequest,
    Waited,
)
from galley.app.api.bounded import Bounded
from galley.app.api.guard import Guard
from galley.app.api.stream import event_stream
from galley.app.control.refused import Refused
from galley.app.webhook.body import BodyReader
from pipeline.log.contract import LogUnusable

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from galley.app.control.control import Control

_MOST = 1_000

_BODIES = BodyReader(16 << 20, seconds=30.0)
"""Reads what is judged: the files of a push, of which 16 MiB are much."""

_MOST_FILES = 20_000
_QUOTES = 4
"""Quotation marks of a file: around its name, and around its text."""

_JUDGED = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": JudgeRequest.model_json_schema()}},
    }
}
_LARGEST = 2**63 - 1
_Number = Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)]
"""A revision's number, no larger than the log can hold."""

_TOKEN = Security(HTTPBearer(auto_error=False, description="What `admin.token` in the data directory holds."))
"""Told to readers of the description; `Guard` is what asks for it."""


class EventStream(StreamingResponse):
    """Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

    media_type = "text/event-stream"


def application(control: Control, token: str, host: str) -> ASGIApp:
    """Return the guarded application: changes need `token`; `host` is what the server listens on."""
    app = FastAPI(
        title="Galley",
        version=__version__,
        description="Where configuration is live, where not and why; history, and going back in it.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "The request is not carried out, and why."}},
    )
    _add_health(app, control)
    _add_reads(app, control)
    _add_events(app, control)
    _add_judging(app, control)
    _add_proxies(app, control)
    _add_changes(app, control)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(LogUnusable, _unusable)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_middleware(Bounded, apart=frozenset({"/api/v1/judge"}))
    return Guard(app, token, host)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse(Problem(error=str(error), hint=error.hint).model_dump(), error.status)


async def _unusable(_: Request, error: Exception) -> Response:
    hint = "what is published is served on; `galley doctor` looks at the log"
    return JSONResponse(Problem(error=str(error), hint=hint).model_dump(), 503)


async def _misread(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    return JSONResponse(Problem(error="; ".join(faults), hint=_DESCRIBED).model_dump(), 422)


async def _unknown(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse(Problem(error=error.detail, hint=_DESCRIBED).model_dump(), error.status_code, error.headers)


_DESCRIBED = "/api/openapi.json describes every request"


def _add_health(app: FastAPI, control: Control) -> None:
    @app.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        """Answer as long as the process lives."""
        return "ok\n"

    @app.get("/readyz", response_class=PlainTextResponse, responses={503: {"description": "No snapshot, or stalled."}})
    async def readyz(verbose: str | None = None) -> Response:
        """Answer 200 once a snapshot is served, 503 while this process does not follow its mesh; `?verbose` says more.

        How each source is, and whether changes are accepted, decides nothing.
        """
        unready = control.unready()
        text = f"{unready or 'ready'}\n"
        return PlainTextResponse(text if verbose is None else control.readiness(), 503 if unready else 200)

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Answer Prometheus' text format."""
        body, kind = await control.metrics()
        return Response(body, media_type=kind)


def _add_reads(app: FastAPI, control: Control) -> None:
    @app.get("/api/v1/server")
    async def server() -> ServerAnswer:
        """Say who answers."""
        return control.server()

    @app.get("/api/v1/root")
    async def root() -> str:
        """Give the root certificate, PEM: it is public."""
        return control.root_certificate()

    @app.get("/api/v1/status")
    async def status(revision: _Number | None = None) -> Status:
        """Say whether a revision is live everywhere, and if not where and why."""
        return await control.status(revision)

    @app.get("/api/v1/diagnostics")
    async def diagnostics() -> Findings:
        """Give everything that is wrong with the configuration as it stands."""
        return await control.diagnostics()

    @app.get("/api/v1/revisions")
    async def revisions(
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 20, before: _Number | None = None
    ) -> list[RevisionAnswer]:
        """List revisions, newest first."""
        return await control.revisions(limit, before)

    @app.get("/api/v1/revisions/{number}")
    async def revision(number: _Number) -> RevisionAnswer:
        """Give one revision."""
        return await control.revision(number)

    @app.get("/api/v1/diff")
    async def diff(a: _Number, b: _Number) -> list[Difference]:
        """Say what differs between two revisions."""
        return await control.differences(a, b)

    @app.get("/api/v1/sources")
    async def sources() -> list[SourceAnswer]:
        """Say how each source is."""
        return control.source_answers()


def _add_events(app: FastAPI, control: Control) -> None:
    @app.get("/api/v1/events", response_class=EventStream)
    async def events(request: Request, since: _Number = 0, *, follow: bool = True) -> Response:
        """Stream what happens as server-sent events, each a CloudEvent: from revision `since` on, after Last-Event-ID.

        Without `follow`, the stream ends after what has happened.
        """
        after = request.headers.get("last-event-id", "")
        return EventStream(event_stream(control.events, since, after, follow=follow))


def _add_judging(app: FastAPI, control: Control) -> None:
    @app.post("/api/v1/judge", openapi_extra=_JUDGED)
    async def judge(request: Request) -> JudgeAnswer:
        """Say what files that are about to be pushed would do to the mesh as it stands; changes nothing."""
        body = await _BODIES.read(request)
        # To parse millions of strings takes seconds, in which nobody is answered; to count where they begin does not.
        if body.count(b'"') - body.count(b'\\"') > _QUOTES * (_MOST_FILES + 1):
            raise Refused(413, f"the push has more than {_MOST_FILES} files", "galley validate needs no server")
        try:
            wanted = JudgeRequest.model_validate_json(body)
        except ValidationError as error:
            raise RequestValidationError(error.errors(include_url=False, include_input=False)) from None
        return await control.judge(wanted)


def _add_proxies(app: FastAPI, control: Control) -> None:
    @app.get("/api/v1/proxies")
    async def proxies() -> list[ProxyAnswer]:
        """Say who is connected, and how far each has come."""
        return control.proxies()

    @app.get("/api/v1/proxy")
    async def proxy(node: str, type: str | None = None, *, bodies: bool = False) -> list[SentAnswer]:  # noqa: A002  the query's own word
        """Say what a proxy was sent."""
        return control.sent(node, type, bodies=bodies)

    @app.get("/api/v1/explain")
    async def explain(node: str, resource: str) -> list[ExplainAnswer]:
        """Say which objects a proxy's resource was made of."""
        return control.explain(node, resource)

    @app.get("/api/v1/wait")
    async def wait(
        revision: _Number | None = None,
        commit: str | None = None,
        kind: str | None = None,
        object: str | None = None,  # noqa: A002  the query's own word
        timeout: Annotated[float, Query(ge=0)] = 10.0,  # noqa: ASYNC109  the caller's wish
    ) -> Waited:
        """Answer once a change is live everywhere, or time is up."""
        seconds = min(timeout, 60.0)
        if kind and object:
            return await control.wait_for_object(kind, object, seconds)
        if commit:
            return await control.wait_for_commit(commit, seconds)
        if revision is None:
            raise Refused(422, "say what to wait for: a revision, a commit, or an object")
        return await control.wait(revision, seconds)


def _add_changes(app: FastAPI, control: Control) -> None:
    @app.post("/api/v1/revisions/{number}/rollback", dependencies=[_TOKEN])
    async def rollback(number: _Number, request: RollbackRequest) -> Changed:
        """Go back to a revision, or release the pins of a rollback to it."""
        return await control.rollback(number, release=request.release)

    @app.post("/api/v1/revisions/{number}/confirm", dependencies=[_TOKEN])
    async def confirm(number: _Number) -> Changed:
        """Let a held revision through."""
        return await control.confirm(number)

    @app.post("/api/v1/tokens", dependencies=[_TOKEN])
    async def tokens(request: TokenRequest) -> TokenAnswer:
        """Make a join token."""
        return await control.create_token(request)
