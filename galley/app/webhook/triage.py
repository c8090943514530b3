"""What is let through without a look, and what may not be refused whatever is wrong with it. Pure."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from schemas.kind import Kind
from schemas.registry import is_ours

if TYPE_CHECKING:
    from collections.abc import Collection

    from galley.app.webhook.admission import Request
    from schemas.registry import Registry

_STORES: Final = frozenset({"CREATE", "UPDATE"})
_NO_CONTENT: Final = frozenset({"metadata", "status"})


class Care(Enum):
    """How a request is treated."""

    PASS = auto()
    """Let through at once: it is not ours to judge."""
    JUDGE = auto()
    """Judged; errors refuse it."""
    WARN = auto()
    """Judged, and never refused: what it says does not change, so that a broken object can still be finalized."""
    FAREWELL = auto()
    """Let through; who misses the object is named."""


def care(request: Request, registry: Registry, excluded: Collection[str]) -> Care:
    """Say how a request is to be treated, given the namespaces that are let through."""
    if request.sub_resource or request.namespace in excluded or not _judged(request, registry):
        return Care.PASS
    if request.operation == "DELETE":
        return Care.FAREWELL if request.name else Care.PASS
    if request.operation not in _STORES or request.object is None:
        return Care.PASS
    if _metadata(request.object).get("deletionTimestamp"):
        return Care.PASS
    old = request.old_object
    return Care.WARN if old is not None and _same(_content(old), _content(request.object)) else Care.JUDGE


def _judged(request: Request, registry: Registry) -> bool:
    found = registry.lookup(request.api_version, request.kind.kind)
    return not found.foreign if isinstance(found, Kind) else is_ours(request.kind.group)


def _metadata(document: dict[str, Any]) -> dict[str, Any]:
    found = document.get("metadata")
    return found if isinstance(found, dict) else {}


def _content(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _NO_CONTENT}


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    try:
        return one == other
    except RecursionError:  # deeper than any object is; whoever reads it says so
        return False
