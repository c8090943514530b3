"""Gives memory back once a burst of work is over, and keeps the garbage collector off what will stay.

Theory of operation. A mesh is a million small objects that live on. Python's collector would walk them all again and
again, a pause that every proxy waits for; what has survived a burst is therefore frozen (`gc.freeze`): never walked
again, and still freed by its reference count. What the burst itself freed lies in the C library's pools, until it is
asked to give it back (`malloc_trim`, glibc only); large messages stay out of the pools (`mallopt`), for the library
would otherwise learn from the first of them to keep the memory of the next.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable

_LOOK = 0.5
_ENOUGH = 5_000
_AGAIN = 8
_THRESHOLD = 50_000
_M_MMAP_THRESHOLD, _LARGE = -3, 128 << 10


async def tend_memory(stirred: Callable[[], int]) -> None:
    """Tend the process's memory until cancelled.

    `stirred` grows with all that comes, and may shrink with what goes (objects, results, streams): where it has moved
    far, and then not for half a second, memory is tended, and a little later once more: gRPC lets go by and by.
    """
    gc.set_threshold(_THRESHOLD, 20, 100)
    trim = _trim()
    tended, before, again = 0, stirred(), 0
    while True:
        await asyncio.sleep(_LOOK)
        now = stirred()
        if now == before and abs(now - tended) > _ENOUGH:
            _tend(trim)
            tended, again = now, _AGAIN
        elif again:
            again -= 1
            if not again:
                _tend(trim)
        before = now


def _tend(trim: Callable[[int], object]) -> None:
    gc.collect(1)  # the oldest are not walked: what stays is most of them, and cycles among them are few
    gc.freeze()
    trim(0)


def _trim() -> Callable[[int], object]:
    """Return glibc's `malloc_trim`, or nothing's like; set the size from which memory is given back at once."""
    try:
        library = ctypes.CDLL("libc.so.6")
        found: Callable[[int], object] = library.malloc_trim
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
    except (OSError, AttributeError):
        return lambda _: None
    return found
