"""A registry, or who sits in its place, may answer anything: what was said stays, and it is asked again in time."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import pytest

from galley.settings.consul import ConsulSettings
from galley.settings.marathon import MarathonSettings
from galley.settings.nomad import NomadSettings
from galley.sources.consul import catalogue
from galley.sources.consul.catalogue import ConsulCatalogue
from galley.sources.marathon import apps
from galley.sources.marathon.apps import MarathonApps
from galley.sources.nomad import services
from galley.sources.nomad.services import NomadServices
from galley.sources.platform import client
from galley.sources.platform.objects import Home
from galley.sources.platform.source import PlatformSource
from tests.sources.contract import eventually, until_synced
from tests.sources.listener import Listener
from tests.sources.platform.hostile_registry import Misdeed, answer, hostile_registry
from tests.sources.platform.registry_world import value_in

if TYPE_CHECKING:
    from pathlib import Path

    from galley.sources.platform.source import Followed

KINDS = ("consul", "nomad", "marathon")
INDEXES = "X-Consul-Index: 99\r\nX-Nomad-Index: 99\r\n"


def source_of(kind: str, url: str, **settings: object) -> PlatformSource:
    """A source of each kind."""
    made: dict[str, Followed] = {
        "consul": ConsulCatalogue(ConsulSettings.model_validate({"address": url, **settings})),
        "nomad": NomadServices(NomadSettings.model_validate({"address": url, **settings})),
        "marathon": MarathonApps(MarathonSettings.model_validate({"address": url, **settings})),
    }
    return PlatformSource(made[kind], Home(kind, "default"), kind)


def says(body: bytes, status: str = "200 OK", headers: str = "") -> Misdeed:
    """Answer this."""

    async def misdeed(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(body, status, INDEXES + headers))

    return misdeed


async def endless(writer: asyncio.StreamWriter) -> None:
    """Never stop answering."""
    writer.write(f"HTTP/1.1 200 OK\r\n{INDEXES}Transfer-Encoding: chunked\r\n\r\n".encode())
    piece = b"[" + b" " * 65_535
    while True:
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    """Answer a byte at a time."""
    writer.write(f"HTTP/1.1 200 OK\r\n{INDEXES}Transfer-Encoding: chunked\r\n\r\n".encode())
    while True:
        writer.write(b"1\r\n \r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(60)
    writer.close()


async def half(writer: asyncio.StreamWriter) -> None:
    """Break off."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[")


async def garbage(writer: asyncio.StreamWriter) -> None:
    """Speak no HTTP."""
    writer.write(b"\x00\xff" * 5_000)


MISDEEDS: dict[str, Misdeed] = {
    "html": says(b"<html>sign in</html>"),
    "nothing": says(b""),
    "null": says(b"null"),
    "a number": says(b"1e999"),
    "a text": says(b'"a"'),
    "numbers": says(b"[1, 2, 3]"),
    "objects of nothing": says(b"[{}, {}]"),
    "wrong types": says(b'{"a": 1, "apps": [7], "app": "x", "Services": 3}'),
    "wrong types within": says(b'[{"Node": 5, "Service": [], "ID": {}, "Namespace": 1, "Services": {}}]'),
    "depth": says(b"[" * 100_000),
    "no text": says(b"[\xff\xfe]"),
    "an encoding": says(gzip.compress(b"[" * 10_000_000), headers="Content-Encoding: gzip\r\n"),
    "elsewhere": says(b"", "302 Found", "Location: http://127.0.0.1:9/v1/\r\n"),
    "forbidden": says(b"ACL not found", "403 Forbidden"),
    "gone": says(b"", "404 Not Found"),
    "too many": says(b"", "429 Too Many Requests"),
    "an error": says(b"rpc error: no leader", "500 Internal Server Error"),
    "no leader": says(b"[]", headers="X-Consul-KnownLeader: false\r\nX-Nomad-KnownLeader: false\r\n"),
    "endless": endless,
    "dripping": dripping,
    "silent": silent,
    "half": half,
    "garbage": garbage,
}


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for, and a megabyte for what is endless."""
    monkeypatch.setattr(client, "PATIENCE", 0.3)
    monkeypatch.setattr(client, "LARGEST", 1 << 20)
    monkeypatch.setattr(catalogue, "LIST_WAIT", 0.5)
    monkeypatch.setattr(services, "SILENCE", 0.5)
    monkeypatch.setattr(apps, "SILENCE", 0.5)


@pytest.mark.parametrize("misdeed", MISDEEDS.values(), ids=MISDEEDS)
@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_said_stays(kind: str, misdeed: Misdeed) -> None:
    """Nothing is deleted, the status or a fault says what is wrong, and when it is well again so is the source."""
    async with hostile_registry() as registry:
        source, listener = source_of(kind, registry.url), Listener()
        async with listener.running(source):
            await until_synced(listener)
            objects = set(listener.state.mesh)
            assert len(objects) == 2
            registry.turn(misdeed)
            await eventually(lambda: bool(source.status.errors or listener.state.faults), 20)
            assert set(listener.state.mesh) == objects
            registry.turn(None)
            await eventually(lambda: not source.status.errors and not listener.state.faults, 20)
            await eventually(lambda: value_in(listener, "a") == str(registry.value), 20)


@pytest.mark.parametrize("misdeed", ["html", "numbers", "objects of nothing", "endless", "wrong types within"])
@pytest.mark.parametrize(
    ("kind", "path"), [("consul", "/v1/health/"), ("nomad", "/v1/service/"), ("marathon", "/v2/apps/a")]
)
async def test_one_bad_answer_is_one_service_s(kind: str, path: str, misdeed: str) -> None:
    """It is a fault of that service, which names it; the source itself goes on."""
    async with hostile_registry() as registry:
        source, listener = source_of(kind, registry.url), Listener()
        async with listener.running(source):
            await until_synced(listener)
            registry.turn(MISDEEDS[misdeed], path)
            await eventually(lambda: bool(listener.state.faults), 20)
            [fault] = listener.state.faults.values()
            assert str(fault.origin) == "a"
            assert len(listener.state.mesh) == 2
            registry.turn(None)
            await eventually(lambda: not listener.state.faults, 20)


@pytest.mark.parametrize(("kind", "path"), [("nomad", "/v1/event/stream"), ("marathon", "/v2/events")])
@pytest.mark.parametrize("misdeed", ["forbidden", "gone", "an encoding"])
async def test_without_a_stream_changes_are_heard_all_the_same(
    kind: str, path: str, misdeed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By waiting for the list, or asking for it; the status says that there is no stream."""
    monkeypatch.setattr(apps, "POLL", 0.1)
    async with hostile_registry() as registry:
        registry.turn(MISDEEDS[misdeed], path)
        source, listener = source_of(kind, registry.url), Listener()
        async with listener.running(source):
            await until_synced(listener)
            await eventually(lambda: any("stream" in error for error in source.status.errors))
            registry.value = 7
            registry.turn(MISDEEDS[misdeed], path)
            await eventually(lambda: value_in(listener, "a") == "7")


@pytest.mark.parametrize("kind", KINDS)
async def test_who_does_not_wait_is_not_asked_without_end(kind: str) -> None:
    """A server that answers at once where it should wait costs a few requests, not all there is time for."""
    async with hostile_registry() as registry:
        source, listener = source_of(kind, registry.url), Listener()
        async with listener.running(source):
            await until_synced(listener)
            registry.turn(says(b"[]" if kind == "nomad" else b"{}", "500 Internal Server Error"))
            before = registry.requests
            await asyncio.sleep(1.5)
            assert registry.requests - before < 60


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_is_sent_and_never_told(kind: str, tmp_path: Path) -> None:
    """It is read from its file each time, is in the header that the registry wants, and in no message."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    async with hostile_registry() as registry:
        source, listener = source_of(kind, registry.url, token_file=str(file)), Listener()
        async with listener.running(source):
            await until_synced(listener)
            assert "s3cret" in registry.heads[-1]
            file.write_text("an0ther")
            registry.turn(says(b"token s3cret an0ther is unknown", "403 Forbidden"))
            await eventually(lambda: bool(source.status.errors))
            await eventually(lambda: "an0ther" in registry.heads[-1])
            assert not [error for error in source.status.errors if "s3cret" in error or "an0ther" in error]
            file.unlink()
            await eventually(lambda: any("cannot be read" in error for error in source.status.errors), 20)


async def test_an_index_that_goes_backwards_begins_anew() -> None:
    """What is told at a lower index is heard."""
    async with hostile_registry() as registry:
        source, listener = source_of("consul", registry.url), Listener()
        async with listener.running(source):
            await until_synced(listener)
            registry.index = 3
            registry.turn(None)
            await eventually(lambda: value_in(listener, "a") == str(registry.value))
            assert not source.status.errors


async def test_an_answer_without_an_index_is_not_consul_s() -> None:
    """The status says what may be between."""
    async with hostile_registry() as registry:
        source, listener = source_of("consul", registry.url), Listener()

        async def strip(writer: asyncio.StreamWriter) -> None:
            writer.write(answer(b"{}"))

        registry.turn(strip)
        async with listener.running(source):
            await eventually(lambda: any("X-Consul-Index" in error for error in source.status.errors))
            assert not source.status.synced
