"""`read`: a file's text into configuration objects and diagnostics. Pure and total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.documents.builder import Builder
from galley.documents.encoding import decode
from galley.documents.finding import Finding, Mark, Refused
from galley.documents.json_text import looks_like_json, parse_json
from galley.documents.limits import DEFAULT_LIMITS, Limits
from galley.documents.objects import documents
from galley.documents.reading import Read, Reading
from galley.documents.resource import DEFAULT_NAMESPACE, resource_of
from galley.documents.tree import Tree
from galley.documents.yaml_text import parse_yaml
from pipeline.model import codes_document as codes
from pipeline.model.diagnostic import Diagnostic, Related, Severity
from pipeline.model.origin import Origin
from pipeline.model.path import format_path
from schemas.registry import DEFAULT_REGISTRY, Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.model.key import Key
    from pipeline.model.resource import Resource


def read(
    text: bytes,
    source: str,
    file: str,
    limits: Limits = DEFAULT_LIMITS,
    registry: Registry = DEFAULT_REGISTRY,
    *,
    namespace: str = DEFAULT_NAMESPACE,
    within: str = "",
) -> Reading:
    """Return the objects of a file's text and what is wrong with it. Never raises, whatever the bytes.

    `file` is relative to the source's root, with `/`; where it ends in `.json` the text must be JSON, else JSON is
    recognised by its first brace. `namespace` is that of objects that name none. With `within`, a document is what this
    field of the text's outermost object holds; where there is no such field, there is no document.
    """
    return _Reader((source, file), limits, registry, namespace).read(text, within)


def parse(text: bytes, file: str = "", limits: Limits = DEFAULT_LIMITS) -> Iterator[Tree | Finding]:
    """Give each document of a text, whatever it is about; a finding for each that cannot be parsed. Never raises."""
    decoded = decode(text, limits)
    if isinstance(decoded, Finding):
        yield decoded
        return
    data, characters = decoded
    try:
        if file.endswith(".json"):
            yield from parse_json(characters, Builder(limits))
            return
        if looks_like_json(characters):
            trees = list(parse_json(characters, Builder(limits)))
            if all(isinstance(tree, Tree) for tree in trees):
                yield from trees
                return
        yield from parse_yaml(data, Builder(limits))
    except Refused as refused:
        yield refused.finding


class _Reader:
    """Gathers one file's objects and faults."""

    def __init__(self, place: tuple[str, str], limits: Limits, registry: Registry, namespace: str) -> None:
        self._place = place
        self._namespace = namespace
        self._limits = limits
        self._registry = registry
        self._found: dict[Key, Read] = {}
        self._faults: list[Diagnostic] = []
        self._documents = 0
        self._parsed = True

    def read(self, text: bytes, within: str) -> Reading:
        for outer in parse(text, self._place[1], self._limits):
            if isinstance(outer, Finding):
                self._parsed = False
                self._faults.append(self._diagnostic(outer))
                continue
            tree = outer.inside(within) if within else outer
            if tree is None:
                continue
            for document in documents(tree, self._limits):
                if isinstance(document, Finding):
                    self._faults.append(self._diagnostic(document))
                    continue
                self._documents += 1
                self._take(*resource_of(document, self._place, self._registry, self._namespace))
            if self._documents > self._limits.documents:
                self._too_many(tree.root.mark)
                break
        return Reading(
            resources=tuple(self._found.values()),
            faults=tuple(self._faults),
            parsed=self._parsed,
            documents=self._documents,
        )

    def _take(self, resource: Resource | None, findings: Iterable[Finding]) -> None:
        key = resource.key if resource is not None else None
        diagnostics = tuple(self._diagnostic(finding, key) for finding in findings)
        if resource is None:
            self._faults += diagnostics
            return
        first = self._found.get(resource.key)
        if first is None:
            self._found[resource.key] = Read(resource, diagnostics)
        else:
            twice = self._twice(first.resource, resource)
            self._found[resource.key] = Read(first.resource, (*first.diagnostics, twice, *diagnostics))

    def _twice(self, first: Resource, second: Resource) -> Diagnostic:
        before = first.origin.at(first.origin.line, first.origin.column)
        here = second.origin.at(second.origin.line, second.origin.column)
        return Diagnostic(
            code=codes.TWICE_IN_FILE,
            severity=Severity.ERROR,
            message=f"{second.key} stands twice in this file, in lines {before.line} and {here.line}",
            origin=here,
            key=second.key,
            hint="remove one of the two, or give it another name",
            related=(Related(origin=before, key=first.key, note="first here"),),
        )

    def _too_many(self, mark: Mark) -> None:
        text = f"the file has more than {self._limits.documents} documents"
        self._parsed = False
        self._faults.append(
            self._diagnostic(Finding(codes.TOO_MANY_DOCUMENTS, mark, text, "split the file into several"))
        )

    def _diagnostic(self, finding: Finding, key: Key | None = None) -> Diagnostic:
        related = (Related(origin=self._origin(finding.other), note=finding.note),) if finding.other else ()
        return Diagnostic(
            code=finding.code,
            severity=finding.severity,
            message=finding.message,
            origin=self._origin(finding.mark),
            key=key,
            path=format_path(finding.steps),
            hint=finding.hint,
            related=related,
        )

    def _origin(self, mark: Mark) -> Origin:
        source, file = self._place
        return Origin(source=source, file=file, line=mark.line, column=mark.column)
