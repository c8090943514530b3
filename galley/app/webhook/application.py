"""The application that answers on the webhook's address: `/validate`, `/ready`, and routers that others mount there."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from galley.app.webhook.admission import Malformed, decode, encode
from galley.app.webhook.body import BodyReader
from galley.app.webhook.reviewer import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fastapi import APIRouter
    from starlette.types import ASGIApp

    from galley.app.webhook.admission import Request as Admission
    from galley.app.webhook.counts import WebhookCounts
    from galley.app.webhook.reviewer import Reviewer, Verdict

    Tell = Callable[[Admission, Verdict], None]

_SECONDS: Final = 8.0
"""Seconds that judging may take; an API server waits for 10 by default."""


class _Answers:
    """What the application answers."""

    def __init__(
        self,
        reviewer: Reviewer,
        counts: WebhookCounts,
        clock: Callable[[], float],
        clusters: Sequence[Cluster],
        tell: Tell,
    ) -> None:
        self._reviewer = reviewer
        self._counts = counts
        self._clock = clock
        self._tell = tell
        self._bodies = BodyReader()
        self._clusters = {"": clusters[0] if clusters else Cluster(), **{cluster.name: cluster for cluster in clusters}}

    async def validate(self, request: Request) -> Response:
        cluster = self._clusters.get(request.path_params.get("cluster", ""))
        if cluster is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"the clusters are {', '.join(filter(None, self._clusters))}")
        body = await self._bodies.read(request)
        began = self._clock()
        try:
            review = decode(body)
        except Malformed as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from None
        try:
            async with asyncio.timeout(_SECONDS):
                verdict = await self._reviewer.review(review.request, len(body), cluster)
        except TimeoutError:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "too much to judge at once; try again") from None
        self._counts.judged(review.request, verdict, self._clock() - began)
        self._tell(review.request, verdict)
        return Response(encode(review, verdict.answer), media_type="application/json")

    async def ready(self, _: Request) -> Response:
        if self._reviewer.ready:
            return PlainTextResponse("ready\n")
        return PlainTextResponse("no snapshot yet\n", HTTPStatus.SERVICE_UNAVAILABLE)

    async def refuse(self, _: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException), "the handler is for these alone"
        self._counts.failed(error.status_code)
        headers = {**(error.headers or {}), "connection": "close"}
        return JSONResponse({"error": error.detail}, error.status_code, headers)


def webhook_application(
    reviewer: Reviewer,
    routers: Iterable[APIRouter] = (),
    *,
    counts: WebhookCounts,
    clock: Callable[[], float],
    clusters: Sequence[Cluster] = (),
    tell: Tell = lambda _request, _verdict: None,
) -> ASGIApp:
    """Return the application; `routers` are mounted as they are, with the paths that they say.

    `/validate` judges for the first of the clusters, `/validate/NAME` for the one of that name. `clock` gives seconds;
    `tell` hears every verdict.
    """
    answers = _Answers(reviewer, counts, clock, clusters, tell)
    rest = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    rest.add_exception_handler(HTTPException, answers.refuse)
    for router in routers:
        rest.include_router(router)
    # Reviews do without FastAPI, which costs more than a verdict.
    paths = ("/validate", "/validate/", "/validate/{cluster}")
    app = Starlette(
        routes=[
            *(Route(path, answers.validate, methods=["POST"]) for path in paths),
            Route("/ready", answers.ready, methods=["GET"]),
        ],
        exception_handlers={HTTPException: answers.refuse},
    )
    app.router.default = rest
    return app
