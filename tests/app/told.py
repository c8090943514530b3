"""What a server tells, as its readers get it: each event held to its own schema, and to the type it is told under."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from jsonschema import Draft202012Validator, FormatChecker

from schemas.events.catalogue import CATALOGUE
from schemas.events.cloud_event import event_schema, trace_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.app.live import Live

_VALIDATORS = {
    type_: Draft202012Validator(event_schema(model), format_checker=FormatChecker())
    for type_, model in CATALOGUE.items()
}
_PATIENCE = 20.0


def checked(body: bytes | str) -> dict[str, Any]:
    """Return an event that is what its schema says, and whose data has nothing that its model does not know."""
    event: dict[str, Any] = orjson.loads(body)
    _VALIDATORS[event["type"]].validate(event)
    CATALOGUE[event["type"]].model_validate(event["data"])
    return event


def word(event: dict[str, Any]) -> str:
    """Return what happened in one word."""
    return CATALOGUE[event["type"]].word()


async def events_until(
    live: Live, last: str, *, trace: str = "", after: str = "", where: Callable[[dict[str, Any]], bool] = bool
) -> list[dict[str, Any]]:
    """Return the events after an id, or all that are kept, to the first of that word (and trace, and so)."""
    found: list[dict[str, Any]] = []
    lines: dict[str, str] = {}
    headers = {"last-event-id": after}
    async with (
        asyncio.timeout(_PATIENCE),
        live.http.stream("GET", "/api/v1/events", headers=headers) as stream,
    ):
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            lines[name] = value
            if line or "data" not in lines:
                continue
            event = checked(lines["data"])
            assert (lines["id"], lines["event"]) == (event["id"], event["type"])
            lines = {}
            found.append(event)
            if word(event) == last and trace in {"", trace_of(event)} and where(event):
                break
    return found
