"""Documents and readings for the tests of `galley.documents`."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from galley.documents.limits import DEFAULT_LIMITS, Limits
from galley.documents.read import parse, read
from galley.documents.tree import Tree

if TYPE_CHECKING:
    from galley.documents.node import Value
    from galley.documents.reading import Read, Reading
    from pipeline.model.diagnostic import Diagnostic

HEAD = "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\n"
"""Three lines that make an object of what follows."""


def reading(text: str | bytes, file: str = "a.yaml", limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Read a text; a string may be indented."""
    data = (dedent(text) if text.startswith("    ") else text).encode() if isinstance(text, str) else text
    return read(data, "files", file, limits)


def only(text: str | bytes, file: str = "a.yaml") -> Read:
    """Read a text that has one object and no fault."""
    found = reading(text, file)
    assert not found.faults
    assert found.parsed
    (one,) = found.resources
    return one


def value(text: str | bytes, file: str = "") -> Value:
    """Parse a text of one document without findings."""
    (tree,) = parse(text.encode() if isinstance(text, str) else text, file)
    assert isinstance(tree, Tree)
    assert not tree.findings
    return tree.root.value


def faults(text: str | bytes, file: str = "a.yaml", limits: Limits = DEFAULT_LIMITS) -> list[str]:
    """Return all diagnostics of a text as `CODE LINE:COLUMN PATH`, those of objects included."""
    found = reading(text, file, limits)
    return [shown(one) for one in [*found.faults, *(one for read in found.resources for one in read.diagnostics)]]


def shown(one: Diagnostic) -> str:
    """Return a diagnostic in short."""
    return f"{one.code} {one.origin.line}:{one.origin.column} {one.path}".strip()
