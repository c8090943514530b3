"""`unwrapped`: what ends a source's run leaves it as it is, and not in the groups of the tasks that it ended.

Whoever runs a source must know a log that takes nothing (`galley.app.supervise.follow`) from a fault of ours.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unwrapped() -> Iterator[None]:
    """Raise the one error of a group, or of a group in it, itself; a group of several stays a group."""
    try:
        yield
    except ExceptionGroup as group:
        error: Exception = group
        while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        if error is not group:
            raise error from None
        raise
