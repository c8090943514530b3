"""`lines_of`: the lines of an answer that does not end, within limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from galley.sources.platform.lost import Lost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

LONGEST: Final = 4 << 20
"""Bytes of one line, at most."""


async def lines_of(response: httpx.Response, silence: float) -> AsyncIterator[bytes]:
    """Give each line as it comes, without its end; raise Lost after so many seconds without a byte."""
    rest = bytearray()
    chunks = response.aiter_raw()
    while True:
        try:
            async with asyncio.timeout(silence):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Lost(f"{response.url.copy_with(query=None)} has said nothing for {silence:.0f} s") from None
        *lines, last = chunk.split(b"\n")
        for line in lines:
            yield bytes(rest + line)
            rest.clear()
        rest += last
        if len(rest) > LONGEST:
            raise Lost(f"{response.url.copy_with(query=None)} sends a line of more than {LONGEST >> 20} MiB")
