"""A MeshConfig or MeshNetworks file, in Istio's own form (without apiVersion and kind), as an object. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from galley.documents.finding import Finding
from galley.documents.read import parse
from pipeline.model import codes_document as codes
from pipeline.model.diagnostic import Diagnostic
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.path import format_path
from pipeline.model.positions import pack
from pipeline.model.resource import Resource, canonical

_NAME = "mesh"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshRead:
    """The object, None where the text cannot be read, and what was found."""

    resource: Resource | None
    origin: Origin
    diagnostics: tuple[Diagnostic, ...] = ()


def mesh_resource(text: bytes, kind: str, source: str, file: str) -> MeshRead:
    """Return the object of kind `MeshConfig` or `MeshNetworks` that a file's first document is. Never raises."""
    origin = Origin(source=source, file=file)
    tree = next(parse(text, file), None)
    if isinstance(tree, Finding):
        return MeshRead(resource=None, origin=origin, diagnostics=(_diagnostic(tree, origin, None),))
    key = Key(kind, "", _NAME)
    content = tree.root.value if tree is not None else {}
    if not isinstance(content, dict):
        finding = Finding(codes.NOT_AN_OBJECT, tree.root.mark if tree else (1, 1), f"a {kind} is a mapping of settings")  # type: ignore[arg-type]
        return MeshRead(resource=None, origin=origin, diagnostics=(_diagnostic(finding, origin, key),))
    marks = tree.root.marks if tree is not None else [1, 1]
    metadata = [1, 1] * 3
    resource = Resource(
        key=key,
        api_version="",
        spec=canonical(content),
        origin=Origin(source=source, file=file, positions=pack([1, 1, *metadata, *marks])),
    )
    findings = tree.findings if tree is not None else ()
    return MeshRead(
        resource=resource, origin=origin, diagnostics=tuple(_diagnostic(found, origin, key) for found in findings)
    )


def _diagnostic(finding: Finding, origin: Origin, key: Key | None) -> Diagnostic:
    return Diagnostic(
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        origin=origin.at(finding.mark.line, finding.mark.column),
        key=key,
        path=format_path(finding.steps),
        hint=finding.hint,
    )
