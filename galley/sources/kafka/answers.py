"""What is answered to whoever wrote a record: a verdict, and, for what is rejected, a dead letter. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.sources.kafka.heard import Heard
    from galley.sources.kafka.record import Headers
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.origin import Origin

ERRORS: Final = "__galley.errors."
"""What the names of a dead letter's own headers begin with."""

MOST: Final = 100
"""Diagnostics that are told of one record, at most."""


class Letter(NamedTuple):
    """A record to send."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def verdict(topic: str, heard: Heard, revision: int, trace: str, *, most: int = MOST) -> Letter:
    """Return the verdict on a record: under the same key, JSON. `revision` is the one after it; 0 before the first.

    It has so many diagnostics at most, errors first.
    """
    record = heard.record
    value = {
        "key": None if record.key is None else record.key.decode("utf-8", "backslashreplace"),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "verdict": "accepted" if heard.accepted else "rejected",
        "revision": revision,
        "diagnostics": _told(heard.diagnostics, most),
        "trace": trace,
    }
    return Letter(topic, record.key, orjson.dumps(value), (("content-type", b"application/json"),))


def dead_letter(topic: str, source: str, heard: Heard, trace: str, *, whole: bool = True) -> Letter:
    """Return a rejected record as it was, with what is wrong with it in headers; not `whole`, without its value."""
    record = heard.record
    errors = [one for one in heard.diagnostics if one.severity is Severity.ERROR]
    first = min(errors, key=lambda one: one.order)
    more = {
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "source": source,
        "code": first.code,
        "message": first.message,
        "trace": trace,
    }
    if not whole:
        more["value"] = f"left out: {len(record.value or b'')} bytes are more than the topic takes"
    headers = [(name, value) for name, value in record.headers if not name.startswith(ERRORS)]
    headers += [(ERRORS + name, text.encode()) for name, text in more.items()]
    headers.append((f"{ERRORS}diagnostics", orjson.dumps(_told(heard.diagnostics, MOST if whole else 1))))
    return Letter(topic, record.key, record.value if whole else None, tuple(headers))


def _told(diagnostics: Sequence[Diagnostic], most: int) -> list[dict[str, Any]]:
    ordered = sorted(diagnostics, key=lambda one: (one.severity.rank, one.order))[:most]
    return [_finding(one) for one in sorted(ordered, key=lambda one: one.order)]


def _finding(found: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as `galley validate -o json` has it."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "message": found.message,
        "path": found.path,
        "resource": _name(found.key),
        "origin": _place(found.origin),
        "hint": found.hint,
        "related": [
            {"resource": _name(one.key), "origin": _place(one.origin), "note": one.note} for one in found.related
        ],
    }


def _name(key: Key | None) -> dict[str, str] | None:
    return key._asdict() if key else None


def _place(origin: Origin) -> dict[str, str | int]:
    return {
        "source": origin.source,
        "file": origin.file,
        "line": origin.line,
        "column": origin.column,
        "commit": origin.commit,
        "author": origin.author,
    }
