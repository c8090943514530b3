"""Expressions of CEL: whether a text is one, by its grammar. Pure; a recursive descent, nothing is computed.

Source of the grammar: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

_DEEPEST: Final = 100
_SHOWN: Final = 30
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    | (?P<literal>
        [bB]?[rR]?(?:'''(?s:.)*?'''|\"\"\"(?s:.)*?\"\"\")
      | (?:[rR][bB]?|[bB][rR])(?:'[^'\r\n]*'|"[^"\r\n]*")
      | [bB]?(?:'(?:\\.|[^'\\\r\n])*'|"(?:\\.|[^"\\\r\n])*")
      | (?:\d+\.\d+|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?
      | (?:0x[0-9a-fA-F]+|\d+)[uU]?)
    | (?P<name>[_a-zA-Z][_a-zA-Z0-9]*)
    | (?P<mark>&&|\|\||<=|>=|==|!=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE,
)
_LITERAL_NAMES: Final = frozenset({"true", "false", "null"})
_RESERVED: Final = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)
_OPERATORS: Final = frozenset(["||", "&&", "<", "<=", ">=", ">", "==", "!=", "in", "+", "-", "*", "/", "%"])


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_END: Final = "end"


class _Syntax(Exception):
    """Ends the reading of a text that is no expression."""


@lru_cache(maxsize=1024)
def cel_problem(text: str) -> str:
    """What keeps the text from being an expression of CEL."""
    if not text.strip():
        return "an expression (CEL) must not be empty"
    try:
        _Reader(_tokens(text)).whole()
    except _Syntax as wrong:
        return f"not an expression of CEL: {wrong}"
    return ""


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _Syntax(f"`{text[position : position + 10]}` at character {position + 1}")
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    found.append(_Token(_END, "", len(text)))
    return found


class _Reader:
    """Reads tokens from left to right; each method reads one form of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> None:
        """Read one expression and nothing after it."""
        self._expression()
        if self._next.kind != _END:
            self._unexpected()

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _is(self, text: str) -> bool:
        return self._next.text == text and self._next.kind in {"mark", "name"}

    def _skip(self, text: str) -> bool:
        if not self._is(text):
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            self._unexpected(f"`{text}`")

    def _unexpected(self, wanted: str = "") -> None:
        token = self._next
        what = "it ends too early" if token.kind == _END else f"`{token.text[:_SHOWN]}` at character {token.at + 1}"
        raise _Syntax(f"{what}, {wanted} is expected" if wanted else what)

    def _expression(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Syntax("it is nested too deeply")
        self._operands()
        if self._skip("?"):
            self._operands()
            self._expect(":")
            self._expression()
        self._depth -= 1

    def _operands(self) -> None:
        """Read operands with operators between; which of them bind more does not matter to whether it is one."""
        self._unary()
        while self._next.kind in {"mark", "name"} and self._next.text in _OPERATORS:
            self._at += 1
            self._unary()

    def _unary(self) -> None:
        sign = next((text for text in ("!", "-") if self._is(text)), "")
        while sign and self._skip(sign):
            pass
        self._primary()
        while True:
            if self._skip("."):
                self._selector()
                if self._skip("("):
                    self._list(")", self._expression)
                elif self._skip("{"):
                    self._list("}", self._field)
            elif self._skip("["):
                self._expression()
                self._expect("]")
            else:
                return

    def _primary(self) -> None:
        token = self._next
        if token.kind == "literal" or (token.kind == "name" and token.text in _LITERAL_NAMES):
            self._at += 1
        elif self._skip("("):
            self._expression()
            self._expect(")")
        elif self._skip("["):
            self._list("]", self._expression)
        elif self._skip("{"):
            self._list("}", self._entry)
        else:
            self._skip(".")
            self._selector()
            if self._skip("("):
                self._list(")", self._expression)
            elif self._skip("{"):
                self._list("}", self._field)

    def _selector(self) -> None:
        token = self._next
        if token.kind != "name" or token.text in _RESERVED | _LITERAL_NAMES | {"in"}:
            self._unexpected("a name")
        self._at += 1

    def _list(self, end: str, item: Callable[[], None]) -> None:
        while not self._skip(end):
            item()
            if not self._skip(","):
                self._expect(end)
                return

    def _entry(self) -> None:
        self._expression()
        self._expect(":")
        self._expression()

    def _field(self) -> None:
        self._selector()
        self._expect(":")
        self._expression()
