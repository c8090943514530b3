"""The gRPC shell of Mixer: Envoy's access log service.

Messages of a stream are read one after the other, and only as fast as records may come: whoever is too fast is not
read, so that flow control stops it. A large message is counted in slices, between which others have the loop.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

import grpc
import grpc.aio
import structlog
from envoy.service.accesslog.v3 import als_pb2
from google.protobuf.message import DecodeError

from mixer.connections import Connections
from mixer.index import Index
from mixer.recorder import Recorder
from mixer.telemetry import Telemetry
from mixer.throttle import RATE, Throttle

SERVICE = "envoy.service.accesslog.v3.AccessLogService"
METHOD = "StreamAccessLogs"
MAX_MESSAGE_BYTES = 1024 * 1024  # Envoy sends 16 KiB unless told otherwise; Mixer took 1 MiB
MAX_STREAMS = 4_096  # an Envoy has one for each of its workers and logs
SLICE = 100

_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 60_000),  # a proxy whose machine is gone does not hold a stream for ever
    ("grpc.keepalive_timeout_ms", 20_000),
)
_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"
_log = structlog.get_logger("mixer")


class AccessLogService:
    """Counts what proxies log, in `telemetry`, by what `index` knows."""

    def __init__(
        self, index: Index, telemetry: Telemetry, *, rate: float = RATE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._index = index
        self._telemetry = telemetry
        self._connections = Connections()
        self._throttle = Throttle(rate)
        self._clock = clock

    def handler(self) -> Any:  # noqa: ANN401  the stubs have no type for a handler of this kind
        """The handler to add to a server."""
        method = grpc.stream_unary_rpc_method_handler(self._stream)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def _stream(self, messages: AsyncIterator[bytes], context: _Context) -> bytes:
        recorder = Recorder(self._index, self._telemetry, self._connections)
        self._telemetry.streams += 1
        try:
            async for data in messages:
                await self._count(recorder, data)
        except DecodeError:
            _log.warning("mixer.message.refused", peer=context.peer())
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the bytes are not a StreamAccessLogsMessage")
        finally:
            self._telemetry.streams -= 1
        empty: bytes = als_pb2.StreamAccessLogsResponse().SerializeToString()
        return empty

    async def _count(self, recorder: Recorder, data: bytes) -> None:
        message = als_pb2.StreamAccessLogsMessage.FromString(data)
        if message.HasField("identifier"):
            recorder.identify(message.identifier)
        http, tcp = message.http_logs.log_entry, message.tcp_logs.log_entry
        for count, entries in ((recorder.http, http), (recorder.tcp, tcp)):
            for start in range(0, len(entries), SLICE):
                now = self._clock()
                for entry in entries[start : start + SLICE]:
                    count(entry, now)
                await asyncio.sleep(0)
        await self._wait(len(http) + len(tcp))

    async def _wait(self, records: int) -> None:
        seconds = self._throttle.take(records, self._clock())
        if seconds > 0:
            self._telemetry.waited += seconds
            await asyncio.sleep(seconds)


class MixerServer:
    """The port that proxies send their logs to."""

    def __init__(self, service: AccessLogService, max_streams: int = MAX_STREAMS) -> None:
        self._server = grpc.aio.server(
            handlers=(service.handler(),), options=_OPTIONS, maximum_concurrent_rpcs=max_streams
        )

    async def start(self, address: str) -> int:
        """Listens on `HOST:PORT`, plain text, and says on which port. `RuntimeError` where the port is in use."""
        port = self._server.add_insecure_port(address)
        await self._server.start()
        _log.info("mixer.listening", address=address, port=port)
        return port

    async def stop(self, grace: float = 1.0) -> None:
        """Ends; streams never end by themselves, so they are cut after `grace` seconds."""
        await self._server.stop(grace)
