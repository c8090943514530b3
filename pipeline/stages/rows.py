"""The rows that a step writes: the state's tables, record by record. Pure.

Tables: `claims`, `faults`, `pins`, `mesh`, `sources`, `progress`. A row's key is text that sorts; a value of None
drops it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import orjson

from pipeline.model import codec
from pipeline.model.codec import Encoder
from pipeline.model.key import Key
from pipeline.stages.state import Claim, Fault, Hold, Pin, Served, SourceState, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.model.revision import Revision
    from pipeline.stages.state import Place

TABLES = ("claims", "faults", "pins", "mesh", "sources", "progress")

_KINDS: Final = {"claims": Claim, "faults": Fault, "pins": Pin, "mesh": Served, "sources": SourceState}
_PARTS: Final = {"claims": 5, "faults": 2, "pins": 3, "mesh": 3, "sources": 1}
_Name = TypeVar("_Name")
_Record = TypeVar("_Record")


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
    apply(state, (Row(table, key, value) for table in TABLES for key, value in tables.get(table, {}).items()))
    return state


def apply(state: State, rows: Iterable[Row]) -> None:
    """Take rows into the state as they come; raise `pipeline.model.codec.UnknownFormat` where one is not ours.

    What is taken in before such a row stays. Tables and progress of which the stages know nothing are passed over.
    """
    for row in rows:
        put(state, row, read_row(row))


def read_row(row: Row) -> Any:  # noqa: ANN401  the record that it is
    """Return a row's record, None where it is dropped; raise `UnknownFormat` where the record is not of its table."""
    if row.value is None:
        return None
    record = codec.decode(row.value)
    kind = _KINDS.get(row.table)
    try:
        parts = orjson.loads(row.key) if kind else ()
        fits = kind is None or (len(parts) == _PARTS[row.table] and isinstance(record, kind))
    except (ValueError, TypeError) as error:
        raise codec.UnknownFormat(f"a row {row.key!r} of {row.table}: {error}") from error
    if not fits:
        raise codec.UnknownFormat(f"a row {row.key!r} of {row.table} that is a {type(record).__name__}")
    return record


def put(state: State, row: Row, record: Any) -> None:  # noqa: ANN401  what `read_row` gave
    """Take one row into the state, with the record that it is; None drops it, whatever its key is."""
    try:
        _put(state, row, record)
    except (ValueError, TypeError):
        if record is not None:
            raise


def _put(state: State, row: Row, record: Any) -> None:  # noqa: ANN401  what `read_row` gave
    match row.table:
        case "claims":
            source, file, *names = orjson.loads(row.key)
            put_claim(state, Key(*names), (source, file), record)
        case "faults":
            source, file = orjson.loads(row.key)
            _set(state.faults, (source, file), record)
        case "pins":
            _set(state.pins, Key(*orjson.loads(row.key)), record)
        case "mesh":
            state.serve(Key(*orjson.loads(row.key)), record and record.resource, record.since if record else 0)
        case "sources":
            (name,) = orjson.loads(row.key)
            _set(state.sources, name, record)
        case "progress" if row.key == "hold":
            state.hold = record
        case _:
            pass  # a table of a newer version, or progress that is not the stages'


def put_claim(state: State, key: Key, place: Place, claim: Claim | None) -> None:
    """Set what a place says of an object, or that it no longer does."""
    claims = state.claims.setdefault(key, {})
    if claim is not None:
        claims[place] = claim
        state.places.setdefault(place, set()).add(key)
    elif claims.pop(place, None) is not None:
        state.places[place].discard(key)
        if not state.places[place]:
            del state.places[place]
    if not claims:
        del state.claims[key]
    if len(claims) > 1:
        state.contested.add(key)
    else:
        state.contested.discard(key)


def rows_of(state: State) -> Iterator[Row]:
    """Return all rows that make up a state, encoded."""
    journal = Journal()
    for key, claims in state.claims.items():
        for place, claim in claims.items():
            journal.claim(key, place, claim)
    for place, fault in state.faults.items():
        journal.fault(place, fault)
    for key, pin in state.pins.items():
        journal.pin(key, pin)
    for source in state.sources.values():
        journal.source(source)
    if state.hold is not None:
        journal.hold(state.hold)
    yield from journal.rows(Encoder())
    yield from mesh_rows(state, state.mesh)


def row_of(state: State, table: str, key: str) -> Row:
    """Return one row of a state as it is now; one whose key is none of that table's is not there."""
    try:
        return _row_of(state, table, key)
    except (ValueError, TypeError):
        return Row(table, key, None)


def _row_of(state: State, table: str, key: str) -> Row:
    found: object | None
    match table:
        case "claims":
            source, file, *names = orjson.loads(key)
            found = state.claims.get(Key(*names), {}).get((source, file))
        case "faults":
            source, file = orjson.loads(key)
            found = state.faults.get((source, file))
        case "pins":
            found = state.pins.get(Key(*orjson.loads(key)))
        case "sources":
            found = state.sources.get(orjson.loads(key)[0])
        case "progress" if key == "hold":
            found = state.hold
        case "mesh":
            return mesh_rows(state, (Key(*orjson.loads(key)),))[0]
        case _:
            found = None
    return Row(table, key, codec.encode(found) if found is not None else None)


def mesh_rows(state: State, keys: Iterable[Key], encoder: Encoder | None = None) -> tuple[Row, ...]:
    """Return the rows that say what is served of these objects."""
    journal = Journal()
    for key in keys:
        resource = state.mesh.get(key)
        journal.mesh(key, Served(resource=resource, since=state.since[key]) if resource is not None else None)
    return journal.rows(encoder or Encoder())


def _set(table: dict[_Name, _Record], name: _Name, record: _Record | None) -> None:
    if record is None:
        table.pop(name, None)
    else:
        table[name] = record


def _text(*parts: str) -> str:
    return orjson.dumps(parts).decode()
