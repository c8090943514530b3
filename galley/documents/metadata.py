"""`read_metadata`: an object's metadata, checked as an API server does, less what only a server writes. Pure.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from galley.documents.finding import Finding, Mark
from pipeline.model import codes_document as codes
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from galley.documents.node import Node

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl's copy of the whole object: no part of what it says."""

_READ = ("name", "namespace", "labels", "annotations", "creationTimestamp", "generateName")
_SERVERS = (
    "clusterName",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "initializers",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)
_FIELDS = frozenset((*_READ, *_SERVERS))
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)\Z", re.ASCII)


@dataclass(slots=True)
class Metadata:
    """What metadata says; `marks` are those of its nodes as `pipeline.model.resource.Resource.tree` has them.

    `name` is empty where it is missing or no text, and then `findings` say so; `namespace` where none is given.
    """

    name: str = ""
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    created: str = ""
    marks: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_metadata(node: Node | None, root: Mark) -> Metadata:
    """Return what the metadata of an object that begins at `root` says, and what is wrong with it. Never raises."""
    found = Metadata()
    fields = dict(node.entries()) if node is not None else {}
    mark = node.mark if node is not None else root
    if node is not None and node.value is not None and not isinstance(node.value, dict):
        _wrong(found, node, "expected an object with `name`", "metadata")
    _unknown(found, fields)
    annotation_marks = _texts(found, fields.get("annotations"), found.annotations, "annotations")
    label_marks = _texts(found, fields.get("labels"), found.labels, "labels")
    found.name = _text(found, fields.get("name"), "name")
    found.namespace = _text(found, fields.get("namespace"), "namespace")
    found.created = _created(found, fields.get("creationTimestamp"))
    if not found.name:
        _nameless(found, fields, mark)
    name_mark = fields["name"].mark if "name" in fields else mark
    namespace_mark = fields["namespace"].mark if "namespace" in fields else mark
    found.marks = [*mark, *annotation_marks, *label_marks, *name_mark, *namespace_mark]
    return found


def _unknown(found: Metadata, fields: dict[str, Node]) -> None:
    for key in sorted(fields.keys() - _FIELDS):
        hint = did_you_mean(key, _FIELDS) or "an object's own settings belong into `spec`"
        text = f"unknown field `{key}` in metadata"
        steps = ("metadata", key)
        found.findings.append(Finding(codes.UNKNOWN_DOCUMENT_FIELD, fields[key].mark, text, hint, steps))


def _nameless(found: Metadata, fields: dict[str, Node], mark: Mark) -> None:
    if "generateName" in fields:
        text = "`generateName` has no meaning in a file, which is read again and again"
        finding = Finding(codes.GENERATE_NAME, fields["generateName"].mark, text, "write `name` instead")
        found.findings.append(finding._replace(steps=("metadata", "generateName")))
    elif "name" not in fields or fields["name"].value is None or fields["name"].value == "":
        place = fields["name"].mark if "name" in fields else mark
        finding = Finding(codes.MISSING_NAME, place, "`metadata.name` is required and missing", "add `metadata.name`")
        found.findings.append(finding._replace(steps=("metadata", "name")))


def _text(found: Metadata, node: Node | None, name: str) -> str:
    if node is None or node.value is None:
        return ""
    if isinstance(node.value, str):
        return node.value
    _wrong(found, node, f"expected text, got {shown(node)}", "metadata", name)
    return ""


def _texts(found: Metadata, node: Node | None, into: dict[str, str], name: str) -> list[int]:
    """Read a map from text to text; return the marks of what of it is kept."""
    if node is None or node.value is None:
        return []
    if not isinstance(node.value, dict):
        _wrong(found, node, f"expected a map, got {shown(node)}", "metadata", name)
        return []
    marks: list[int] = []
    for key, entry in node.entries():
        if key == LAST_APPLIED:
            continue
        if entry.value is not None and not isinstance(entry.value, str):
            _wrong(found, entry, f"expected text, got {shown(entry)}", "metadata", name, key)
            continue
        into[key] = entry.value or ""
        marks += entry.mark
    return [*node.mark, *marks] if into else []


def _created(found: Metadata, node: Node | None) -> str:
    if node is None or node.value is None:
        return ""
    if isinstance(node.value, str) and _TIME.match(node.value):
        return node.value
    _wrong(found, node, "expected a time such as 2024-01-31T12:00:00Z", "metadata", "creationTimestamp")
    return ""


def shown(node: Node) -> str:
    """Return a value as a message names it."""
    match node.value:
        case None:
            return "nothing"
        case bool() as value:
            return f"the boolean {str(value).lower()}"
        case int() | float() as value:
            return f"the number {str(value)[:60]}"
        case str() as value:
            return f'"{value[:60]}"'
        case list():
            return "a list"
        case _:
            return "an object"


def _wrong(found: Metadata, node: Node, message: str, *steps: str) -> None:
    hint = "put it in quotes" if isinstance(node.value, bool | int | float) else ""
    found.findings.append(Finding(codes.WRONG_DOCUMENT_TYPE, node.mark, message, hint, steps))
