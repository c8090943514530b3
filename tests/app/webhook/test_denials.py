"""Refusals are events, as many as somebody can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from galley.app.webhook.admission import decode
from galley.app.webhook.denials import Denials
from schemas.events.catalogue import Denied
from tests.app.live import running
from tests.app.told import events_until
from tests.app.webhook.apiserver import api_server, ask, document, review
from tests.app.webhook.judge import judging
from tests.app.webhook.test_validate import ROUTE

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.events.catalogue import AnyEvent

BAD = document(ROUTE.replace("route:", "rote:"))


async def test_a_refusal_is_an_event_with_object_and_code(tmp_path: Path) -> None:
    """A dry run's is not; and both are counted."""
    async with running(tmp_path) as live, api_server(live) as client:
        await ask(client, review(BAD, dryRun=True))
        await ask(client, review(BAD, userInfo={"username": "ann"}))
        metrics = (await live.http.get("/metrics")).text
        denied = (await events_until(live, "denied"))[-1]
    assert denied["subject"] == "objects/VirtualService/default/shop"
    told = denied["data"]
    assert (told["resource"], told["user"], told["errors"]) == ("VirtualService default/shop", "ann", 1)
    assert "rote" in told["message"]
    labels = 'group="networking.istio.io",reason="invalid_resource",resource="virtualservices",version="v1"'
    assert f"galley_validation_failed{{{labels}}} 2.0" in metrics


async def test_a_flood_of_refusals_is_told_of_in_part(tmp_path: Path) -> None:
    """Ten at once, then ten a second; those left out are counted in the next."""
    told: list[AnyEvent] = []
    now = [0.0]
    denials = Denials(lambda event, _: told.append(event), lambda: now[0], lambda: 1)
    async with judging(tmp_path) as judge:
        verdict = await judge.ask(BAD)
    request = decode(orjson.dumps(review(BAD))).request
    for _ in range(1_000):
        denials.hear(request, verdict)
    assert len(told) == 10
    now[0] = 0.1
    denials.hear(request, verdict)
    assert isinstance(told[-1], Denied)
    assert told[-1].untold == 990
