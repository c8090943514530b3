"""`resource_of`: a document becomes a `Resource`, or it is said why not. Pure.

Only what makes it an object is judged here: apiVersion, kind, metadata and the fields beside them. Names, kinds and
content are judged by whoever judges resources from every source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from galley.documents.finding import Finding
from galley.documents.metadata import read_metadata, shown
from galley.documents.node import Node
from galley.documents.objects import hides_identity
from pipeline.model import codes_document as codes
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.positions import pack
from pipeline.model.resource import Resource, canonical
from schemas.kind import Kind
from schemas.registry import split_api_version
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from galley.documents.node import Value
    from galley.documents.objects import Document
    from schemas.registry import Registry

DEFAULT_NAMESPACE: Final = "default"
"""The namespace of objects that name none, unless a source has another."""

_UNQUOTED: Final = {
    codes.AMBIGUOUS_SCALAR: "what stands here without quotes is read differently by different parsers",
    codes.SYNTAX: "what stands here without quotes is no good use of YAML's `*` or `<<`",
    codes.TAG: "what stands here without quotes begins with !, a tag, which is not allowed",
}
"""What is said of a Secret, of which nothing is quoted, by code."""

_TOP = ("apiVersion", "kind", "metadata")
_WITH_SPEC = (*_TOP, "spec", "status")


class Outcome(NamedTuple):
    """The object, None where it cannot be known which it is, and what was found."""

    resource: Resource | None
    findings: list[Finding]


def resource_of(
    document: Document, place: tuple[str, str], registry: Registry, namespace: str = DEFAULT_NAMESPACE
) -> Outcome:
    """Return the object of a document of a place (source and file). Never raises."""
    root = document.root
    findings = list(document.findings)
    if not isinstance(root.value, dict):
        text = f"a document must be an object with apiVersion, kind and metadata, got {shown(root)}"
        return Outcome(None, [*findings, Finding(codes.NOT_AN_OBJECT, root.mark, text)])
    fields = dict(root.entries())
    api_version = _word(fields, "apiVersion", codes.MISSING_API_VERSION, root, findings) or document.api_version
    kind = _word(fields, "kind", codes.MISSING_KIND, root, findings) or document.kind
    metadata = read_metadata(fields.get("metadata"), root.mark)
    findings += metadata.findings
    if document.kind and document.api_version:
        findings = [one for one in findings if one.code not in {codes.MISSING_API_VERSION, codes.MISSING_KIND}]
    if kind == "Secret":
        findings = [_without_value(one) for one in findings]
    if not (api_version and kind and metadata.name) or any(map(hides_identity, findings)):
        return Outcome(None, findings)
    known = registry.lookup(api_version, kind)
    found = known if isinstance(known, Kind) else None
    spec, spec_marks = _content(root, fields, found, findings)
    home = (metadata.namespace or namespace) if found is None or found.namespaced else ""
    source, file = place
    resource = Resource(
        key=Key(key_kind(api_version, kind, registry), home, metadata.name),
        api_version=api_version,
        spec=canonical(spec),
        origin=Origin(
            source=source,
            file=file,
            line=root.mark.line,
            column=root.mark.column,
            positions=pack([*root.mark, *metadata.marks, *spec_marks]),
        ),
        labels=metadata.labels,
        annotations=metadata.annotations,
        created=metadata.created,
    )
    return Outcome(resource, findings)


def key_kind(api_version: str, kind: str, registry: Registry) -> str:
    """Return a kind as keys have it: the bare word for the first kind of that name that is known, else `Kind.group`."""
    group = split_api_version(api_version)[0]
    first = registry.kind(kind)
    same = first is not None and (first.group == group or api_version in first.former)
    return kind if not group or same else f"{kind}.{group}"


def _without_value(finding: Finding) -> Finding:
    """Return a finding that does not quote what may be a password."""
    message = _UNQUOTED.get(finding.code)
    return finding if message is None else finding._replace(message=message, hint="put it in quotes if it is text")


def _word(fields: dict[str, Node], name: str, code: str, root: Node, findings: list[Finding]) -> str:
    node = fields.get(name)
    if node is None or node.value is None or node.value == "":
        mark = node.mark if node is not None else root.mark
        near = next((key for key in fields if key.lower() == name.lower() and key != name), "")
        hint = f"`{near}` is spelt `{name}`" if near else f"add `{name}`"
        findings.append(Finding(code, mark, f"`{name}` is required and missing", hint, (name,)))
        return ""
    if not isinstance(node.value, str):
        text = f"expected text, got {shown(node)}"
        findings.append(Finding(codes.WRONG_DOCUMENT_TYPE, node.mark, text, "put it in quotes", (name,)))
        return ""
    return node.value


def _content(
    root: Node, fields: dict[str, Node], kind: Kind | None, findings: list[Finding]
) -> tuple[Value, list[int]]:
    """Return what the object says besides its metadata, and the marks of that."""
    if "spec" in fields if kind is None else kind.body == "spec":
        if kind is not None:
            _unknown(fields, findings)
        spec = fields.get("spec")
        if spec is None or spec.value is None:
            return {}, [*(spec or root).mark]
        return spec.value, spec.marks
    left_out = _TOP if kind is not None else _WITH_SPEC
    own = {key: fields[key] for key in sorted(fields) if key not in left_out}
    return {key: node.value for key, node in own.items()}, [
        *root.mark,
        *(n for node in own.values() for n in node.marks),
    ]


def _unknown(fields: dict[str, Node], findings: list[Finding]) -> None:
    for key in sorted(fields.keys() - set(_WITH_SPEC)):
        hint = did_you_mean(key, _WITH_SPEC) or "the object's own settings belong into `spec`: check the indentation"
        text = f"unknown field `{key}` beside `spec`"
        findings.append(Finding(codes.UNKNOWN_DOCUMENT_FIELD, fields[key].mark, text, hint, (key,)))
