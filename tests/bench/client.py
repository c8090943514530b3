"""One careful client of a real server: it applies what it is sent as Envoy does, and knows what it must come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import discovery_pb2
from google.rpc import status_pb2
from grpc import aio

from pipeline.derive import Graph
from proxy.catalogue import refs
from proxy.node import node_of
from proxy.resource_type import ResourceType
from proxy.scope import scope_of
from proxy.xds.delta import DeltaRequest
from tests.bench.fleet import METHOD, SERVICE
from tests.xds.delta_client import DeltaClient

NODE = "sidecar~10.9.0.1~app.default~default.svc.cluster.local"


class CountingClient(DeltaClient):
    """Counts what it was sent though it had it, and the streams that ended."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.again = 0
        self.ended = 0

    def take(self, data: bytes) -> None:
        """Take a response."""
        response = discovery_pb2.DeltaDiscoveryResponse.FromString(data)
        held = next(books for type_, books in self.books.items() if type_.type_url == response.type_url)
        self.again += sum(1 for item in response.resources if held.get(item.name) == item.version)
        super().take(data)


def wanted(graph: Graph) -> dict[ResourceType, dict[str, bytes]]:
    """Return what the client is to have of a mesh."""
    scope = graph.derive(scope_of, node_of(NODE, {}))
    found = {}
    for type_ in (ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER, ResourceType.VIRTUAL_HOST):
        made = {ref.name: graph.derive(ref.rule, ref.key) for ref in graph.derive(refs, (scope, type_))}
        found[type_] = {name: one.body for name, one in made.items() if one is not None}
    return found


@asynccontextmanager
async def connected(client: DeltaClient, address: str) -> AsyncIterator[None]:
    """Drive a client's requests and responses over a real stream."""
    client.connect()
    async with aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        call: Any = channel.stream_stream(f"/{SERVICE}/{METHOD}")()  # type: ignore[call-arg]
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(_read(client, call))
            yield
            reader.cancel()


async def _read(client: DeltaClient, call: Any) -> None:  # noqa: ANN401  grpc.aio has no types for bytes
    node: base_pb2.Node | None = base_pb2.Node(id=NODE, user_agent_name="envoy")
    while True:
        for requests in client.outbox.values():
            while requests:
                await call.write(_bytes(requests.popleft(), node))
                node = None
        data = await call.read()
        if data is aio.EOF:  # type: ignore[attr-defined]
            if isinstance(client, CountingClient):
                client.ended += 1
            return
        client.take(data)


def _bytes(request: DeltaRequest, node: base_pb2.Node | None) -> bytes:
    message = discovery_pb2.DeltaDiscoveryRequest(
        node=node,
        type_url=request.type.type_url,
        resource_names_subscribe=request.subscribe,
        resource_names_unsubscribe=request.unsubscribe,
        initial_resource_versions=request.initial_versions,
        response_nonce=request.nonce,
        error_detail=status_pb2.Status(message=request.error) if request.error else None,
    )
    return bytes(message.SerializeToString())
