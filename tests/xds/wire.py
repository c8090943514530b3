"""A raw gRPC client of the discovery server: messages in and out, nothing done on its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import discovery_pb2
from google.rpc import status_pb2
from grpc import aio

from proxy.resource_type import ResourceType
from tests.xds.talk import SIDECAR

ADS = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
ADS_SOTW = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
_EOF: Any = aio.EOF  # type: ignore[attr-defined]
_PATIENCE = 20


class Wire:
    """One stream; `delta` says which messages it speaks."""

    def __init__(self, call: Any, *, delta: bool, name: str) -> None:  # noqa: ANN401  grpc.aio has no types for bytes
        """Talk on a call as a node of that name."""
        self.call = call
        self._delta = delta
        self._node = base_pb2.Node(id=SIDECAR.format(name), user_agent_name="envoy")

    async def send(self, type_: ResourceType | str = "", **fields: Any) -> None:  # noqa: ANN401  a request's fields
        """Send a request; the first one names the node."""
        url = type_.type_url if isinstance(type_, ResourceType) else type_
        kind = discovery_pb2.DeltaDiscoveryRequest if self._delta else discovery_pb2.DiscoveryRequest
        await self.call.write(kind(type_url=url, node=self._node, **fields).SerializeToString())
        self._node = None

    async def read(self) -> Any:  # noqa: ANN401  a generated message
        """Return the next response."""
        async with asyncio.timeout(_PATIENCE):
            data = await self.call.read()
        assert data is not _EOF, await self.call.details()
        kind = discovery_pb2.DeltaDiscoveryResponse if self._delta else discovery_pb2.DiscoveryResponse
        return kind.FromString(data)

    async def ask(self, type_: ResourceType, *names: str) -> list[str]:
        """Ask for a type, ACK the answer, and return the names that it carries."""
        await self.send(type_, resource_names_subscribe=names)
        return await self.take()

    async def take(self, error: str | None = None) -> list[str]:
        """Read a delta response and answer it; return the names that it carries."""
        response = await self.read()
        detail = {"error_detail": status_pb2.Status(message=error)} if error is not None else {}
        await self.send(response.type_url, response_nonce=response.nonce, **detail)
        return [item.name for item in response.resources]

    async def code(self) -> grpc.StatusCode:
        """Return how the server ended the call."""
        async with asyncio.timeout(_PATIENCE):
            return await self.call.code()  # type: ignore[no-any-return]


@asynccontextmanager
async def channel(port: int, credentials: grpc.ChannelCredentials | None = None) -> AsyncIterator[Any]:
    """A connection of its own to the server."""
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
    target = f"127.0.0.1:{port}"
    made = (
        aio.insecure_channel(target, options=options)
        if credentials is None
        else aio.secure_channel(target, credentials, options=[*options, ("grpc.ssl_target_name_override", "localhost")])
    )
    async with made:
        yield made


@asynccontextmanager
async def wire(port: int, method: str = ADS, name: str = "a") -> AsyncIterator[Wire]:
    """A stream on a connection of its own."""
    async with channel(port) as connection:
        yield Wire(connection.stream_stream(method)(), delta="Delta" in method, name=name)
