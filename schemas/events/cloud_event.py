"""Events as CloudEvents 1.0 in structured mode (https://github.com/cloudevents/spec), and their JSON Schemas. Pure.

The trace is carried as the distributed tracing extension has it, `traceparent` (https://www.w3.org/TR/trace-context/):
trace ids of 64 bits are widened with zeros; the span is the change's own, of which all its events are. What is no id
of that kind stands in `galleytrace`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import orjson
from pydantic.json_schema import JsonSchemaValue

from schemas.events.event_data import EventData
from schemas.inline import inline_schema
from schemas.json_schema import DRAFT

CONTENT_TYPE = "application/cloudevents+json"
"""Of one event in structured mode, as a message's content type says it."""

_TRACE = re.compile("(?:[0-9a-f]{16})?[0-9a-f]{16}")
_TRACEPARENT = "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_NOTHING = "0" * 16


def cloud_event(data: EventData, *, id_: str, source: str, at: float, trace: str) -> bytes:
    """Return an event as JSON; `at` is in seconds since the epoch, `trace` may be empty."""
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": data.TYPE,
        "subject": data.subject,
        "time": datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        **_traced(trace),
        "datacontenttype": "application/json",
        "data": data.model_dump(),
    }
    return orjson.dumps(event)


def trace_of(event: dict[str, object]) -> str:
    """Return the trace id that an event carries, as `galley show` names it; empty where it has none."""
    parent = event.get("traceparent")
    if isinstance(parent, str) and re.fullmatch(_TRACEPARENT, parent):
        return parent.split("-")[1].removeprefix(_NOTHING)
    other = event.get("galleytrace")
    return other if isinstance(other, str) else ""


def event_schema(model: type[EventData]) -> JsonSchemaValue:
    """The JSON Schema of a whole event of one type. It lets fields be that are not known, as its readers should."""
    data = {**inline_schema(model)}
    del data["additionalProperties"]
    text: JsonSchemaValue = {"type": "string", "minLength": 1}
    properties: JsonSchemaValue = {
        "specversion": {"type": "string", "enum": ["1.0"]},
        "id": {**text, "description": "Unique, whichever server tells it. An event that is told again keeps it."},
        "source": {**text, "format": "uri-reference", "description": "The server that tells it."},
        "type": {"type": "string", "enum": [model.TYPE]},
        "subject": {**text, "description": "What it is about, as a path."},
        "time": {"type": "string", "format": "date-time"},
        "traceparent": {
            "type": "string",
            "pattern": f"^{_TRACEPARENT}$",
            "description": "The trace of the change that led to it.",
        },
        "galleytrace": {**text, "description": "The same, where it is no trace id of W3C's."},
        "datacontenttype": {"type": "string", "enum": ["application/json"]},
        "data": data,
    }
    optional = {"traceparent", "galleytrace"}
    return {
        "$schema": DRAFT,
        "title": model.TYPE,
        "description": (model.__doc__ or "").strip(),
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


def _traced(trace: str) -> dict[str, str]:
    if not trace:
        return {}
    span = trace[-16:]
    if _TRACE.fullmatch(trace) and span != _NOTHING:
        return {"traceparent": f"00-{trace:0>32}-{span}-00"}
    return {"galleytrace": trace}
