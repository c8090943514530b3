"""`Proposal`: an object that an API server is asked to store, read and judged as the pipeline would. Pure.

Its text goes through the reader that files go through, so that the words are those of `galley validate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from galley.documents.limits import DEFAULT_LIMITS
from galley.documents.read import read
from galley.documents.resource import key_kind
from pipeline.model.diagnostic import Severity
from pipeline.model.key import Key
from pipeline.stages import report
from pipeline.stages.accept import accept
from pipeline.stages.aggregate import wanted
from pipeline.stages.state import State
from schemas.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.app.webhook.admission import Request
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import Claim, Pin, Place
    from schemas.registry import Registry

_UNREAD: Final = ("managedFields",)
_NOT_YET: Final = "xxxxx"
"""Stands for the characters that an API server puts behind `generateName`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the stages know of an object: who claims it and what a rollback pins, as read on the engine's loop."""

    claims: Mapping[Place, Claim] = field(default_factory=dict)
    pin: Pin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An object as it would be: what is wrong with it alone, and what would be served then.

    `ours` says whether that is this object, and not one of the same name from a stronger source, or a pinned one.
    """

    key: Key | None
    diagnostics: tuple[Diagnostic, ...]
    serving: Resource | None = None
    ours: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the object is good by itself."""
        return not any(found.severity is Severity.ERROR for found in self.diagnostics)


def key_of(request: Request, registry: Registry) -> Key:
    """Return the key of the object that a request is about."""
    kind = registry.lookup(request.api_version, request.kind.kind)
    namespaced = not isinstance(kind, Kind) or kind.namespaced
    word = key_kind(request.api_version, request.kind.kind, registry)
    return Key(word, (request.namespace or "default") if namespaced else "", _name(request))


def propose(request: Request, place: Place, standing: Standing, policy: Policy, registry: Registry) -> Proposal:
    """Read and judge the object of a request that comes from a place."""
    reading = read(_text(_document(request)), *place, registry=registry)
    if not reading.resources:
        return Proposal(key=None, diagnostics=reading.faults)
    resource, noted = reading.resources[0]
    key = resource.key
    claim = accept(resource, (*reading.faults, *noted), standing.claims.get(place), policy)
    if not claim.accepted:
        return Proposal(key=key, diagnostics=claim.diagnostics)
    claims = {**standing.claims, place: claim}
    state = State(claims={key: claims}, contested={key} if len(claims) > 1 else set())
    if standing.pin is not None:
        state.pins[key] = standing.pin
    serving = wanted(state, key, policy)
    said = [found for found in report.diagnostics(state, policy) if found.origin.place == resource.origin.place]
    return Proposal(key=key, diagnostics=tuple(said), serving=serving, ours=serving is claim.served)


def _text(document: dict[str, Any]) -> bytes:
    """Return an object's JSON; of one that is too deep to be written, so much that its reader says so."""
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return b'{"spec":' * (DEFAULT_LIMITS.depth + 1)


def _document(request: Request) -> dict[str, Any]:
    """Return the object without what nobody reads, with the name and the namespace that the request says."""
    document = {name: value for name, value in (request.object or {}).items() if name != "status"}
    metadata = document.get("metadata")
    if isinstance(metadata, dict):
        metadata = {name: value for name, value in metadata.items() if name not in _UNREAD}
        if not metadata.get("name") and (name := _name(request)):
            metadata["name"] = name
        if not metadata.get("namespace") and request.namespace:
            metadata["namespace"] = request.namespace
        document["metadata"] = metadata
    return document


def _name(request: Request) -> str:
    if request.name:
        return request.name
    metadata = (request.object or request.old_object or {}).get("metadata")
    fields = metadata if isinstance(metadata, dict) else {}
    name, prefix = fields.get("name"), fields.get("generateName")
    if isinstance(name, str) and name:
        return name
    return f"{prefix}{_NOT_YET}" if isinstance(prefix, str) and prefix else ""
