"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from galley.app.events import Events


async def event_stream(events: Events, since: int, after: int) -> AsyncIterator[bytes]:
    """Yield events from revision `since` on and with an id above `after`, for as long as somebody listens."""
    yield b": galley\n\n"
    async for event in events.follow(after):
        if event.revision >= since:
            yield b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.type.encode(), orjson.dumps(asdict(event)))
