"""`Builder`: a document's tree from a parser's events, with a position for every node, within limits. Pure.

A machine that both parsers drive: `text`, `scalar`, `value`, `open_map`, `open_list`, `alias`, `close`. It recurses
nowhere, so nesting costs no stack, and it counts before it builds, so an alias bomb is refused (`Refused`) and never
expanded. Values are shared by aliases and not changed once closed. What is wrong but leaves the rest readable becomes a
`Finding`.

Merge keys (`<<`) work as in goyaml.v2, which kubectl uses: in the order of the text, a later word overrides an earlier
one, and of a list of maps the first wins.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final, NoReturn

from galley.documents.finding import Finding, Mark, Refused
from galley.documents.frame import WEIGHT, OpenList, OpenMap
from galley.documents.node import Node
from galley.documents.scalar import key_text, read_scalar
from pipeline.model import codes_document as codes
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from galley.documents.limits import Limits
    from galley.documents.scalar import Plain
    from pipeline.model.positions import Step

MOST_FINDINGS: Final = 100
"""More findings than this in one document help nobody."""


_SHOWN = 60
"""Characters of what somebody wrote that a message repeats."""


class Builder:
    """Builds the documents of one file, one after the other; `findings` are the current document's."""

    def __init__(self, limits: Limits) -> None:
        self.findings: list[Finding] = []
        self._limits = limits
        self._stack: list[OpenMap | OpenList] = []
        self._anchors: dict[str, Node | None] = {}
        self._root: Node | None = None
        self._nodes = 0
        self._left = limits.file_nodes
        self._most = limits.nodes
        self._expansion = 0
        self._documents = 0

    def start(self, mark: Mark) -> None:
        """Begin a document, which may turn out to be empty."""
        self._documents += 1
        if self._documents > 2 * self._limits.documents:
            text = f"the file has more than {self._limits.documents} documents"
            raise Refused(Finding(codes.TOO_MANY_DOCUMENTS, mark, text, "split the file into several"))
        self.findings = []
        self._stack = []
        self._anchors = {}
        self._root = None
        self._left -= self._nodes
        self._nodes = 0
        self._most = min(self._limits.nodes, self._left)

    def finish(self) -> Node | None:
        """Return the document's tree, None where it has no node."""
        return self._root

    def text(self, text: str, line: int, column: int) -> None:
        """Take a scalar that is text whatever its quotes, and has no anchor: most of all scalars, so the short way."""
        self._nodes += 1
        if self._nodes > self._most:
            self._refuse_nodes(Mark(line, column))
        frame = self._stack[-1] if self._stack else None
        if type(frame) is OpenMap and not frame.merging:
            if not frame.wants_key:
                frame.add_text(text)
                return
            if text in frame.places and text not in frame.merged:
                self._twice(frame, text, Mark(line, column))
            frame.expect(text, line, column)
        elif type(frame) is OpenList:
            frame.add_text(text, line, column)
        else:
            self._place(Node(text, [line, column], WEIGHT + len(text)))

    def scalar(self, text: str, mark: Mark, anchor: str | None = None) -> None:
        """Take a plain scalar, which may be more than text."""
        top = self._stack[-1] if self._stack else None
        if text == "<<" and isinstance(top, OpenMap) and top.wants_key:
            top.expect_merge(mark)
            return
        value, ambiguous = read_scalar(text)
        if ambiguous:
            self._ambiguous(text, value, mark)
        self.value(value, mark, anchor, text)

    def value(self, value: Plain, mark: Mark, anchor: str | None = None, text: str = "") -> None:
        """Take a scalar whose value is known; `text` is how it was written where that differs."""
        self._count(mark)
        if type(value) is float and not isfinite(value):
            self.find(codes.UNUSABLE_NUMBER, mark, f"{text or value} is not a number that JSON can hold")
            value = None
        node = Node(value, [*mark], WEIGHT + len(value) if type(value) is str else WEIGHT)
        if anchor is not None:
            self._anchors[anchor] = node
        self._place(node)

    def open_map(self, mark: Mark, anchor: str | None = None) -> None:
        """Begin a map."""
        self._open(OpenMap(mark, anchor), mark)

    def open_list(self, mark: Mark, anchor: str | None = None) -> None:
        """Begin a list."""
        self._open(OpenList(mark, anchor), mark)

    def close(self) -> None:
        """End the innermost map or list."""
        frame = self._stack.pop()
        node = frame.close()
        if frame.anchor is not None:
            self._anchors[frame.anchor] = node
        self._place(node)

    def alias(self, name: str, mark: Mark) -> None:
        """Take what an anchor stands for."""
        if name not in self._anchors:
            self.find(codes.SYNTAX, mark, f"alias *{name} has no anchor &{name} before it")
            self._place(Node(None, [*mark], WEIGHT))
            return
        node = self._anchors[name]
        if node is None:
            self.find(codes.ALIAS_EXPANSION, mark, f"alias *{name} stands for what it is part of")
            self._place(Node(None, [*mark], WEIGHT))
            return
        self._expansion += node.weight
        if self._expansion > self._limits.expansion:
            text = f"aliases stand for more than {self._limits.expansion} bytes of text"
            raise Refused(Finding(codes.ALIAS_EXPANSION, mark, text, "write the repeated parts out", self._path()))
        if len(self._stack) + node.height > self._limits.depth:
            self._refuse_depth(mark)
        self._place(node._replace(marks=[*mark, *node.marks[2:]]))

    def tag(self, tag: str, mark: Mark) -> None:
        """Take note of a tag of the node that comes next."""
        self.find(codes.TAG, mark, f"tag {_shown(tag)} is not allowed", "remove the tag; quotes make text")

    def find(self, code: str, mark: Mark, message: str, hint: str = "", *steps: Step) -> None:
        """Note an error at the current place, or `steps` below it."""
        self._note(Finding(code, mark, message, hint, (*self._path(), *steps)))

    # ------------------------------------------------------------------------------------------------------ building

    def _count(self, mark: Mark, nodes: int = 1) -> None:
        self._nodes += nodes
        if self._nodes > self._most:
            self._refuse_nodes(mark)

    def _open(self, frame: OpenMap | OpenList, mark: Mark) -> None:
        self._count(mark)
        if len(self._stack) >= self._limits.depth:
            self._refuse_depth(mark)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = None
        self._stack.append(frame)

    def _place(self, node: Node) -> None:
        """Put a finished node where it belongs: the root, a list's item, a map's key or value."""
        if not self._stack:
            self._root = node
            return
        frame = self._stack[-1]
        if type(frame) is OpenMap:
            if frame.wants_key:
                self._key(frame, node)
                return
            if frame.merging:
                self._merge(frame, node)
        frame.add(node)

    def _key(self, frame: OpenMap, node: Node) -> None:
        value = node.value
        key = value if type(value) is str else None if isinstance(value, dict | list) else key_text(value)
        if key is None:
            written = "null" if value is None else "a list or a map"
            self.find(codes.UNUSABLE_KEY, node.mark, f"a key cannot be {written}", "write the key as text, in quotes")
        elif key in frame.places and key not in frame.merged:
            self._twice(frame, key, node.mark)
        frame.expect(key, *node.mark)

    def _merge(self, frame: OpenMap, node: Node) -> None:
        """Take in what a `<<` brings."""
        maps = list(node.items()) if isinstance(node.value, list) else [node]
        if not all(isinstance(part.value, dict) for part in maps):
            self.find(codes.SYNTAX, frame.key_mark, "`<<` takes a map or a list of maps")
            return
        for part in reversed(maps):
            self._count(frame.key_mark, len(part.marks) // 2)
            for key, entry in part.entries():
                if key in frame.places and key not in frame.merged:
                    self._overridden(frame, key)
                else:
                    frame.merged.add(key)
                frame.put(key, entry)

    # ------------------------------------------------------------------------------------------------------ findings

    def _path(self) -> tuple[Step, ...]:
        return tuple(step for frame in self._stack for step in frame.step)

    def _note(self, finding: Finding) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        elif finding.severity is Severity.ERROR and self.findings[-1].severity is not Severity.ERROR:
            self.findings[-1] = finding

    def _twice(self, frame: OpenMap, key: str, mark: Mark) -> None:
        before = Mark(*frame.places[key][:2])
        text = f"key {_shown(key)} stands twice in this object, first in line {before.line}"
        finding = Finding(codes.DUPLICATE_KEY, mark, text, "remove one of the two", (*self._path(), key))
        self._note(finding._replace(other=before, note="first here"))

    def _ambiguous(self, text: str, value: Plain, mark: Mark) -> None:
        read = "text" if isinstance(value, str) else str(value).lower()
        message = f"{_shown(text)} without quotes is read as {read}, as kubectl does, and differently by other parsers"
        meant = "" if isinstance(value, str) else f"; write {read} if that is meant"
        hint = f'put it in quotes if it is text: "{text}"{meant}'
        self._note(Finding(codes.AMBIGUOUS_SCALAR, mark, message, hint, self._path(), Severity.WARNING))

    def _overridden(self, frame: OpenMap, key: str) -> None:
        message = f"`<<` overrides {_shown(key)}, which is set on a line before it"
        self._note(
            Finding(
                codes.MERGE_ORDER,
                frame.key_mark,
                message,
                "write `<<` as the first key of the object",
                (*self._path()[:-1], key),
                Severity.WARNING,
                Mark(*frame.places[key][:2]),
                "set here",
            )
        )

    def _refuse_depth(self, mark: Mark) -> NoReturn:
        # At once, and not at the document's end: the time that libyaml takes for an event grows with the depth.
        text = f"nested more than {self._limits.depth} levels deep"
        raise Refused(Finding(codes.TOO_DEEP, mark, text, "look for what holds itself", self._path()))

    def _refuse_nodes(self, mark: Mark) -> NoReturn:
        if self._most < self._limits.nodes:
            text, hint = f"the file has more than {self._limits.file_nodes} values", "split the file"
        else:
            text, hint = f"the document has more than {self._limits.nodes} values", "split the object"
        raise Refused(Finding(codes.TOO_MANY_NODES, mark, text, hint))


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
