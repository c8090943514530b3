"""Delta clients, a connection and a stream each, that take what a sidecar takes and say when a token has come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import discovery_pb2
from grpc import aio

from proxy.resource_type import ResourceType
from tests.bench.mesh import ROUTE_TABLE

SERVICE, METHOD = "envoy.service.discovery.v3.AggregatedDiscoveryService", "DeltaAggregatedResources"
_QUIET = 0.7
_PATIENCE = 60.0


class Fleet:
    """So many clients; `received` counts the bytes of responses, `resources` what was in them."""

    def __init__(self, size: int) -> None:
        """Name the size; `connected` opens the streams."""
        self.size = size
        self.received = 0
        self.resources = 0
        self.ended = 0
        """How many streams the server has ended."""
        self.last = 0.0
        """When the last response was answered, in the loop's time."""
        self._ready: set[int] = set()
        self._token = b""
        self._waiting: set[int] = set()
        self._complete = asyncio.Event()

    def expect(self, token: str) -> None:
        """From now on, look for the token."""
        self._token = token.encode()
        self._waiting = set(range(self.size))
        self._complete.clear()

    async def complete(self) -> float:
        """Return when the last client had answered the response with the token, in the loop's time."""
        async with asyncio.timeout(_PATIENCE):
            await self._complete.wait()
        return self.last

    async def quiet(self) -> None:
        """Return once every client has its virtual hosts, and nothing has come for a while."""
        loop = asyncio.get_running_loop()
        while len(self._ready) < self.size or self.last + _QUIET > loop.time():
            await asyncio.sleep(0.05)

    async def run(self, number: int, address: str, *, xds: bool) -> None:
        """Be a client until cancelled."""
        async with aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            call: Any = _stub(channel)
            for request in _first(number) if xds else [discovery_pb2.DeltaDiscoveryRequest()]:
                await call.write(request.SerializeToString())
            if not xds:
                self._ready.add(number)
            while (data := await call.read()) is not aio.EOF:  # type: ignore[attr-defined]
                await self._take(number, call, data, xds=xds)
            self.ended += 1

    async def _take(self, number: int, call: Any, data: bytes, *, xds: bool) -> None:  # noqa: ANN401  untyped by grpc
        reply = discovery_pb2.DeltaDiscoveryRequest()
        if xds:
            response = discovery_pb2.DeltaDiscoveryResponse.FromString(data)
            reply = discovery_pb2.DeltaDiscoveryRequest(type_url=response.type_url, response_nonce=response.nonce)
            self.resources += len(response.resources)
            if response.type_url == ResourceType.VIRTUAL_HOST.type_url:
                self._ready.add(number)
        self.received += len(data)
        await call.write(reply.SerializeToString())
        self.last = asyncio.get_running_loop().time()
        if number in self._waiting and self._token in data:
            self._waiting.discard(number)
            if not self._waiting:
                self._complete.set()


def _first(number: int) -> list[discovery_pb2.DeltaDiscoveryRequest]:
    """What a sidecar asks for at its start; it knows what its route configuration is called."""
    node = base_pb2.Node(
        id=f"sidecar~10.9.{number // 250}.{number % 250}~app-{number}.default~default.svc.cluster.local",
        user_agent_name="envoy",
    )
    urls = [type_.type_url for type_ in (ResourceType.CLUSTER, ResourceType.LISTENER)]
    return [
        discovery_pb2.DeltaDiscoveryRequest(node=node, type_url=urls[0]),
        discovery_pb2.DeltaDiscoveryRequest(type_url=urls[1]),
        discovery_pb2.DeltaDiscoveryRequest(
            type_url=ResourceType.ROUTE.type_url, resource_names_subscribe=[ROUTE_TABLE]
        ),
        discovery_pb2.DeltaDiscoveryRequest(type_url=ResourceType.VIRTUAL_HOST.type_url),
    ]


@asynccontextmanager
async def connected(size: int, address: str, *, xds: bool = True) -> AsyncIterator[Fleet]:
    """Connect a fleet, and wait until it has what there is; `xds`: to a discovery server, else to a bare one."""
    fleet = Fleet(size)
    fleet.last = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as tasks:
        clients = [tasks.create_task(fleet.run(number, address, xds=xds)) for number in range(size)]
        await fleet.quiet()
        yield fleet
        for client in clients:
            client.cancel()


def _stub(channel: Any) -> Any:  # noqa: ANN401  grpc.aio has no types for bytes
    return channel.stream_stream(f"/{SERVICE}/{METHOD}")()
