"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from galley.app.events import Event, Events


async def event_stream(events: Events, since: int, after: str, *, follow: bool) -> AsyncIterator[bytes]:
    """Yield events from revision `since` on, after the one with the id `after`; with `follow`, also those that come.

    Each is a CloudEvent under its id and type. A comment begins the stream, and tells now and then that it lives.
    """
    yield b": galley\n\n"
    if not follow:
        for event in events.kept(after):
            if event.data.revision >= since:
                yield _framed(event)
        return
    async for told in events.follow(after):
        if told is None:
            yield b": nothing new\n\n"
        elif told.data.revision >= since:
            yield _framed(told)


def _framed(event: Event) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event.id.encode(), event.data.TYPE.encode(), event.body)
