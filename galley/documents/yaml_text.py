"""YAML text into trees, by libyaml's events (PyYAML's `CParser`). Pure.

A text that cannot be parsed ends in a finding. What comes after the next `---` line is parsed again on its own: such a
line always begins a document (YAML 1.2, 9.1.4: it may stand in no scalar), so one bad document hides no fault of
the others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from galley.documents.finding import Finding, Mark
from galley.documents.scalar import SPECIAL
from galley.documents.tree import Tree
from pipeline.model import codes_document as codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from galley.documents.builder import Builder

_NODES = frozenset((AliasEvent, ScalarEvent, MappingStartEvent, SequenceStartEvent))
_TAG_DIRECTIVE = re.compile(rb"^%TAG", re.MULTILINE)
_SEPARATOR = re.compile(rb"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)

MOST_FAULTS: Final = 20
"""After so many documents that cannot be parsed, nobody reads on."""


def parse_yaml(data: bytes, builder: Builder) -> Iterator[Tree | Finding]:
    """Give each document of a UTF-8 text that is not empty, and a finding for each that cannot be parsed.

    A text with `%TAG` directives is refused whole: libyaml's time grows with the square of their number.
    Raises `galley.documents.finding.Refused` where the text must not be read any further.
    """
    tag = _TAG_DIRECTIVE.search(data)
    if tag is not None:
        mark = Mark(data.count(b"\n", 0, tag.start()) + 1, 1)
        yield Finding(codes.TAG, mark, "%TAG directives are not allowed", "remove the line")
        return
    start, line = 0, 0
    for _ in range(MOST_FAULTS):
        try:
            yield from _documents(data[start:] if start else data, line, builder)
        except yaml.YAMLError as error:
            finding = _finding(error, data, start, line)
            yield finding
        else:
            return
        start, line = _next_document(data, start, line, finding.mark.line)
        if start < 0:
            return


def _documents(data: bytes, line: int, builder: Builder) -> Iterator[Tree]:
    """Give the documents of a text whose first line is `line` lines into the file."""
    parser: Any = CParser(data)  # PyYAML's stubs know little of an event
    first = line + 1
    while (event := parser.get_event()) is not None:
        kind = type(event)
        if kind is ScalarEvent and event.anchor is None and event.tag is None:
            start, text = event.start_mark, event.value
            if event.style or (text and text[0] not in SPECIAL):
                builder.text(text, start.line + first, start.column + 1)
            else:
                builder.scalar(text, Mark(start.line + first, start.column + 1))
        elif kind is DocumentStartEvent:
            builder.start(Mark(event.start_mark.line + first, event.start_mark.column + 1))
        elif kind is DocumentEndEvent:
            root = builder.finish()
            if root is not None and (root.value is not None or builder.findings):
                yield Tree(root, tuple(builder.findings))
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            builder.close()
        elif kind in _NODES:
            start = event.start_mark
            _node(event, Mark(start.line + first, start.column + 1), builder)


def _node(event: Any, mark: Mark, builder: Builder) -> None:  # noqa: ANN401  see above
    """Hand the beginning of a node to the builder."""
    kind = type(event)
    if kind is AliasEvent:
        builder.alias(event.anchor, mark)
        return
    if event.tag is not None:
        builder.tag(event.tag, mark)
    if kind is MappingStartEvent:
        builder.open_map(mark, event.anchor)
    elif kind is SequenceStartEvent:
        builder.open_list(mark, event.anchor)
    elif event.style:
        builder.value(event.value, mark, event.anchor)
    else:
        builder.scalar(event.value, mark, event.anchor)


def _finding(error: yaml.YAMLError, data: bytes, start: int, line: int) -> Finding:
    """Say in which line the parser gave up, and why."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None)
    if mark is not None and problem is not None:
        context = getattr(error, "context", None)
        text = f"{problem} {context}{_since(error, mark, line)}" if context else str(problem)
        return Finding(codes.SYNTAX, Mark(mark.line + line + 1, mark.column + 1), text, _hint(text))
    position = getattr(error, "position", None)
    reason = str(getattr(error, "reason", error))
    if not isinstance(position, int):
        return Finding(codes.SYNTAX, Mark(line + 1, 1), reason)
    before = data[start : start + position]
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return Finding(codes.ENCODING, Mark(line + 1 + before.count(b"\n"), column), reason, "remove the character")


def _since(error: yaml.YAMLError, mark: yaml.Mark, line: int) -> str:
    """Say where what could not be ended begins, if that is on another line."""
    begun = getattr(error, "context_mark", None)
    return f" that begins in line {begun.line + line + 1}" if begun is not None and begun.line != mark.line else ""


def _hint(problem: str) -> str:
    if "cannot start any token" in problem:
        return "indent with spaces, never with tabs; put text that begins with @ % ` or a tab in quotes"
    if "mapping values are not allowed" in problem:
        return "check the indentation; put text that has a colon and a space in quotes"
    if "could not find expected ':'" in problem:
        return "a key needs a colon and a space after it"
    if "did not find expected <block end>" in problem or "did not find expected key" in problem:
        return "check the indentation, and that quotes and brackets are closed"
    return ""


def _next_document(data: bytes, start: int, line: int, failed: int) -> tuple[int, int]:
    """Return offset and line of the first `---` of a later document at or after the failed line; -1 for none."""
    offset = start
    for _ in range(max(failed - 1 - line, 1)):
        offset = data.find(b"\n", offset) + 1
        if offset == 0:
            return -1, 0
    found = _SEPARATOR.search(data, offset)
    if found is None:
        return -1, 0
    return found.start(), line + data.count(b"\n", start, found.start())
