"""The discovery server's gRPC shell: bytes in, bytes out; everything it decides is `proxy.xds`.

Two tasks a stream, a reader and a writer. The writer asks the session for its next message whenever the last one is
written, so nothing is queued for a slow client; large messages take turns (`proxy.xds.turns`). A watchdog ends a stream
whose client leaves a response unread for too long. Nothing is answered before the first publish. No port is shared with
another process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import structlog
from grpc import aio

from proxy.node import Node
from proxy.resource_type import ResourceType
from proxy.xds.catalogue import NotServable
from proxy.xds.delta import DeltaSession
from proxy.xds.discovery import Discovery
from proxy.xds.protocol_fault import ProtocolFault
from proxy.xds.refusal import Refused
from proxy.xds.requests import read_delta, read_node, read_sotw
from proxy.xds.sotw import SotwSession
from proxy.xds.turns import Turns

_log = structlog.get_logger(__name__)

_KEEPALIVE_MS = 30_000
_MAX_REQUEST_BYTES = 32 << 20
_OPTIONS = [
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", _MAX_REQUEST_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", _KEEPALIVE_MS // 3),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 1_000),
    ("grpc.http2.max_ping_strikes", 0),
]
_SERVICES: dict[str, tuple[str, ResourceType | None]] = {
    "envoy.service.discovery.v3.AggregatedDiscoveryService": ("AggregatedResources", None),
    "envoy.service.cluster.v3.ClusterDiscoveryService": ("Clusters", ResourceType.CLUSTER),
    "envoy.service.endpoint.v3.EndpointDiscoveryService": ("Endpoints", ResourceType.ENDPOINT),
    "envoy.service.listener.v3.ListenerDiscoveryService": ("Listeners", ResourceType.LISTENER),
    "envoy.service.route.v3.RouteDiscoveryService": ("Routes", ResourceType.ROUTE),
    "envoy.service.route.v3.VirtualHostDiscoveryService": ("VirtualHosts", ResourceType.VIRTUAL_HOST),
    "envoy.service.secret.v3.SecretDiscoveryService": ("Secrets", ResourceType.SECRET),
}
_EOF: Any = aio.EOF  # type: ignore[attr-defined]
_STOPPING = "the server is stopping"
_TICK = 1.0
_TRIM_TICKS = 60
_LARGE = 64 << 10
_LARGE_AT_ONCE = 16 << 20
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """What a TLS address needs, in PEM: the server's chain and key, and the roots that clients are verified with."""

    chain: bytes
    key: bytes
    roots: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many streams there may be, and how many seconds a client may leave a response unread."""

    max_streams: int = 20_000
    write_timeout: float = 30.0


class Server:
    """The xDS server: `open` binds, `run` watches until `stop`."""

    def __init__(
        self,
        discovery: Discovery,
        limits: Limits | None = None,
        services: Sequence[grpc.GenericRpcHandler[Any, Any]] = (),
    ) -> None:
        """Serve what discovery has, and further services on the same addresses (renewal of certificates)."""
        self.discovery = discovery
        self._services = tuple(services)
        self._limits = limits or Limits()
        self._server: aio.Server | None = None
        self._streams: dict[_Stream, None] = {}
        self._turns = Turns(_LARGE_AT_ONCE)
        self.turnover = 0
        """How many streams were opened, and how many closed, since the start, as one number."""
        self._ready = asyncio.Event()
        self._stopped = asyncio.Event()

    async def open(
        self, address: str = "", tls_address: str = "", certificates: Callable[[], Certificates] | None = None
    ) -> dict[str, int]:
        """Listen; return the ports, `xds` and `xds_tls`, of the addresses given. Empty means off.

        Certificates are asked for again at every handshake, in a thread of gRPC's. Raises OSError where an address
        cannot be bound.
        """
        server = aio.server(options=_OPTIONS, maximum_concurrent_rpcs=self._limits.max_streams)
        ours = tuple(self._service(name, *entry) for name, entry in _SERVICES.items())
        server.add_generic_rpc_handlers((*ours, *self._services))
        ports = {}
        if address:
            ports["xds"] = _bind(address, lambda: server.add_insecure_port(address))
        if tls_address and certificates is not None:
            credentials = _credentials(certificates)
            ports["xds_tls"] = _bind(tls_address, lambda: server.add_secure_port(tls_address, credentials))
        await server.start()
        self._server = server
        return ports

    def ready(self) -> None:
        """The first snapshot is published: answer."""
        self._ready.set()

    async def run(self) -> None:
        """Watch the streams until `stop` is called."""
        ticks = 0
        while not self._stopped.is_set():
            try:
                async with asyncio.timeout(_TICK):
                    await self._stopped.wait()
            except TimeoutError:
                ticks += 1
                self._watch()
                if ticks % _TRIM_TICKS == 0:
                    self.discovery.cache.trim()

    async def stop(self, grace: float = 5.0) -> None:
        """End every stream as unavailable, so that its client reconnects elsewhere at once; wait `grace` seconds."""
        self._stopped.set()
        self._ready.set()
        for stream in list(self._streams):
            stream.end(_STOPPING)
        if self._server is not None:
            await self._server.stop(grace)

    def _watch(self) -> None:
        self.discovery.ledger.tick(time.time())
        for failure in self.discovery.cache.failures():
            _log.error("xds.rule_failed", error=failure)
        now = time.monotonic()
        for stream in list(self._streams):
            if stream.writing_since and now - stream.writing_since > self._limits.write_timeout:
                _log.warning("xds.client_too_slow", node=stream.node.id)
                stream.kill()

    # -- streams ------------------------------------------------------------------------------------------------------

    def _service(self, name: str, methods: str, only: ResourceType | None) -> Any:  # noqa: ANN401  untyped by grpc
        async def delta(_: object, context: Any) -> None:  # noqa: ANN401  grpc.aio has no types for bytes
            await self._serve(context, _DeltaStream, only)

        async def sotw(_: object, context: Any) -> None:  # noqa: ANN401  likewise
            await self._serve(context, _SotwStream, only)

        handlers = {f"Delta{methods}": delta, f"Stream{methods}": sotw}
        return grpc.method_handlers_generic_handler(
            name, {method: grpc.stream_stream_rpc_method_handler(handler) for method, handler in handlers.items()}
        )

    async def _serve(self, context: Any, variant: type[_Stream], only: ResourceType | None) -> None:  # noqa: ANN401  untyped by grpc
        await self._ready.wait()
        data = await context.read()
        if data is _EOF:
            return
        if self._stopped.is_set():
            await context.abort(grpc.StatusCode.UNAVAILABLE, _STOPPING)
            return
        try:
            node = read_node(data, delta=variant is _DeltaStream)
        except ProtocolFault as fault:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(fault))
            return
        try:
            stream = variant(self.discovery, self._turns, context, node, only)
        except NotServable as fault:
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"cannot be told what {fault} sees")
            return
        self._streams[stream] = None
        self.turnover += 1
        stream.first, data = data, b""
        try:
            await stream.serve()
        finally:
            del self._streams[stream]
            self.turnover += 1
            stream.close()


class _Stream:
    """One stream: the loops around a session."""

    def __init__(
        self,
        discovery: Discovery,
        turns: Turns,
        context: Any,  # noqa: ANN401  grpc.aio has no types for bytes
        node: Node,
        only: ResourceType | None,
    ) -> None:
        self._discovery = discovery
        self._turns = turns
        self._context = context
        self._only = only
        self._loop = asyncio.get_running_loop()
        self._parked: asyncio.Future[None] | None = None
        self._end: tuple[grpc.StatusCode, str] | None = None
        self._task = asyncio.current_task()
        self.node = node
        self.writing_since = 0.0
        self.first = b""
        """The first request; of a client that comes back it is large, and is not kept."""
        self.session = self._open()

    def _open(self) -> DeltaSession | SotwSession:
        raise AssertionError(self)

    def _receive(self, data: bytes) -> tuple[Refused, ...]:
        raise AssertionError(self, data)

    async def serve(self) -> None:
        """Serve until the client goes, or the server says so."""
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read())
            try:
                await self._write()
            finally:
                reader.cancel()
        if self._end is not None and self._end[0] is not grpc.StatusCode.OK:
            await self._context.abort(*self._end)

    def end(self, words: str) -> None:
        """Finish the message that is being written, and end the stream as unavailable."""
        self._finish(grpc.StatusCode.UNAVAILABLE, words)

    def kill(self) -> None:
        """End the stream though a write hangs."""
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Forget the session."""
        self._discovery.close(self.session, time.time())

    def _finish(self, code: grpc.StatusCode, words: str) -> None:
        self._end = self._end or (code, words)
        self.wake()

    def wake(self) -> None:
        """There may be something to write."""
        parked = self._parked
        if parked is not None and not parked.done():
            parked.set_result(None)

    async def _write(self) -> None:
        session = self.session
        while self._end is None:
            message = session.next()
            if message is None:
                self._discovery.ledger.idle(session)
                self._parked = self._loop.create_future()
                await self._parked
                self._parked = None
                continue
            if len(message.data) > _LARGE:
                await self._put_large(message.data)
            else:
                await self._put(message.data)

    async def _put(self, data: bytes) -> None:
        self.writing_since = time.monotonic()
        await self._context.write(data)
        self.writing_since = 0.0

    async def _put_large(self, data: bytes) -> None:
        begun = asyncio.Event()
        turn = self._turns.ask(len(data), begun.set)
        try:
            await begun.wait()
            patience = self._loop.call_later(_PATIENCE, self._turns.give_back, turn)
            await self._put(data)
            patience.cancel()
        finally:
            self._turns.give_back(turn)

    async def _read(self) -> None:
        data, self.first = self.first, b""
        try:
            while data is not _EOF:
                self._take(data)
                data = b""
                data = await self._context.read()
        except ProtocolFault as fault:
            self._finish(grpc.StatusCode.INVALID_ARGUMENT, str(fault))
        except NotServable as fault:
            self._finish(grpc.StatusCode.UNAVAILABLE, f"{fault} cannot be told")
        else:
            self._finish(grpc.StatusCode.OK, "")

    def _take(self, data: bytes) -> None:
        refused = self._receive(data)
        for event in refused:
            _log.warning(
                "xds.refused", node=self.node.id, type=event.type.word, resource=event.name, reason=event.reason
            )
        self._discovery.ledger.answered(self.session, refused, time.time())
        if self.session.has_work():
            self.wake()


class _DeltaStream(_Stream):
    def _open(self) -> DeltaSession:
        return self._discovery.open_delta(self.node, self.wake, time.time())

    def _receive(self, data: bytes) -> tuple[Refused, ...]:
        request = read_delta(data, self.node, self._only)
        session = self.session
        assert isinstance(session, DeltaSession)
        return () if request is None else session.receive(request)


class _SotwStream(_Stream):
    def _open(self) -> SotwSession:
        return self._discovery.open_sotw(self.node, self.wake, time.time())

    def _receive(self, data: bytes) -> tuple[Refused, ...]:
        request = read_sotw(data, self._only)
        session = self.session
        assert isinstance(session, SotwSession)
        return () if request is None else session.receive(request)


def _bind(address: str, bind: Callable[[], int]) -> int:
    try:
        port = bind()
    except RuntimeError as error:
        msg = f"cannot listen on {address}: {error}"
        raise OSError(msg) from error
    if not port:
        msg = f"cannot listen on {address}"
        raise OSError(msg)
    return port


def _credentials(certificates: Callable[[], Certificates]) -> grpc.ServerCredentials:
    def configuration() -> grpc.ServerCertificateConfiguration:
        now = certificates()
        return grpc.ssl_server_certificate_configuration([(now.key, now.chain)], now.roots)

    return grpc.dynamic_ssl_server_credentials(configuration(), configuration, require_client_authentication=True)
