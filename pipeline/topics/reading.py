"""Bytes of a topic to records; what nobody can read becomes `Poison`, told as data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

import orjson

from pipeline.model import codec
from pipeline.model.batch import Entry
from pipeline.model.digest import Digest
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from pipeline.model.revision import Revision
from pipeline.stages.rows import TABLES, Row, read_row
from pipeline.topics.key_text import key_of
from pipeline.topics.outgoing import WRITER, epoch_of
from pipeline.topics.record import Body, ClaimRecord, Poison, Record, RevisionRecord, RowRecord, Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

_About: TypeAlias = Key | int | tuple[str, str] | None
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError)


def read(topic: Topic, offset: int, key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]) -> Record:
    """Return the record at an offset of a topic."""
    about: _About = None
    try:
        if key == WRITER:
            return _claim(topic, offset, orjson.loads(value or b""))
        about = _about(topic, key or b"")
        return _record(about, offset, value, headers)
    except _UNREADABLE as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        newer = isinstance(error, codec.NewerFormat)
        return Poison(topic=topic, offset=offset, reason=reason, about=about, newer=newer)


def read_entry(value: bytes | None, sequence: int) -> Entry | str:
    """Return the log's entry that has come to lie at a sequence; where nobody can read it, why."""
    try:
        entry = codec.decode(value or b"")
    except codec.UnknownFormat as error:
        return str(error)
    if not isinstance(entry, Entry):
        return f"it is a {type(entry).__name__}, not an Entry"
    return Entry(sequence=sequence, batches=entry.batches)


def _claim(topic: Topic, offset: int, value: dict[str, object]) -> ClaimRecord:
    writer, shift = str(value["writer"]), int(str(value.get("shift", 0)))
    epoch = epoch_of(offset, shift) if topic is Topic.REVISIONS else int(str(value["epoch"]))
    return ClaimRecord(topic=topic, epoch=epoch, writer=writer, offset=offset, shift=shift)


def _about(topic: Topic, key: bytes) -> Key | int | tuple[str, str]:
    """Return what a record is about, by its key."""
    match topic:
        case Topic.RESOURCES:
            return key_of(key.decode())
        case Topic.REVISIONS:
            return int(key)
        case Topic.STATE:
            table, row = orjson.loads(key)
            return str(table), str(row)
        case _:
            assert_never(topic)


def _record(
    about: Key | int | tuple[str, str], offset: int, value: bytes | None, headers: Mapping[str, bytes]
) -> Record:
    match about:
        case Key():
            return _body(about, offset, value, headers)
        case int():
            revision = codec.decode(value) if value is not None else None
            if revision is not None and not (isinstance(revision, Revision) and revision.number == about):
                msg = f"it is not revision {about}"
                raise ValueError(msg)
            return RevisionRecord(number=about, revision=revision, epoch=int(headers["epoch"]), offset=offset)
        case (table, key):
            return _row(table, key, offset, value, int(headers.get("epoch", b"0")))
        case _:
            assert_never(about)


def _body(key: Key, offset: int, value: bytes | None, headers: Mapping[str, bytes]) -> Body:
    resource = codec.decode(value) if value is not None else None
    digest = Digest(headers["digest"].decode())
    if resource is not None and not (isinstance(resource, Resource) and resource.key == key):
        msg = f"it is not the resource {key}"
        raise ValueError(msg)
    if digest != (resource.digest if resource is not None else ""):
        msg = "the header digest is not the resource's"
        raise ValueError(msg)
    revision, epoch = int(headers["revision"]), int(headers["epoch"])
    return Body(key=key, resource=resource, revision=revision, digest=digest, epoch=epoch, offset=offset)


def _row(table: str, key: str, offset: int, value: bytes | None, epoch: int) -> RowRecord:
    """Return a row. A tombstone has its epoch in a header; without one it is nobody's, and older than any claim."""
    said, record = None, None
    if value is not None:
        envelope = orjson.loads(value)
        epoch, plain = int(envelope["e"]), envelope["v"]
        said = orjson.dumps(plain) if plain is not None else None
    row = Row(table, key, said)
    if table in TABLES:
        record = read_row(row)
    return RowRecord(row=row, record=record, epoch=epoch, offset=offset, swept=value is None)
