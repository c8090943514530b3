"""What must be true of a file's bytes before they are parsed: UTF-8 text of bounded size. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.documents.finding import Finding, Mark
from pipeline.model import codes_document as codes

if TYPE_CHECKING:
    from galley.documents.limits import Limits

_BOM = b"\xef\xbb\xbf"
_WIDE = {b"\xff\xfe\x00\x00": "UTF-32", b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_START = Mark(1, 1)


def decode(data: bytes, limits: Limits) -> tuple[bytes, str] | Finding:
    """Return the text as UTF-8 bytes and as characters, without byte order mark; a finding where it is none."""
    if len(data) > limits.size:
        text = f"the file has {len(data)} bytes; {limits.size} are allowed"
        return Finding(codes.TOO_LARGE, _START, text, "split the file into several")
    for mark, name in _WIDE.items():
        if data.startswith(mark):
            return _encoding(_START, f"the file is in {name}", "save it as UTF-8")
    data = data.removeprefix(_BOM)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _encoding(
            _mark(data, error.start), f"byte 0x{data[error.start]:02x} is no UTF-8", "save the file as UTF-8"
        )
    zero = data.find(b"\0")
    if zero >= 0:
        hint = "save it as UTF-8" if len(data) > 1 and 0 in (data[0], data[1]) else "remove the NUL bytes"
        return _encoding(_mark(data, zero), "the file holds NUL bytes: it is binary, UTF-16, or was cut short", hint)
    return data, text


def _encoding(mark: Mark, message: str, hint: str) -> Finding:
    return Finding(codes.ENCODING, mark, message, hint)


def _mark(data: bytes, offset: int) -> Mark:
    line_start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[line_start:offset].decode("utf-8", "replace")) + 1
    return Mark(data.count(b"\n", 0, offset) + 1, column)
