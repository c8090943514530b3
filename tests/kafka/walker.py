"""`Walker`: a proxy that goes from one xDS server to another and says, as Envoy does, what it has already."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import discovery_pb2
from grpc import aio

from tests.xds.delta_client import DeltaClient
from tests.xds.talk import SIDECAR
from tests.xds.wire import ADS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from proxy.resource_type import ResourceType
    from proxy.xds.delta import DeltaRequest


class Walker:
    """A client machine on real streams, one after the other."""

    def __init__(self, name: str) -> None:
        """Be a sidecar of this name."""
        self.client = DeltaClient()
        self.node = SIDECAR.format(name)
        self.ended = 0
        """How many streams the server has ended."""

    @property
    def versions(self) -> dict[tuple[ResourceType, str], str]:
        """The version of everything that it has."""
        return {(type_, name): one for type_, books in self.client.books.items() for name, one in books.items()}

    @asynccontextmanager
    async def at(self, address: str) -> AsyncIterator[None]:
        """Be connected to a server."""
        self.client.connect()
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with aio.insecure_channel(address, options=options) as channel, asyncio.TaskGroup() as tasks:
            untyped: Any = channel
            call = untyped.stream_stream(ADS)()
            task = tasks.create_task(self._talk(call))
            try:
                yield
            finally:
                call.cancel()
                task.cancel()

    async def _talk(self, call: Any) -> None:  # noqa: ANN401  untyped by grpc
        node: base_pb2.Node | None = base_pb2.Node(id=self.node, user_agent_name="envoy")
        try:
            while True:
                for queue in self.client.outbox.values():
                    while queue:
                        message = _message(queue.popleft())
                        if node is not None:
                            message.node.CopyFrom(node)
                            node = None
                        await call.write(message.SerializeToString())
                data = await call.read()
                if data is aio.EOF:  # type: ignore[attr-defined]
                    break
                self.client.take(data)
        except aio.AioRpcError:
            pass
        self.ended += 1


def _message(request: DeltaRequest) -> Any:  # noqa: ANN401  a generated message
    message = discovery_pb2.DeltaDiscoveryRequest(
        type_url=request.type.type_url,
        response_nonce=request.nonce or "",
        resource_names_subscribe=request.subscribe,
        resource_names_unsubscribe=request.unsubscribe,
        initial_resource_versions=request.initial_versions or {},
    )
    if request.error is not None:
        message.error_detail.message = request.error
    return message
