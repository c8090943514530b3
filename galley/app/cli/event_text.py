"""An event as a line: when, what, of which revision, what there is to say, and the trace it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import orjson
from pydantic import ValidationError

from galley.app.cli.printing import few, short, tell
from galley.app.place_text import place_text
from schemas.events.catalogue import (
    CATALOGUE,
    Applied,
    Confirmed,
    Denied,
    Held,
    Nacked,
    Published,
    Received,
    Rejected,
    Released,
    RolledBack,
    Validated,
)
from schemas.events.cloud_event import trace_of

if TYPE_CHECKING:
    from typing import Any

    from schemas.events.catalogue import AnyEvent

_WORD = 11
_NUMBER = 5
_SECONDS = 23
_COLOURS = {
    "received": "bright_black",
    "validated": "bright_black",
    "published": "cyan",
    "rejected": "red",
    "nacked": "red",
    "held": "red",
    "denied": "red",
    "confirmed": "green",
    "rolled_back": "magenta",
    "released": "magenta",
}


def print_event(body: str) -> None:
    """Print an event; one that a newer server tells is shown as it is."""
    event: dict[str, Any] = orjson.loads(body)
    data = _known(event)
    type_ = str(event.get("type", ""))
    word = data.word() if data else type_.removeprefix("io.galley.")
    text = event_text(data) if data else orjson.dumps(event.get("data")).decode()
    revision = str(data.revision or "-") if data else "-"
    tell(f"{str(event.get('time', ''))[:_SECONDS]}Z  ", end=False, dim=True)
    tell(f"{word.replace('_', ' '):<{_WORD}}  ", end=False, fg=_colour(data, word), bold=True)
    tell(f"{revision:>{_NUMBER}}  {text}", end=False)
    tell(f"  {short(trace_of(event))}".rstrip(), dim=True)


def event_text(event: AnyEvent) -> str:
    """Return what there is to say of an event."""
    match event:
        case Received():
            return f"{_count(event.changes, 'change')} from {event.source}"
        case Validated():
            return f"{event.source}: {_count(event.rejected, 'error') if event.rejected else 'nothing rejected'}"
        case Rejected():
            about = f" ({event.resource})" if event.resource else ""
            return f"{place_text(event.source, event.file, event.line)}: {event.code}: {event.message}{about}"
        case Published():
            return f"{few(event.changed, event.changes) or 'no object differs'} ({_by(event)})"
        case Applied():
            return _applied(event)
        case Nacked():
            return f"{event.node} refuses {event.type.rpartition('.')[2]} {event.resource}: {event.reason}"
        case Held():
            emptied = f", all that {event.emptied} had among them" if event.emptied else ""
            dropped = f"would drop {event.removed} of {event.of} objects{emptied}"
            return f"{dropped}; `galley confirm {event.revision}` lets it through"
        case Confirmed():
            return "let through"
        case RolledBack():
            return f"back to revision {event.to}"
        case Released():
            return f"no longer pinned: {few(event.resources, event.count)}"
        case Denied():
            untold = f" ({event.untold} more were not told)" if event.untold else ""
            return f"{event.resource} of {event.user or 'somebody'}: {event.code}: {event.message}{untold}"
        case _:
            assert_never(event)


def _known(event: dict[str, Any]) -> AnyEvent | None:
    """Return the data of an event that we know, without what we do not know of it."""
    model = CATALOGUE.get(str(event.get("type")))
    data = event.get("data")
    if model is None or not isinstance(data, dict):
        return None
    try:
        return model.model_validate({name: value for name, value in data.items() if name in model.model_fields})
    except ValidationError:
        return None


def _colour(event: AnyEvent | None, word: str) -> str | None:
    if isinstance(event, Applied):
        return "red" if event.refused else "green" if event.applied == event.of else "yellow"
    if isinstance(event, Validated) and event.rejected:
        return "red"
    return _COLOURS.get(word)


def _applied(event: Applied) -> str:
    if not event.of:
        return "no proxy is connected"
    refused = f", {event.refused} refuse it" if event.refused else ""
    everywhere = "all " if event.applied == event.of > 1 else ""
    return f"live on {everywhere}{event.applied}/{event.of} {'proxy' if event.of == 1 else 'proxies'}{refused}"


def _by(event: Published) -> str:
    author = event.author.partition(" <")[0]
    return ", ".join(part for part in (f"{event.source} {short(event.commit)}".rstrip(), author) if part)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
