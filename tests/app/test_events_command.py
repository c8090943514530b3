"""`galley events`: what has happened, and what happens, also over a restart of the server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import signal
import socket
import sys
from typing import TYPE_CHECKING

import orjson
import pytest

from galley.app.cli.event_text import event_text, print_event
from galley.app.cli.follow import Frame, frames, lines_of
from schemas.events import catalogue
from schemas.events.cloud_event import cloud_event
from tests.app.commands import entry, galley
from tests.app.live import running
from tests.app.told import checked, word

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_PATIENCE = 30.0


@contextlib.asynccontextmanager
async def following(*words: str, stderr: int = asyncio.subprocess.PIPE) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `galley events --follow` in a process of its own."""
    command = (sys.executable, "-m", "galley.app", "events", "--follow", *words)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=stderr)
    try:
        async with asyncio.timeout(_PATIENCE):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_with(process: asyncio.subprocess.Process, text: str) -> str:
    """Return the next line that a text is in."""
    assert process.stdout is not None
    while text not in (line := (await process.stdout.readline()).decode()):
        assert line, "the command has ended"
    return line


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def test_history_is_lines_or_one_cloud_event_a_line(tmp_path: Path) -> None:
    """Time, what, revision, what there is to say, trace; JSON is what the server tells, event by event."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        revision = status["revision"]
        await live.get("/api/v1/wait", revision=revision)
        server = ("--server", live.addresses["admin"])
        text = await asyncio.to_thread(galley, "events", *server)
        json = await asyncio.to_thread(galley, "events", "-o", "json", "--since", str(revision), *server)
    assert (text.code, json.code) == (0, 0), text.err + json.err
    events = [checked(line) for line in json.out.splitlines()]
    assert {event["data"]["revision"] for event in events} == {revision}
    (published,) = [event for event in events if word(event) == "published"]
    (line,) = [line for line in text.out.splitlines() if "ServiceEntry default/web" in line]
    when, what, number, *_, trace = line.split()
    assert when == f"{published['time'][:23]}Z"
    assert (what, number) == ("published", str(revision))
    assert trace in published["traceparent"]
    assert "\x1b" not in text.out


async def test_it_follows_over_a_restart_and_says_so_on_a_terminal(tmp_path: Path) -> None:
    """What a new life of the server tells comes after what the old one told; a progress line says what it waits for."""
    admin = {"address": f"127.0.0.1:{free_port()}"}
    terminal, theirs = pty.openpty()
    try:
        async with contextlib.AsyncExitStack() as stack:
            async with running(tmp_path, admin=admin) as live:
                process = await stack.enter_async_context(following("--server", admin["address"], stderr=theirs))
                (live.files / "a.yaml").write_text(entry("web"))
                assert "published" in await line_with(process, "default/web")
            said = ""
            while "asking again" not in said:
                said += (await asyncio.to_thread(os.read, terminal, 1_000)).decode()
            async with running(tmp_path, admin=admin) as live:
                (live.files / "b.yaml").write_text(entry("other", 2))
                assert "published" in await line_with(process, "default/other")
                process.send_signal(signal.SIGINT)
                assert await process.wait() == 130
    finally:
        os.close(terminal)
        os.close(theirs)


async def test_without_a_server_there_is_nothing_to_follow() -> None:
    """Exit code 2, with what to do; so for an address that is no Galley's."""
    for words in ((), ("--follow",)):
        ran = await asyncio.to_thread(galley, "events", *words, "--server", f"127.0.0.1:{free_port()}")
        assert ran.code == 2
        assert "no server at" in ran.err
        assert "galley serve" in ran.err


async def test_a_history_that_breaks_off_is_a_failure() -> None:
    """What came is shown, and exit code 2 says that it is not all."""
    body = cloud_event(catalogue.Confirmed(revision=4), id_="1", source="/galley/a", at=1.0, trace="")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        frame = b"id: 1\ndata: " + body + b"\n\n"
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(frame), frame))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ran = await asyncio.to_thread(galley, "events", "--server", f"127.0.0.1:{port}")
    assert "confirmed" in ran.out
    assert (ran.code, "there may be more" in ran.err) == (2, True), ran.err


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (catalogue.Applied(revision=1, applied=0, of=0, refused=0, complete=True), "no proxy is connected"),
        (catalogue.Applied(revision=1, applied=3, of=12, refused=0, complete=False), "live on 3/12 proxies"),
        (catalogue.Applied(revision=1, applied=12, of=12, refused=0, complete=True), "live on all 12/12 proxies"),
        (catalogue.Applied(revision=1, applied=1, of=2, refused=1, complete=True), "live on 1/2 proxies, 1 refuse it"),
        (
            catalogue.Held(revision=4, removed=9, of=10, emptied="git"),
            "would drop 9 of 10 objects, all that git had among them; `galley confirm 4` lets it through",
        ),
        (catalogue.RolledBack(revision=4, to=2), "back to revision 2"),
        (catalogue.Confirmed(revision=4), "let through"),
        (
            catalogue.Released(revision=4, resources=("A a/a", "B b/b", "C c/c", "D d/d"), count=7),
            "no longer pinned: A a/a, B b/b, C c/c (+4 more)",
        ),
        (
            catalogue.Nacked(revision=4, node="n", type="type.googleapis.com/envoy.Cluster", resource="c", reason="no"),
            "n refuses Cluster c: no",
        ),
        (
            catalogue.Denied(
                revision=4, resource="A a/a", user="ann", code="GLY0101", message="no", errors=1, untold=2
            ),
            "A a/a of ann: GLY0101: no (2 more were not told)",
        ),
        (
            catalogue.Rejected(
                revision=4, resource="A a/a", source="files", file="a.yaml", line=3, code="GLY0101", message="no"
            ),
            "a.yaml:3: GLY0101: no (A a/a)",
        ),
        (catalogue.Validated(revision=4, source="files", rejected=2), "files: 2 errors"),
        (catalogue.Received(revision=4, source="files", changes=1), "1 change from files"),
    ],
)
def test_every_event_is_a_sentence(event: catalogue.AnyEvent, text: str) -> None:
    """Said as people say it, with what to do where there is something."""
    assert event_text(event) == text


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"type": "io.galley.mesh.grown.v1", "data": {"by": 2}}, 'mesh.grown.v1      -  {"by":2}'),
        (
            {"type": "io.galley.revision.confirmed.v1", "data": {"revision": 7, "who": "ann"}},
            "confirmed        7  let through",
        ),
        ({"type": "io.galley.revision.confirmed.v1", "data": None}, "revision.confirmed.v1      -  null"),
        (
            {"type": "io.galley.object.denied.v1", "data": {"revision": "x"}},
            'object.denied.v1      -  {"revision":"x"}',
        ),
    ],
)
def test_what_a_newer_server_tells_is_shown(
    told: dict[str, object], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A type that is not known yet is shown as it is, a field that is not known left out; nothing ends the command."""
    print_event(orjson.dumps({"time": "2026-11-23T15:41:34.315402Z", **told}).decode())
    assert capsys.readouterr().out == f"2026-11-23T15:41:34.315Z  {line}\n"


def test_text_from_outside_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """A proxy's words stay on their line."""
    nacked = catalogue.Nacked(revision=4, node="n", type="t", resource="c", reason="no\x1b[2J\nforged")
    print_event(cloud_event(nacked, id_="a", source="/a", at=0.0, trace="").decode())
    assert capsys.readouterr().out.count("\n") == 1


def test_a_stream_is_cut_into_frames_wherever_its_bytes_are_cut() -> None:
    """Comments are none; half a frame is none; a line separator within a text breaks nothing."""
    text = ': galley\n\nid: a-1\nevent: x\ndata: {"a":"\u2028é"}\n\n: nothing new\n\nid: a-2\ndata: 2\n\nid: a-3\n'
    stream = text.encode()
    expected = [Frame(id="a-1", data='{"a":"\u2028é"}'), Frame(id="a-2", data="2")]
    for size in (1, 2, 7, len(stream)):
        chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert list(frames(lines_of(chunks))) == expected
