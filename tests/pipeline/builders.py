"""Builders of records for the pipeline's tests: small objects, the words of sources about them, and a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Deleted, Synced, Upserted
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical
from pipeline.stages.policy import Policy
from pipeline.stages.precedence import Precedence

if TYPE_CHECKING:
    from pipeline.model.change import Change


def key(name: str) -> Key:
    """Return the key of a test object."""
    return Key("Thing", "default", name)


def origin(file: str = "a.yaml", line: int = 1, source: str = "files") -> Origin:
    """Return a place."""
    return Origin(source=source, file=file, line=line)


def thing(name: str, value: object = 1, *, at: Origin | None = None) -> Resource:
    """Return an object; it is bad where its value is `bad`."""
    return Resource(
        key=key(name), api_version="v1", spec=canonical({"value": value}), origin=at or origin(f"{name}.yaml")
    )


def upsert(name: str, value: object = 1, *, at: Origin | None = None) -> Upserted:
    """Return a source's word that the object is there."""
    return Upserted(resource=thing(name, value, at=at))


def delete(name: str, *, at: Origin | None = None) -> Deleted:
    """Return a source's word that the object is gone from a place."""
    return Deleted(key=key(name), origin=at or origin(f"{name}.yaml"))


def batch(*changes: Change, source: str = "files", whole: bool = False, at: float = 1.0, trace: str = "t") -> Batch:
    """Return a batch."""
    return Batch(source=source, changes=changes, cause=Cause(at=at, trace=trace), whole=whole)


def synced(source: str = "files") -> Synced:
    """Return a source's word that it has said everything."""
    return Synced(source=source)


def judge(resource: Resource) -> tuple[Diagnostic, ...]:
    """Find fault with what is `bad`."""
    if orjson.loads(resource.spec)["value"] != "bad":
        return ()
    at = resource.origin_of("spec.value")
    return (Diagnostic(code="IST0106", severity=Severity.ERROR, message="bad", origin=at, key=resource.key),)


def as_is(resource: Resource) -> Resource:
    """Normalise nothing."""
    return resource


def policy(*, precedence: tuple[str, ...] = (), awaited: tuple[str, ...] = (), guard_count: int = 20) -> Policy:
    """Return a policy."""
    return Policy(
        judge=judge, normalise=as_is, precedence=Precedence(order=precedence), awaited=awaited, guard_count=guard_count
    )
