"""`Tree`: one document as it was parsed. Pure data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from galley.documents.finding import Finding
    from galley.documents.node import Node


class Tree(NamedTuple):
    """A document's root and what parsing it found."""

    root: Node
    findings: tuple[Finding, ...] = ()
