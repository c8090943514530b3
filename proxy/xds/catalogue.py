"""What the server asks of translation: which resources a scope sees, and each of them encoded. Types only."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple, TypeAlias

Scope: TypeAlias = Hashable
"""What a proxy sees, as a class: nodes with an equal scope share every table."""


class NotServable(Exception):
    """What a node sees cannot be told: a rule of our own failed. Its client is better served by what it has."""


class Catalogue(NamedTuple):
    """Two rules of the incremental graph.

    `scope_of(view, node)` gives a `Scope`; `refs(view, (scope, type))` the tuple of `proxy.ref.Ref` that the scope sees
    of a `proxy.resource_type.ResourceType`, each name once and equal to its resource's. A reference's rule and key give
    the `proxy.encoded.Encoded` resource, or None where there is none today.
    """

    scope_of: Any
    refs: Any
