"""The rows that a step writes: the state's tables, record by record. Pure.

Tables: `claims`, `faults`, `pins`, `mesh`, `sources`, `progress`. A row's key is text that sorts; a value of None
drops it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

from pipeline.model import codec
from pipeline.model.codec import Encoder
from pipeline.model.key import Key
from pipeline.stages.state import Claim, Fault, Hold, Pin, Served, SourceState, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.revision import Revision
    from pipeline.stages.state import Place

TABLES = ("claims", "faults", "pins", "mesh", "sources", "progress")


class Row(NamedTuple):
    """One row to keep: table, key and value (None: drop the row)."""

    table: str
    key: str
    value: bytes | None


class Journal:
    """Collects the rows of one step; the last word on a row wins, and its record is encoded once."""

    def __init__(self) -> None:
        """Start with nothing written."""
        self._rows: dict[tuple[str, str], object | None] = {}

    def claim(self, key: Key, place: Place, claim: Claim | None) -> None:
        """Write what a place says of an object, or that it no longer does."""
        self._rows["claims", _text(*place, *key)] = claim

    def fault(self, place: Place, fault: Fault | None) -> None:
        """Write that a place cannot be read, or can again."""
        self._rows["faults", _text(*place)] = fault

    def pin(self, key: Key, pin: Pin | None) -> None:
        """Write a rollback's hold on an object, or that it is lifted."""
        self._rows["pins", _text(*key)] = pin

    def mesh(self, key: Key, served: Served | None) -> None:
        """Write what is served of an object."""
        self._rows["mesh", _text(*key)] = served

    def source(self, source: SourceState) -> None:
        """Write what is known of a source."""
        self._rows["sources", _text(source.name)] = source

    def source_gone(self, name: str) -> None:
        """Write that there is no such source any more."""
        self._rows["sources", _text(name)] = None

    def hold(self, hold: Hold | None) -> None:
        """Write what the shrink guard holds."""
        self._rows["progress", "hold"] = hold

    def rows(self, encoder: Encoder) -> tuple[Row, ...]:
        """Return the rows, encoded."""
        return tuple(
            Row(table, key, None if record is None else encoder.encode(record))
            for (table, key), record in self._rows.items()
        )


def restore(tables: Mapping[str, Mapping[str, bytes]], sequence: int, revision: Revision | None) -> State:
    """Build the state from kept rows; raise `pipeline.model.codec.UnknownFormat` where a row is not ours.

    `pending` is not kept: see `pipeline.stages.review.reconcile`.
    """
    state = State(sequence=sequence, revision=revision)
    for text, value in tables.get("claims", {}).items():
        _restore_claim(state, text, codec.decode(value))
    for text, value in tables.get("faults", {}).items():
        source, file = orjson.loads(text)
        state.faults[source, file] = codec.decode(value)
    state.pins = {Key(*orjson.loads(text)): codec.decode(value) for text, value in tables.get("pins", {}).items()}
    for text, value in tables.get("mesh", {}).items():
        served: Served = codec.decode(value)
        state.serve(Key(*orjson.loads(text)), served.resource, served.since)
    for value in tables.get("sources", {}).values():
        source_state: SourceState = codec.decode(value)
        state.sources[source_state.name] = source_state
    hold = tables.get("progress", {}).get("hold")
    state.hold = codec.decode(hold) if hold else None
    return state


def _restore_claim(state: State, text: str, claim: Claim) -> None:
    source, file, *rest = orjson.loads(text)
    key, place = Key(*rest), (source, file)
    claims = state.claims.setdefault(key, {})
    claims[place] = claim
    state.places.setdefault(place, set()).add(key)
    if len(claims) > 1:
        state.contested.add(key)


def _text(*parts: str) -> str:
    return orjson.dumps(parts).decode()
