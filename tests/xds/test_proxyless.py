"""gRPC itself is a client: by name, in the state-of-the-world variant, never with a wildcard."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import orjson
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_components_pb2
from envoy.extensions.filters.http.router.v3 import router_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2
from grpc import aio

from proxy.resource_type import ResourceType
from tests.xds.mesh import Mesh
from tests.xds.samples import ADS, eds_cluster, endpoints, table
from tests.xds.served import LOOPBACK, serving

TARGET = "echo.example:80"


@asynccontextmanager
async def _echo() -> AsyncIterator[int]:
    """A gRPC service that answers with what it was sent, and its name."""

    async def say(request: bytes, _: object) -> bytes:
        return b"echo " + request

    server = aio.server()
    handlers = {"Say": grpc.unary_unary_rpc_method_handler(say)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", handlers),))
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)


def _mesh(port: int) -> Mesh:
    router = hcm_pb2.HttpFilter(name="router")
    router.typed_config.Pack(router_pb2.Router())
    manager = hcm_pb2.HttpConnectionManager(
        rds={"route_config_name": "routes", "config_source": ADS}, http_filters=[router]
    )
    listener = listener_pb2.Listener(name=TARGET)
    listener.api_listener.api_listener.Pack(manager)
    whole = route_components_pb2.VirtualHost(
        name="echo", domains=[TARGET], routes=[{"match": {"prefix": ""}, "route": {"cluster": "echo"}}]
    )
    load: Any = endpoints("echo", port)
    load.endpoints[0].load_balancing_weight.value = 1
    load.endpoints[0].locality.region = "here"
    mesh = Mesh()
    mesh.set(ResourceType.LISTENER, TARGET, listener)
    mesh.set(ResourceType.ROUTE_TABLE, "routes", table("routes", whole))
    mesh.set(ResourceType.CLUSTER, "echo", eds_cluster("echo"))
    mesh.set(ResourceType.ENDPOINT, "echo", load)
    mesh.set(ResourceType.CLUSTER, "other", eds_cluster("other"))
    mesh.publish()
    return mesh


async def test_grpc_finds_its_service() -> None:
    """A call to a name goes to the endpoint that the mesh has for it, and nothing is refused on the way."""
    async with _echo() as port:
        mesh = _mesh(port)
        async with serving(mesh) as (_, xds):
            bootstrap = {
                "xds_servers": [
                    {
                        "server_uri": f"{LOOPBACK}:{xds}",
                        "channel_creds": [{"type": "insecure"}],
                        "server_features": ["xds_v3"],
                    }
                ],
                "node": {"id": "grpc-client", "metadata": {"GENERATOR": "grpc"}},
            }
            environment = {**os.environ, "GRPC_XDS_BOOTSTRAP_CONFIG": orjson.dumps(bootstrap).decode()}
            program = Path(__file__).with_name("proxyless.py")
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(program), TARGET, env=environment, stdout=asyncio.subprocess.PIPE
            )
            out, _ = await process.communicate()
            assert out == b"echo hello"
    assert not mesh.discovery.ledger.history
