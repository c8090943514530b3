"""The access log service over a real socket: its limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pytest
from envoy.service.accesslog.v3 import als_pb2
from hypothesis import given
from hypothesis import strategies as st

from mixer.server import MAX_MESSAGE_BYTES, METHOD, SERVICE, AccessLogService, MixerServer
from mixer.telemetry import Telemetry
from mixer.throttle import RATE, Throttle
from tests.mixer.builders import entry, http, index, node, service, tcp


@asynccontextmanager
async def _running(max_streams: int = 10, rate: float = RATE) -> AsyncIterator[tuple[Telemetry, Any]]:
    """A server, its telemetry, and what opens a stream of bytes to it."""
    telemetry = Telemetry()
    known = index(service(), entry("reviews-v1", "10.0.0.2", {"app": "reviews"}))
    server = MixerServer(AccessLogService(known, telemetry, rate=rate), max_streams)
    port = await server.start("127.0.0.1:0")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield telemetry, channel.stream_unary(f"/{SERVICE}/{METHOD}", None, None)
    await server.stop(0)


def _message(records: int = 0, *, identified: bool = False, connections: int = 0) -> bytes:
    message = als_pb2.StreamAccessLogsMessage()
    if identified:
        message.identifier.node.CopyFrom(node(WORKLOAD_NAME="web"))
    if records:
        message.http_logs.log_entry.extend([http()] * records)
    if connections:  # a message has one kind of records
        message.tcp_logs.log_entry.extend([tcp()] * connections)
    data: bytes = message.SerializeToString()
    return data


async def _send(*messages: bytes) -> AsyncIterator[bytes]:
    for message in messages:
        yield message


async def test_who_reports_is_said_once_a_stream() -> None:
    """Records of later messages, of both kinds, count for the node of the first."""
    async with _running() as (telemetry, open_stream):
        await open_stream(_send(_message(identified=True), _message(250), _message(connections=2), _message(3)))
        counted = {labels.source_workload: series.count for labels, series in telemetry.http.items()}
        closed = {labels.source_workload: series.closed for labels, series in telemetry.tcp.items()}
        assert (counted, closed) == ({"web": 253}, {"web": 2})
        assert telemetry.streams == 0


async def test_bytes_that_are_no_message_end_their_own_stream_alone() -> None:
    """With INVALID_ARGUMENT; the next stream is served."""
    async with _running() as (telemetry, open_stream):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await open_stream(_send(b"\xff\xff\xff"))
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        await open_stream(_send(_message(1)))
        assert (telemetry.records["http"], telemetry.streams) == (1, 0)


async def test_a_message_that_is_too_large_is_refused() -> None:
    """Before it is parsed."""
    async with _running() as (telemetry, open_stream):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await open_stream(_send(b"\0" * (MAX_MESSAGE_BYTES + 1)))
        assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert telemetry.records["http"] == 0


async def test_streams_beyond_the_limit_are_refused() -> None:
    """And taken again when another ends."""
    async with _running(max_streams=1) as (telemetry, open_stream):
        first = open_stream()
        await first.write(_message(1, identified=True))
        while not telemetry.streams:
            await first.write(_message())
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await open_stream(_send(_message(1)))
        assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        await first.done_writing()
        await first
        await open_stream(_send(_message(1)))
        assert telemetry.records["http"] == 2


async def test_who_sends_faster_than_allowed_is_read_later() -> None:
    """All of it is counted, and the wait is measured."""
    async with _running(rate=1000) as (telemetry, open_stream):
        await open_stream(_send(_message(1000), _message(100), _message(1)))
        assert telemetry.records["http"] == 1101
        assert telemetry.waited > 0.05


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 3)), min_size=1, max_size=40))
def test_a_throttle_lets_no_more_through_than_its_rate_and_one_burst(steps: list[tuple[int, float]]) -> None:
    """Whoever waits as long as it is told never goes beyond the rate, plus the burst it may begin with."""
    throttle, now, taken = Throttle(rate=100, burst=1), 0.0, 0
    for records, pause in steps:
        now += pause
        taken += records
        now += throttle.take(records, now)
        assert taken <= 100 + 100 * now + 1e-6
