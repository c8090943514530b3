"""Records to bytes and back, for logs and topics. Pure.

Every record is one JSON object: `f` is the format's number, `t` the record's name, `v` its value. Fields at their
default are left out. A format that is newer than ours is refused (`UnknownFormat`), never guessed at.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

import orjson

from pipeline.model import batch, change, delivery, diagnostic, digest, key, origin, resource, revision

FORMAT = 1

_RECORDS: dict[str, type] = {
    record.__name__: record
    for record in (
        batch.Batch,
        batch.Cause,
        batch.Entry,
        change.Configured,
        change.Confirmed,
        change.Deleted,
        change.Faulted,
        change.Pinned,
        change.Released,
        change.Synced,
        change.Upserted,
        delivery.Delivery,
        diagnostic.Diagnostic,
        diagnostic.Related,
        origin.Origin,
        resource.Resource,
        revision.Revision,
    )
}

Json: TypeAlias = Any
"""What `orjson` reads and writes."""

_Decoder: TypeAlias = Callable[[Any], Any]


class UnknownFormat(ValueError):
    """The bytes are no record of ours, or of a newer format."""


class NewerFormat(UnknownFormat):
    """The bytes are a record of a newer format than ours."""


def register(record: type) -> type:
    """Let the codec carry another frozen dataclass (a decorator, for the records of a stage's state)."""
    _RECORDS[record.__name__] = record
    return record


class Encoder:
    """Encodes records that share resources: each resource is encoded once, however many records carry it."""

    def __init__(self) -> None:
        """Start knowing no resource."""
        self._known: dict[int, tuple[resource.Resource, orjson.Fragment]] = {}

    def encode(self, record: object) -> bytes:
        """Return a record's bytes."""
        return orjson.dumps({"f": FORMAT, "t": type(record).__name__, "v": self._plain(record)})

    def _plain(self, value: object) -> Json:
        match value:
            case None | bool() | int() | float():
                return value
            case key.Key():
                return list(value)
            case Enum():
                return value.value
            case str():
                return value
            case bytes():
                return base64.b64encode(value).decode()
            case tuple():
                return [self._tagged(item) for item in value]
            case dict():
                return [[self._plain(name), self._plain(item)] for name, item in value.items()]
            case resource.Resource():
                return self._resource(value)
            case _:
                return self._record(value)

    def _resource(self, value: resource.Resource) -> orjson.Fragment:
        known = self._known.get(id(value))
        if known is None:
            fields = self._record(value)
            fields["spec"] = orjson.Fragment(value.spec)
            known = self._known[id(value)] = value, orjson.Fragment(orjson.dumps(fields))
        return known[1]

    def _record(self, record: Any) -> dict[str, Json]:  # noqa: ANN401  any frozen dataclass
        out: dict[str, Json] = {}
        kind: type = type(record)
        for name, default in _fields(kind):
            value = getattr(record, name)
            if value != default:
                out[name] = self._plain(value)
        return out

    def _tagged(self, item: object) -> Json:
        return [type(item).__name__, self._plain(item)] if is_dataclass(item) else self._plain(item)


def encode(record: object) -> bytes:
    """Return a record's bytes."""
    return Encoder().encode(record)


def decode(data: bytes) -> Any:  # noqa: ANN401  the record that it is
    """Return the record; raise `UnknownFormat` where it is none of ours."""
    try:
        envelope = orjson.loads(data)
        number, name, value = envelope["f"], envelope["t"], envelope["v"]
    except (ValueError, TypeError, KeyError) as error:
        msg = "not a record"
        raise UnknownFormat(msg) from error
    if not isinstance(number, int) or number > FORMAT or name not in _RECORDS:
        msg = f"a record {name!r} of format {number!r}; this version reads formats up to {FORMAT}"
        raise (NewerFormat if isinstance(number, int) and number > FORMAT else UnknownFormat)(msg)
    try:
        return _build(_RECORDS[name], value)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"a record {name!r} whose content is not of that kind: {error}"
        raise UnknownFormat(msg) from error


@cache
def _fields(record: type) -> tuple[tuple[str, object], ...]:
    """Return a record's fields with their defaults; a resource's spec is JSON already, and goes in as it is."""
    return tuple(
        (item.name, item.default if item.default_factory is MISSING else item.default_factory())
        for item in fields(record)
        if item.name != "spec"
    )


@cache
def _hints(record: type) -> dict[str, Any]:
    known = {**vars(batch), **vars(change), **vars(diagnostic), **vars(resource), **vars(revision), **vars(digest)}
    known |= {**vars(key), **vars(origin)}
    return get_type_hints(record, localns=known | _RECORDS | {"Mapping": Mapping})


def _build(record: type, value: Json) -> Any:  # noqa: ANN401  the record that it is
    decoders = _decoders(record)
    return record(**{name: decoders[name](item) for name, item in value.items()})


@cache
def _decoders(record: type) -> dict[str, _Decoder]:
    """Return how each field of a record is read; JSON stays JSON where a resource has it."""
    return {name: resource.canonical if name == "spec" else _decoder(hint) for name, hint in _hints(record).items()}


def _decoder(hint: Any) -> _Decoder:  # noqa: ANN401  any type's hint
    if hint is bytes:
        return base64.b64decode
    if hint is key.Key:
        return _key
    if isinstance(hint, type):
        if issubclass(hint, Enum):
            return hint
        return partial(_build, hint) if is_dataclass(hint) else _as_it_is
    shape, args = get_origin(hint), get_args(hint)
    if shape is tuple:
        return _keys if args[0] is key.Key else _tagged_records
    if isinstance(shape, type) and issubclass(shape, Mapping):
        return partial(_mapping, _decoder(args[0]), _decoder(args[1]))
    options = [option for option in args if option is not type(None)]
    inner = _decoder(options[0]) if options else _as_it_is
    return inner if inner is _as_it_is else partial(_optional, inner)


def _as_it_is(value: Json) -> Json:
    return value


def _key(value: Json) -> key.Key:
    return key.Key(*value)


def _keys(value: Json) -> tuple[key.Key, ...]:
    return tuple(key.Key(*item) for item in value)


def _tagged_records(value: Json) -> tuple[Any, ...]:
    return tuple(_build(_RECORDS[tag], item) for tag, item in value)


def _mapping(names: _Decoder, items: _Decoder, value: Json) -> dict[Any, Any]:
    if names is items is _as_it_is:
        return dict(value)
    return {names(name): items(item) for name, item in value}


def _optional(inner: _Decoder, value: Json) -> Any:  # noqa: ANN401  what the inner decoder gives
    return None if value is None else inner(value)
