"""One more instance in a registry is one object of the mesh, and one endpoint resource for a connected proxy."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from grpc import aio

from proxy.resource_type import ResourceType
from tests.app.live import NODE, running
from tests.components.consul_agent import consul
from tests.sources.consul.world import ConsulWorld, registration
from tests.sources.marathon.marathon_server import marathon
from tests.sources.marathon.world import app, task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

TYPES = (ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER, ResourceType.ROUTE)


@asynccontextmanager
async def everything(address: str) -> AsyncIterator[asyncio.Queue[tuple[str, list[str]]]]:
    """Connect as a proxy that takes everything of every type; give each response's type and names."""
    got: asyncio.Queue[tuple[str, list[str]]] = asyncio.Queue()
    async with aio.insecure_channel(address) as channel, asyncio.TaskGroup() as tasks:
        stream = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel).DeltaAggregatedResources()
        node = base_pb2.Node(id=NODE, user_agent_name="test")
        for kind in TYPES:
            request = discovery_pb2.DeltaDiscoveryRequest(node=node, type_url=kind.type_url)
            if kind in {ResourceType.ENDPOINT, ResourceType.ROUTE}:
                request.resource_names_subscribe.append("*")
            await stream.write(request)
        reader = tasks.create_task(_answer(stream, got))
        try:
            yield got
        finally:
            reader.cancel()
            stream.cancel()


async def _answer(stream: Any, got: asyncio.Queue[tuple[str, list[str]]]) -> None:  # noqa: ANN401  untyped by grpc
    async for response in stream:
        names = [resource.name for resource in response.resources] + [f"-{name}" for name in response.removed_resources]
        got.put_nowait((response.type_url.rpartition(".")[2], names))
        reply = discovery_pb2.DeltaDiscoveryRequest(type_url=response.type_url, response_nonce=response.nonce)
        await stream.write(reply)


async def _one_more(tmp_path: Path, source: dict[str, object], cluster: str, register: Callable[[], None]) -> None:
    """Run a server on a registry with one instance, connect, register another, and see what comes of it."""
    (tmp_path / "mesh").mkdir()
    settings = {"files": [tmp_path / "mesh"], **source}
    async with running(tmp_path, sources=settings) as live, everything(live.addresses["xds"]) as got:
        async with asyncio.timeout(20):
            while True:
                kind, names = await got.get()
                if kind == "ClusterLoadAssignment" and cluster in names:
                    break
        while True:
            try:
                async with asyncio.timeout(0.5):
                    await got.get()
            except TimeoutError:
                break
        before = await live.get("/api/v1/status")
        await asyncio.to_thread(register)
        async with asyncio.timeout(20):
            assert await got.get() == ("ClusterLoadAssignment", [cluster])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await got.get()
        after = await live.get("/api/v1/status")
        assert after["revision"] == before["revision"] + 1


async def test_a_task_of_marathon(tmp_path: Path) -> None:
    """Seen by a server that speaks Marathon's API."""
    with marathon() as server:
        server.put(app("/reviews", task("r.1")))

        def register() -> None:
            server.put(app("/reviews", task("r.1"), task("r.2", host="10.0.0.2")))
            server.tell("status_update_event", appId="/reviews")

        source: dict[str, object] = {"marathon": [{"address": server.url}]}
        await _one_more(tmp_path, source, "outbound|10001||reviews.marathon", register)


@pytest.mark.component
async def test_an_instance_of_consul(tmp_path: Path) -> None:
    """Seen by a real Consul."""
    with consul(tmp_path / "consul") as agent:
        world = ConsulWorld(agent)
        world.transact(registration("reviews", "r1", Meta={"protocol": "http"}))
        another = registration("reviews", "r2", Address="10.0.0.2", Meta={"protocol": "http"})
        source: dict[str, object] = {"consul": agent.url}
        await _one_more(tmp_path, source, "outbound|8080||reviews.service.consul", lambda: world.transact(another))
