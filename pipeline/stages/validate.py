"""The judge: one object alone, against the schema and rules of its kind and Kubernetes' rules for metadata. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from pipeline.model.codes_stage import BAD_NAME
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.stages.mesh_text import mesh_faults
from pipeline.stages.metadata import bad_names
from schemas.check import check
from schemas.fault import Fault
from schemas.identity import check_identity
from schemas.registry import DEFAULT_REGISTRY
from schemas.version import check_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Judge
    from schemas.kind import Kind
    from schemas.registry import Registry

_WHOLE: Final = ("", "kind", "apiVersion")


def judge(registry: Registry = DEFAULT_REGISTRY, lowered: frozenset[str] = frozenset()) -> Judge:
    """Return the judge that knows these kinds. Its diagnostics carry the line of the field that each is about.

    `lowered` are codes of the catalogue whose errors are warnings here (the setting `validation.lower`).
    """

    def judged(resource: Resource) -> tuple[Diagnostic, ...]:
        return tuple(_lower(found, lowered) for found in _judge(registry, resource, lowered))

    return judged


def kind_of(registry: Registry, resource: Resource) -> Kind | Fault:
    """Return what is known of an object's kind, or what is wrong with its kind or apiVersion."""
    return registry.lookup(resource.api_version, resource.key.kind.partition(".")[0])


def _judge(registry: Registry, resource: Resource, lowered: frozenset[str]) -> Iterator[Diagnostic]:
    for path, message in bad_names(resource):
        fault = Fault(code=BAD_NAME, severity="error", path=path, message=message)
        yield _diagnostic(resource, fault, path)
    kind = kind_of(registry, resource)
    if isinstance(kind, Fault):
        yield _diagnostic(resource, kind, "")
        return
    content, faults = check(kind, resource.spec, resource.key.namespace, lowered=lowered)
    inside = mesh_faults(resource, content, lowered) if isinstance(content, BaseModel) else ()
    about = (
        *check_version(kind, resource.api_version),
        *check_identity(kind, resource.key.name, resource.annotations, content),
    )
    for fault in (*about, *faults, *inside):
        yield _diagnostic(resource, fault, _place(kind, fault.path))


def _lower(found: Diagnostic, lowered: frozenset[str]) -> Diagnostic:
    if found.code not in lowered or found.severity is not Severity.ERROR:
        return found
    return replace(found, severity=Severity.WARNING)


def _place(kind: Kind, path: str) -> str:
    """Return the fault's path in the tree of `pipeline.model.resource.Resource.tree`."""
    if path in _WHOLE:
        return ""
    return path if kind.body == "spec" or path.startswith("metadata") else f"spec.{path}"


def _diagnostic(resource: Resource, fault: Fault, place: str) -> Diagnostic:
    return Diagnostic(
        code=fault.code,
        severity=Severity(fault.severity),
        message=fault.message,
        origin=resource.origin_of(place),
        key=resource.key,
        path=fault.path,
        hint=fault.hint,
    )
