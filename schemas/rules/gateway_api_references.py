"""References of routes and policies of the Gateway API: parents, backends, targets. Pure.

Source: the CEL rules of the Gateway API's CRDs (apis/v1/shared_types.go, object_reference_types.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.rules.gateway_api_names import check_object, section_problem
from schemas.types.gateway_api_reference import (
    BackendObjectReference,
    ParentReference,
    PolicyTargetReference,
    SecretObjectReference,
)

_MOST_MATCHES = 128


def check_parents(parents: Sequence[ParentReference], path: str) -> Iterator[Fault]:
    """Two references to one parent tell its sections or ports apart, both in the same way."""
    seen: dict[tuple[str, str, str | None, str], list[ParentReference]] = {}
    for index, parent in enumerate(parents):
        where = f"{path}[{index}]"
        yield from check_object(parent.group, parent.kind, parent.namespace, where)
        if parent.section_name is not None and (problem := section_problem(parent.section_name)):
            yield invalid(f"{where}.sectionName", problem)
        same = seen.setdefault((parent.group, parent.kind, parent.namespace, parent.name), [])
        for other in same:
            if (other.section_name is None) != (parent.section_name is None) or (other.port is None) != (
                parent.port is None
            ):
                yield invalid(where, f"both references to {parent.kind} {parent.name} need a sectionName, or a port")
                break
            if (other.section_name, other.port) == (parent.section_name, parent.port):
                yield invalid(where, f"{parent.kind} {parent.name} is referred to twice in the same way")
                break
        same.append(parent)


def check_backend(backend: BackendObjectReference, path: str) -> Iterator[Fault]:
    """A Service is referred to with its port."""
    yield from check_object(backend.group, backend.kind, backend.namespace, path)
    if not backend.group and backend.kind == "Service" and backend.port is None:
        yield invalid(f"{path}.port", "a reference to a Service needs a port", f"add `port` to {backend.name[:80]}")


def check_certificate(reference: SecretObjectReference, path: str) -> Iterator[Fault]:
    """A reference to a certificate."""
    yield from check_object(reference.group, reference.kind, reference.namespace, path)


def check_targets(targets: Sequence[PolicyTargetReference], path: str) -> Iterator[Fault]:
    """Two references to one target tell its sections apart."""
    seen: dict[tuple[str, str, str], list[str | None]] = {}
    for index, target in enumerate(targets):
        where = f"{path}[{index}]"
        yield from check_object(target.group, target.kind, None, where)
        if target.section_name is not None and (problem := section_problem(target.section_name)):
            yield invalid(f"{where}.sectionName", problem)
        sections = seen.setdefault((target.group, target.kind, target.name), [])
        if sections and (target.section_name is None or None in sections):
            yield invalid(where, f"several references to {target.kind} {target.name} each need a sectionName")
        elif target.section_name in sections:
            yield invalid(f"{where}.sectionName", f"{target.kind} {target.name} is referred to twice in the same way")
        sections.append(target.section_name)


def check_rule_names(names: Sequence[str | None], path: str) -> Iterator[Fault]:
    """The names of a route's rules are names, each once."""
    for index, name in enumerate(names):
        if name is not None and (problem := section_problem(name)):
            yield invalid(f"{path}[{index}].name", problem)
        elif name is not None and name in names[:index]:
            yield invalid(f"{path}[{index}].name", f"the rule name `{name[:80]}` is there twice")


def check_match_count(count: int, path: str) -> Iterator[Fault]:
    """The matches of all rules together are limited."""
    if count > _MOST_MATCHES:
        yield invalid(path, f"the rules of a route may have 128 matches in all, these have {count}")
