"""What a file says against what it said before: which objects a file that is read in part holds back."""

from __future__ import annotations

from galley.documents.read import read
from galley.sources.contract import Words
from galley.sources.diff import NOTHING, difference
from pipeline.model.change import Faulted, Upserted

GOOD = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}}}
---
"""
NAMELESS = "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {}\nspec: {}\n---\n"


def look(before: Words, text: str) -> tuple[list[str], Words]:
    """Give what is said of a file, and its words after that."""
    found = difference("files", "a.yaml", before, read(text.encode(), "files", "a.yaml"))
    return [_word(change) for change in found.changes], found.words or NOTHING


def _word(change: object) -> str:
    match change:
        case Upserted():
            return f"+{change.resource.key.name}"
        case Faulted(diagnostics=()):
            return "="
        case Faulted():
            return "!" if change.held is None else f"!{' '.join(key.name for key in change.held)}"
        case _:
            return "-"


def test_a_file_read_in_part_holds_what_was_not_found() -> None:
    """Only those that may be the document without a name; all others take effect, and are not called held."""
    a, b, c = (GOOD.format(name=name) for name in "abc")
    said, words = look(NOTHING, a + b + c)
    assert said == ["+a", "+b", "+c"]
    said, words = look(words, a + NAMELESS + c)
    assert said == ["!b"]
    assert look(words, a + NAMELESS + c)[0] == []
    said, words = look(words, NAMELESS + NAMELESS + c)
    assert said == ["!a b"]
    said, words = look(words, a + b + c)
    assert said == ["="]
    assert words.held is None


def test_a_file_that_does_not_parse_holds_everything() -> None:
    """Whatever it held before."""
    _, words = look(NOTHING, GOOD.format(name="a") + GOOD.format(name="b"))
    _, words = look(words, GOOD.format(name="a") + NAMELESS)
    said, words = look(words, "a: [")
    assert said == ["!"]
    assert {key.name for key in words.said} == {"a", "b"}
