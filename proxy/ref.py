"""`Ref`: the name of an Envoy resource and how to make it. Pure data.

The names that a proxy sees are joined from small tuples of these; the resource itself is made where somebody asks.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple


class Ref(NamedTuple):
    """An Envoy resource by its name: `view.derive(ref.rule, ref.key)` gives its `Encoded` form, or None."""

    name: str
    rule: Any
    key: Hashable
