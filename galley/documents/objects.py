"""From a document's tree to the objects in it: lists become their items. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from galley.documents.finding import Finding
from pipeline.model import codes_document as codes
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from galley.documents.limits import Limits
    from galley.documents.node import Node
    from galley.documents.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One object's text: its root and what parsing it found, with paths from that root.

    `api_version` and `kind` are what the list around it says of its items that do not say it themselves.
    """

    root: Node
    findings: tuple[Finding, ...] = ()
    api_version: str = ""
    kind: str = ""


def documents(tree: Tree, limits: Limits) -> Iterator[Document | Finding]:
    """Give the objects of a document, and what is wrong with lists."""
    yield from _expand(Document(root=tree.root, findings=tree.findings), limits.nesting)


def _expand(document: Document, nesting: int) -> Iterator[Document | Finding]:
    value = document.root.value
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or not _is_list(kind, value):
        yield document
        return
    fields = dict(document.root.entries())
    yield from (finding for finding in document.findings if not _of_item(finding))
    items = fields.get("items")
    if items is None or items.value is None:
        return
    if not isinstance(items.value, list):
        yield Finding(codes.BAD_LIST, items.mark, f"`items` of a {kind} is not a list", steps=("items",))
        return
    if nesting == 0:
        yield Finding(codes.BAD_LIST, document.root.mark, "lists within lists, too many levels deep")
        return
    api_version = value.get("apiVersion")
    inherited = isinstance(api_version, str) and kind != "List"
    for index, item in enumerate(items.items()):
        inner = Document(
            root=item,
            findings=tuple(_below(document.findings, index)),
            api_version=api_version if inherited and isinstance(api_version, str) else "",
            kind=kind.removesuffix("List"),
        )
        yield from _expand(inner, nesting - 1)


def _is_list(kind: str, value: Mapping[str, object]) -> bool:
    """Whether kubectl takes the object for a list: `List`, or some `KindList` with items."""
    return kind == "List" or (kind.endswith("List") and isinstance(value.get("items"), list))


def _of_item(finding: Finding) -> bool:
    match finding.steps:
        case ("items", int(), *_):
            return True
        case _:
            return False


def _below(findings: tuple[Finding, ...], index: int) -> Iterator[Finding]:
    for finding in findings:
        if finding.steps[:2] == ("items", index):
            yield finding._replace(steps=finding.steps[2:])


def hides_identity(finding: Finding) -> bool:
    """Whether it leaves open which object is meant: one of the fields that say so stands twice."""
    identity = (("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace"))
    return finding.code == codes.DUPLICATE_KEY and finding.severity is Severity.ERROR and finding.steps in identity
