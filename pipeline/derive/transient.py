"""Rules whose results are cheap to make again, and large to keep. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_TRANSIENT: set[object] = set()


def transient(rule: F) -> F:
    """Let the graph drop the rule's results after each settle (a decorator).

    What was read stays known, so that a change still finds the result's readers; whoever reads it again has it made
    again. A transient result always counts as changed when something that it read has changed.
    """
    _TRANSIENT.add(rule)
    return rule


def is_transient(rule: object) -> bool:
    """Tell whether a rule's results are dropped."""
    return rule in _TRANSIENT
