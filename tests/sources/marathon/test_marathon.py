"""Streams that end, tokens, and what is asked of a server that speaks Marathon's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sources.contract import eventually, until_synced
from tests.sources.listener import Listener
from tests.sources.marathon.marathon_server import marathon
from tests.sources.marathon.world import MarathonWorld, app, task

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_happened_while_no_stream_was_open_is_heard() -> None:
    """A stream that opens means asking for everything; nothing is deleted or repeated meanwhile."""
    with marathon() as server:
        world = MarathonWorld(server)
        world.change({"a": 1, "b": 1})
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await until_synced(listener)
            server.end_streams()
            server.put(app("/a", task("a.1"), labels={"value": "2"}))
            server.remove("/b")
            await eventually(lambda: world.names(listener) == {"a"} and world.value_of(listener, "a") == "2")
            assert source.status.failures == 1
            await eventually(lambda: not source.status.errors)


async def test_an_event_leads_to_one_question() -> None:
    """About the app that it names; one that names none leads to the list, one that is about none to nothing."""
    with marathon() as server:
        world = MarathonWorld(server)
        world.change({"a": 1, "b": 1})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener)
            server.asked()
            world.change({"a": 2})
            assert world.said(await listener.next()) == ["+a"]
            assert server.asked() == ["/v2/apps/a"]
            server.tell("framework_message_event")
            server.put(app("/c", task("c.1"), labels={"value": "1"}))
            server.tell("deployment_success", id="x")
            assert world.said(await listener.next()) == ["+c"]
            assert server.asked() == ["/v2/apps"]


async def test_a_token_that_is_needed(tmp_path: Path) -> None:
    """Without it the status says what to do; with it, all is well."""
    with marathon() as server:
        file = tmp_path / "token"
        file.write_text("wrong")
        world = MarathonWorld(server, token_file=str(file))
        world.change({"a": 1})
        server.become(token="s3cret")
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await eventually(lambda: any("token_file" in error for error in source.status.errors))
            file.write_text("s3cret\n")
            await until_synced(listener)
            assert world.names(listener) == {"a"}
