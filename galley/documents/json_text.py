"""JSON text into trees. Pure.

YAML's parser would nearly do, but it refuses escaped surrogate pairs, tabs before the first bracket and keys of more
than 1024 characters, folds line separators, and accepts what is no JSON. The grammar is RFC 8259's; several values may
follow one another, as kubectl allows. Half a surrogate pair becomes U+FFFD, as in Go.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, decoder
from typing import TYPE_CHECKING

from galley.documents.finding import Finding, Mark
from galley.documents.scalar import LONGEST_NUMBER, narrow, whole
from galley.documents.tree import Tree
from pipeline.model import codes_document as codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from galley.documents.builder import Builder

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_WORD = re.compile(r"true|false|null")
_WORDS = {"true": True, "false": False, "null": None}
_SCAN_STRING: Callable[[str, int], tuple[str, int]] = vars(decoder)["scanstring"]
"""The standard library's reader of strings (in C), which refuses control characters; its stubs leave it out."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class _Wrong(Exception):
    """The text is no JSON at this offset."""

    def __init__(self, offset: int, problem: str) -> None:
        super().__init__(problem)
        self.offset = offset
        self.problem = problem


def looks_like_json(text: str) -> bool:
    """Whether kubectl would take the text for JSON: it begins with a brace."""
    return text.lstrip(" \t\r\n").startswith("{")


def parse_json(text: str, builder: Builder) -> Iterator[Tree | Finding]:
    """Give each value of the text, and at last a finding where it is no JSON.

    Raises `galley.documents.finding.Refused` where the text must not be read any further.
    """
    reader = _Reader(text, builder)
    try:
        while reader.more():
            builder.start(reader.here)
            reader.value()
            root = builder.finish()
            if root is not None and (root.value is not None or builder.findings):
                yield Tree(root, tuple(builder.findings))
    except _Wrong as wrong:
        yield Finding(codes.SYNTAX, reader.mark(wrong.offset), wrong.problem, "check commas, quotes and brackets")


class _Reader:
    """Walks the text once, without recursion."""

    def __init__(self, text: str, builder: Builder) -> None:
        self._text = text
        self._builder = builder
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._counted = 0

    def mark(self, offset: int) -> Mark:
        """Return line and column of an offset; offsets must not go back."""
        breaks = self._text.count("\n", self._counted, offset)
        if breaks:
            self._line += breaks
            self._line_start = self._text.rfind("\n", 0, offset) + 1
        self._counted = offset
        return Mark(self._line, offset - self._line_start + 1)

    @property
    def here(self) -> Mark:
        """The place that was reached."""
        return self.mark(self._at)

    def more(self) -> bool:
        """Skip white space; whether anything comes after it."""
        self._skip()
        return self._at < len(self._text)

    def value(self) -> None:
        """Read one value with all that is in it."""
        closers: list[str] = []
        self._one(closers)
        while closers:
            self._skip()
            here = self._peek()
            if here == closers[-1]:
                self._at += 1
                closers.pop()
                self._builder.close()
            elif here == ",":
                self._at += 1
                self._skip()
                self._member(closers)
            else:
                raise _Wrong(self._at, f"expected ',' or '{closers[-1]}'" if here else "the text ends too early")

    def _one(self, closers: list[str]) -> None:
        """Read a scalar, or open a map or list and read its first member."""
        text, builder = self._text, self._builder
        while True:
            mark = self.mark(self._at)
            here = self._peek()
            if here not in {"{", "["}:
                self._scalar(here, mark)
                return
            self._at += 1
            if here == "{":
                builder.open_map(mark)
            else:
                builder.open_list(mark)
            closers.append("}" if here == "{" else "]")
            self._skip()
            if text.startswith(closers[-1], self._at):
                return
            if here == "{":
                self._key()

    def _member(self, closers: list[str]) -> None:
        if closers[-1] == "}":
            self._key()
        self._one(closers)

    def _key(self) -> None:
        mark = self.mark(self._at)
        if self._peek() != '"':
            raise _Wrong(self._at, "expected a key in double quotes" if self._peek() else "the text ends too early")
        self._builder.text(self._string(), *mark)
        self._skip()
        if self._peek() != ":":
            raise _Wrong(self._at, "expected ':' after the key")
        self._at += 1
        self._skip()

    def _scalar(self, here: str, mark: Mark) -> None:
        if here == '"':
            self._builder.text(self._string(), *mark)
            return
        word = _WORD.match(self._text, self._at)
        if word is not None:
            self._at = word.end()
            self._builder.value(_WORDS[word[0]], mark)
            return
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            raise _Wrong(self._at, f"{here!r} begins no value" if here else "the text ends too early")
        self._at = number.end()
        self._builder.value(_number(number), mark, text=number[0][:60])

    def _string(self) -> str:
        try:
            value, self._at = _SCAN_STRING(self._text, self._at + 1)
        except JSONDecodeError as error:
            raise _Wrong(error.pos, error.msg) from None
        return _SURROGATE.sub("\ufffd", value) if not value.isascii() else value

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        assert found is not None, "white space may be empty"
        self._at = found.end()


def _number(found: re.Match[str]) -> int | float:
    integer, fraction, exponent = found.groups()
    if fraction is None and exponent is None and len(integer) < LONGEST_NUMBER:
        return narrow(int(integer))
    return whole(float(found[0]))
