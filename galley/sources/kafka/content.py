"""`content_of`: the text in which a record's document is: the value itself, or the data of a CloudEvent. Pure.

A CloudEvent is known by its content type (`application/cloudevents+json`) or its shape (structured mode), or by headers
with its attributes (binary mode).
Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.kafka.record import Record

_CONTENT_TYPE: Final = "application/cloudevents"
_REQUIRED: Final = ("specversion", "id", "source", "type")
_PREFIX: Final = "ce_"
_NO_ATTRIBUTES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A text with a document; with `within`, that is what this field of it holds.

    `attributes` are those of a CloudEvent that are text; `problem` is why it is none, or has no document.
    """

    text: bytes = b""
    within: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: _NO_ATTRIBUTES)
    problem: str = ""


def content_of(record: Record) -> Content:
    """Return where a record's document is. Never raises."""
    value = record.value or b""
    kind = record.header("content-type").partition(";")[0].strip().lower()
    if kind == f"{_CONTENT_TYPE}+json":
        return _structured(value, _parsed(value))
    if kind.startswith(_CONTENT_TYPE):
        return Content(problem=f"is {kind}; only {_CONTENT_TYPE}+json is read, one event a record")
    if record.header(f"{_PREFIX}specversion"):
        names = {name.lower() for name, _ in record.headers if name.lower().startswith(_PREFIX)}
        attributes = {name.removeprefix(_PREFIX): record.header(name) for name in names}
        return Content(text=value, attributes=attributes, problem=_wrong(attributes))
    if b'"specversion"' in value:
        event = _parsed(value)
        if isinstance(event, dict) and "specversion" in event and "apiVersion" not in event:
            return _structured(value, event)
    return Content(text=value)


def _parsed(value: bytes) -> Any:  # noqa: ANN401  JSON
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def _structured(value: bytes, event: Any) -> Content:  # noqa: ANN401  JSON
    """Return what an event holds; where it is no JSON, whoever reads the document says so with line and column."""
    if event is None and value.strip() != b"null":
        return Content(text=value, within="data")
    if not isinstance(event, dict):
        return Content(problem="is no JSON object")
    attributes = {name: one for name, one in event.items() if isinstance(one, str) and name != "data"}
    if problem := _wrong(attributes):
        return Content(attributes=attributes, problem=problem)
    data = event.get("data")
    if isinstance(data, str):
        return Content(text=data.encode("utf-8", "surrogatepass"), attributes=attributes)
    if data is not None:
        return Content(text=value, within="data", attributes=attributes)
    try:
        encoded = b64decode(attributes.get("data_base64", ""), validate=True)
    except (binascii.Error, ValueError):
        return Content(attributes=attributes, problem="has a data_base64 that is not base64")
    return Content(text=encoded, attributes=attributes, problem="" if encoded else "has no data")


def _wrong(attributes: Mapping[str, str]) -> str:
    """Return why an event is none of version 1.0, or nothing."""
    missing = [name for name in _REQUIRED if not attributes.get(name)]
    if missing:
        return f"has no attribute {', '.join(missing)}"
    version = attributes["specversion"]
    return "" if version.partition(".")[0] == "1" else f"has the specversion {version}; 1.0 is read"
