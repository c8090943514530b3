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

    def inside(self, name: str) -> Tree | None:
        """Return what a field of the root holds, as a document of its own; None where there is no such field."""
        node = dict(self.root.entries()).get(name)
        if node is None:
            return None
        findings = (one._replace(steps=one.steps[1:]) for one in self.findings if one.steps[:1] == (name,))
        return Tree(node, tuple(findings))
