"""`Limits`: how much one file may ask of the reader. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one file; each is generous for configuration and far from what would hurt the server.

    `size` in bytes; `documents` counts the items of lists too; `depth` is levels of maps and lists in a document,
    `nesting` levels of `List` in `List`; `nodes` are a document's values, `file_nodes` all of the file's;
    `expansion` is the text, in bytes of JSON, that all aliases of a file together may stand for.
    """

    size: int = 16 * 1024 * 1024
    documents: int = 20_000
    depth: int = 100
    nesting: int = 4
    nodes: int = 250_000
    file_nodes: int = 1_000_000
    expansion: int = 1024 * 1024


DEFAULT_LIMITS = Limits()
"""The limits where nobody sets others."""
