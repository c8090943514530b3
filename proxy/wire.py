"""The little of protobuf's wire format that joins bytes that are already encoded. Pure.

Encoded messages concatenate: fields written one after the other parse as one message (protobuf encoding guide, "Last
One Wins", https://protobuf.dev/programming-guides/encoding/). So a name can be put in front of a body, and a body into
a table, without the body being encoded again.
"""

from __future__ import annotations

_LENGTH_DELIMITED = 2


def varint(number: int) -> bytes:
    """Return a non-negative number as a base-128 varint."""
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004  seven bits a byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def opening(field: int, length: int) -> bytes:
    """Return the tag and length that stand before a string, bytes or message of that many bytes."""
    return varint(field << 3 | _LENGTH_DELIMITED) + varint(length)


def frame(field: int, payload: bytes) -> bytes:
    """Return a string, bytes or message as a field of the message that holds it."""
    return opening(field, len(payload)) + payload


def text(field: int, value: str) -> bytes:
    """Return a string as a field; nothing for the empty one, as proto3 has it."""
    return frame(field, value.encode()) if value else b""
