"""What became of an object, in the words that statuses of every shape have. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from galley.app.kubernetes_status.fate import Fate

NAMED: Final = 3
"""Of several findings or proxies, those that are named."""

_LONGEST: Final = 1024


def one_line(text: str) -> str:
    """Return a text that may come from anywhere as a condition's message has it."""
    return " ".join(text.split())[:_LONGEST]


def first_error(fate: Fate) -> str:
    """Return why an object is not accepted: field, text and remedy of the first error, and how many more there are."""
    first = fate.errors[0]
    field = f"{first.path}: " if first.path else ""
    hint = f"; {first.hint}" if first.hint else ""
    return f"{field}{first.message}{hint}{more(len(fate.errors), 1)}"


def live(fate: Fate) -> str:
    """Return on how many proxies an object is live."""
    return f"revision {fate.revision} is live on {fate.applied} of {fate.of} proxies"


def uncounted(fate: Fate) -> str:
    """Return on how many proxies an object is live, where those of other servers are not known."""
    return f"{live(fate)} of this server; {fate.unknown}"


def waiting(fate: Fate) -> str:
    """Return on which proxies it is not live yet."""
    left = len(fate.pending) - NAMED
    return f"not yet on {', '.join(fate.pending[:NAMED])}" + (f" and {left} more" if left > 0 else "")


def refusals(fate: Fate) -> str:
    """Return which proxies refuse what, in their own words."""
    return "; ".join(f"{item.subscriber} refuses {item.name}: {item.reason}" for item in fate.refused[:NAMED])


def more(count: int, told: int = NAMED) -> str:
    """Return how many of so many are not told."""
    return f" (and {count - told} more)" if count > told else ""
