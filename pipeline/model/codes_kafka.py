"""Codes GLY0090 to GLY0099: what the source of records finds in Kafka. Pure data."""

from __future__ import annotations

from typing import Final

from pipeline.model.code import Code, error

KEY_CONTRADICTS: Final = "GLY0090"
UNUSABLE_KEY_OF_RECORD: Final = "GLY0091"
UNUSABLE_EVENT: Final = "GLY0092"
NO_DOCUMENT: Final = "GLY0093"

KAFKA_CODES: tuple[Code, ...] = (
    error(
        KEY_CONTRADICTS,
        "A record's key and its document are about different objects",
        "A key such as `VirtualService/default/reviews` names the one object that its value is. This value is another"
        " object, or has several. What the key said before stays.",
        "Write the object under its own key; or give a bundle of several a key that names no object, such as a file's.",
    ),
    error(
        UNUSABLE_KEY_OF_RECORD,
        "A record's key cannot be used",
        "A key is UTF-8 text of at most 1024 bytes without control characters. A record may have none, but then it must"
        " have a value: a deletion has to say of what.",
        "Write the key as `Kind/namespace/name`, or as a name that stays the same.",
    ),
    error(
        UNUSABLE_EVENT,
        "A CloudEvent cannot be used",
        "The record is a CloudEvent by its content type or its attributes, and is not one of version 1.0 whose data is"
        " a document. What the key said before stays.",
        "Put the document into `data`, as JSON or as text; a deletion is a record without value.",
    ),
    error(
        NO_DOCUMENT,
        "A record has no document",
        "The record's value is empty, or holds comments alone. A deletion is a record without value (null), so nothing"
        " is deleted by this one.",
        "Write a document; or, to delete, send a null value: an empty text is not null to Kafka.",
    ),
)
"""The entries, in the order of their numbers."""
