"""A whole server in this process, in a directory of its own, on free ports; and a client of its API."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from grpc import aio

from galley.app.server import serve
from galley.settings.settings import Settings
from proxy.encoded import encoded
from proxy.resource_type import ResourceType
from proxy.xds.leads import endpoints_of, routes_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

NODE = "sidecar~10.0.0.9~app.default~default.svc.cluster.local"
_PATIENCE = 20.0
_TYPES = {type_.type_url: type_ for type_ in ResourceType}


@dataclass(slots=True)
class Live:
    """A running server: its files, its state directory, its addresses, an HTTP client."""

    files: Path
    data: Path
    addresses: dict[str, str]
    http: httpx.AsyncClient

    async def get(self, path: str, **query: str | float) -> Any:  # noqa: ANN401  JSON
        """Return the JSON of a read that succeeds."""
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object = None) -> httpx.Response:
        """Return the answer to a change, asked with the token."""
        token = (self.data / "admin.token").read_text().strip()
        return await self.http.post(path, json=body, headers={"authorization": f"Bearer {token}"})

    async def until(self, path: str, true: Callable[[Any], bool]) -> Any:  # noqa: ANN401  JSON
        """Return the first answer of which something is true."""
        async with asyncio.timeout(_PATIENCE):
            while not true(answer := await self.get(path)):
                await asyncio.sleep(0.02)
        return answer

    async def revision(self, number: int) -> Any:  # noqa: ANN401  JSON
        """Return the status once a revision, or a later one, is served."""
        return await self.until("/api/v1/status", lambda status: status["revision"] >= number)


@contextlib.asynccontextmanager
async def running(root: Path, **settings: object) -> AsyncIterator[Live]:
    """Run a server over `root/mesh`, with its state in `root/data`; run again there, it goes on."""
    files, data = root / "mesh", root / "data"
    files.mkdir(exist_ok=True)
    wanted = Settings.model_validate({**_settings(files, data), **settings})
    stop, started = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(wanted, stop, started))
        async with asyncio.timeout(_PATIENCE):
            await started.wait()
        addresses = orjson.loads((data / "addresses.json").read_bytes())
        try:
            async with httpx.AsyncClient(
                base_url=f"http://{addresses['admin']}", trust_env=False, timeout=_PATIENCE
            ) as http:
                live = Live(files, data, addresses, http)
                async with asyncio.timeout(_PATIENCE):
                    while (await http.get("/readyz")).status_code != 200:
                        await asyncio.sleep(0.02)
                yield live
        finally:
            stop.set()


def _settings(files: Path, data: Path) -> dict[str, object]:
    free = {"address": "127.0.0.1:0"}
    return {
        "data": data,
        "sources": {"files": [files]},
        "xds": {"address": "127.0.0.1:0", "tls_address": "127.0.0.1:0"},
        "admin": free,
        "mixer": free,
        "citadel": free,
        "webhook": free,
    }


@contextlib.asynccontextmanager
async def proxy(
    address: str, *, refuse: str = "", node: str = NODE, labels: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.Queue[list[str]]]:
    """Connect as a proxy that takes clusters and what they lead to by delta; give each response's clusters.

    It accepts everything, or refuses every response that names a cluster with `refuse` in its name.
    """
    got: asyncio.Queue[list[str]] = asyncio.Queue()
    async with aio.insecure_channel(address) as channel, asyncio.TaskGroup() as tasks:
        stream = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel).DeltaAggregatedResources()
        said = base_pb2.Node(id=node, user_agent_name="test")
        said.metadata.update({"LABELS": dict(labels)} if labels else {})
        await stream.write(discovery_pb2.DeltaDiscoveryRequest(node=said, type_url=ResourceType.CLUSTER.type_url))
        reader = tasks.create_task(_answer(stream, got, refuse))
        try:
            yield got
        finally:
            reader.cancel()
            stream.cancel()


async def _answer(stream: Any, got: asyncio.Queue[list[str]], refuse: str) -> None:  # noqa: ANN401  untyped by grpc
    asked = {ResourceType.CLUSTER.type_url}
    async for response in stream:
        names = [resource.name for resource in response.resources]
        reply = discovery_pb2.DeltaDiscoveryRequest(type_url=response.type_url, response_nonce=response.nonce)
        if refuse and any(refuse in name for name in names):
            reply.error_detail.message = f"no {refuse} here"
        await stream.write(reply)
        for type_, wanted in _led_to(response):
            if wanted or type_.type_url not in asked:
                asked.add(type_.type_url)
                request = discovery_pb2.DeltaDiscoveryRequest(type_url=type_.type_url)
                request.resource_names_subscribe.extend(wanted)
                await stream.write(request)
        if response.type_url == ResourceType.CLUSTER.type_url:
            got.put_nowait(names)


def _led_to(response: discovery_pb2.DeltaDiscoveryResponse) -> Iterator[tuple[ResourceType, list[str]]]:
    """Give what a proxy asks for next, as Envoy does: endpoints of clusters, listeners, routes of listeners."""
    found = [encoded(_TYPES[response.type_url], one.name, one.resource.value) for one in response.resources]
    endpoints, routes = (
        sorted({name for one in found if one.type is ResourceType.CLUSTER and (name := endpoints_of(one))}),
        sorted({name for one in found if one.type is ResourceType.LISTENER for name in routes_of(one)}),
    )
    if endpoints:
        yield ResourceType.ENDPOINT, endpoints
    if routes:
        yield ResourceType.ROUTE, routes
    yield ResourceType.LISTENER, []
