"""`galley events`: what happens, as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from galley.app.cli.client import Client
    from galley.app.cli.follow import Frame

_QUIET = 45.0
"""Seconds without a word after which a stream is dead; the server says one every fifteen."""

_INTERRUPTED = 130


def events(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until interrupted.")] = False,
    since: Annotated[int, typer.Option(help="Leave out what is of revisions before this one.", min=0)] = 0,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show what has happened, the last thousand events that the server has told; with --follow, also what happens.

    JSON is one CloudEvent a line. Example: galley events --follow --since 41
    """
    from galley.app.cli.client import Client
    from galley.app.cli.event_text import print_event
    from galley.app.cli.printing import print_json_text

    client = Client(server, timeout=_QUIET)

    def show(frame: Frame) -> None:
        if output is Output.JSON:
            print_json_text(frame.data)
        else:
            print_event(frame.data)

    try:
        _read(client, {"since": since, "follow": follow}, show)
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None


def _read(client: Client, query: dict[str, object], show: Callable[[Frame], None]) -> None:
    """Show what the server has; where it follows, come back to a server that was there and is not."""
    import time

    from galley.app.cli.client import NO_SERVER, Unreachable
    from galley.app.cli.fail import fail
    from galley.app.cli.follow import frames, pauses
    from galley.app.cli.progress import progress

    after, pause, known = "", pauses(), False
    with progress() as say:
        while True:
            try:
                with client.lines("/api/v1/events", query, {"last-event-id": after}) as lines:
                    say("")
                    known, pause = True, pauses()
                    for frame in frames(lines):
                        after = frame.id
                        show(frame)
                reason = "the server has ended the stream"
            except Unreachable as error:
                if not known:
                    fail(str(error), NO_SERVER)
                if not query["follow"]:
                    fail(f"{error}; there may be more events than these", "ask again")
                reason = str(error)
            if not query["follow"]:
                return
            say(f"{reason}; asking again")
            time.sleep(next(pause))
