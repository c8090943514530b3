"""Of many objects that one problem is about, the first few: enough to find the others by. Pure.

Where a thousand objects claim one thing, to name all of them in the findings of each would be a million names.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

S = TypeVar("S")
T = TypeVar("T")

MOST_NAMED: Final = 10
"""Objects that one finding names."""


def few(found: Iterable[T]) -> tuple[T, ...]:
    """Return the first things, one more than are named, so that it is known where there are others."""
    return tuple(islice(found, MOST_NAMED + 1))


def few_by_first(found: Iterable[tuple[T, S]]) -> tuple[tuple[T, S], ...]:
    """Return the first pairs likewise, of those with one first thing only the first."""
    first: dict[T, S] = {}
    for one, other in found:
        first.setdefault(one, other)
        if len(first) > MOST_NAMED:
            break
    return tuple(first.items())


def in_words(names: Sequence[str]) -> str:
    """Return names with commas between, and that there are others where there are more than are named."""
    return ", ".join(names[:MOST_NAMED]) + (" and others" if len(names) > MOST_NAMED else "")
