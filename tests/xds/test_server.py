"""The discovery server over real gRPC: who is served what, when, and how a stream ends."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from proxy.resource_type import ResourceType
from proxy.server import Limits, Server
from sinks.proxies import ProxiesSink
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, endpoints, http_listener, small_routes
from tests.xds.served import LOOPBACK, serving, told
from tests.xds.talk import SIDECAR
from tests.xds.wire import ADS, ADS_SOTW, Wire, channel, wire

CDS, EDS, LDS = ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER
RDS, VHDS, SDS = ResourceType.ROUTE, ResourceType.VIRTUAL_HOST, ResourceType.SECRET
SERVICES = [
    ("cluster", "ClusterDiscoveryService", "Clusters", CDS),
    ("endpoint", "EndpointDiscoveryService", "Endpoints", EDS),
    ("listener", "ListenerDiscoveryService", "Listeners", LDS),
    ("route", "RouteDiscoveryService", "Routes", RDS),
    ("route", "VirtualHostDiscoveryService", "VirtualHosts", VHDS),
    ("secret", "SecretDiscoveryService", "Secrets", SDS),
]


def _mesh() -> Mesh:
    mesh = Mesh()
    mesh.set(CDS, "one", eds_cluster("one"))
    mesh.set(EDS, "one", endpoints("one", 1))
    mesh.set(LDS, "one", http_listener("one", "one"))
    mesh.set(RDS, "one", small_routes("one"))
    mesh.set(ResourceType.ROUTE_TABLE, "one", small_routes("one", "x-table"))
    for type_ in (VHDS, SDS):
        mesh.set(type_, "one", "x")
    mesh.publish()
    return mesh


async def test_edits_reach_delta_streams() -> None:
    """A stream is answered, and an edit reaches it unasked, as one resource."""
    mesh = _mesh()
    async with serving(mesh) as (_, port), wire(port) as client:
        assert await client.ask(CDS) == ["one"]
        mesh.set(CDS, "two", eds_cluster("two"))
        mesh.publish()
        assert await client.take() == ["two"]


async def test_edits_reach_state_of_the_world_streams() -> None:
    """A stream of the other variant gets the whole set each time."""
    mesh = _mesh()
    async with serving(mesh) as (_, port), wire(port, ADS_SOTW) as client:
        await client.send(CDS)
        first = await client.read()
        mesh.set(CDS, "two", eds_cluster("two"))
        mesh.publish()
        second = await client.read()
        assert (len(first.resources), len(second.resources)) == (1, 2)
        assert first.version_info != second.version_info


@pytest.mark.parametrize(("package", "service", "methods", "type_"), SERVICES)
async def test_each_type_has_a_service_of_its_own(
    package: str, service: str, methods: str, type_: ResourceType
) -> None:
    """A request may leave out the type that the service is about; another type is a fault."""
    path = f"/envoy.service.{package}.v3.{service}"
    async with serving(_mesh()) as (_, port):
        async with wire(port, f"{path}/Delta{methods}") as client:
            await client.send(resource_names_subscribe=["one"])
            response = await client.read()
            assert response.type_url == type_.type_url
            assert [item.name for item in response.resources] == ["one"]
            await client.send("type.googleapis.com/another")
            assert await client.code() is grpc.StatusCode.INVALID_ARGUMENT
        if type_ is VHDS:
            return
        async with wire(port, f"{path}/Stream{methods}") as client:
            await client.send(resource_names=["one"])
            assert len((await client.read()).resources) == 1


async def test_nothing_is_answered_before_the_first_snapshot() -> None:
    """The address listens, the question waits, and the first snapshot that the sink is given answers it."""
    mesh = Mesh()
    async with serving(mesh) as (server, port), wire(port) as client:
        await client.send(CDS)
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(client.read())
            done, _ = await asyncio.wait([reading], timeout=0.2)
            assert not done
            mesh.set(CDS, "one", eds_cluster("one"))
            ProxiesSink(mesh.discovery, server.ready).publish(mesh.snapshot(), mesh.graph.settle())
        assert [item.name for item in reading.result().resources] == ["one"]


async def test_a_peer_that_breaks_the_protocol_is_told() -> None:
    """Bytes that are no request, and a first request without a node, end the stream as invalid."""
    async with serving(_mesh()) as (_, port):
        for data in (b"\xff\xff\xff", b""):
            async with wire(port) as client:
                await client.call.write(data)
                assert await client.code() is grpc.StatusCode.INVALID_ARGUMENT
        async with wire(port) as client:
            await client.ask(CDS)
            await client.call.write(b"\xff\xff\xff")
            assert await client.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_an_unknown_type_is_not_answered_and_harms_nobody() -> None:
    """A client may ask for types that are not served; the others go on."""
    async with serving(_mesh()) as (_, port), wire(port) as client:
        await client.send("type.googleapis.com/envoy.service.runtime.v3.Runtime")
        assert await client.ask(CDS) == ["one"]


async def test_a_client_that_goes_is_forgotten() -> None:
    """Its stream is closed, and it is listed as disconnected; one that hangs up its side is, too."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    async with serving(mesh) as (_, port):
        async with wire(port) as client:
            await client.ask(CDS)
            assert ledger.live(1).of == 1
        await told(mesh, lambda: ledger.live(1).of == 0)
        async with wire(port, name="b") as client:
            await client.ask(CDS)
            await client.call.done_writing()
            assert await client.code() is grpc.StatusCode.OK
        assert ledger.live(1).of == 0
        assert [state.node.id for state in ledger.proxies()] == [SIDECAR.format("a"), SIDECAR.format("b")]


async def test_a_refusal_is_told_and_costs_nobody_else() -> None:
    """The ledger has the words; another stream has the resource."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    async with serving(mesh) as (_, port), wire(port) as one, wire(port, name="b") as two:
        await one.ask(CDS)
        await two.ask(CDS)
        mesh.set(CDS, "one", eds_cluster("one", "2"))
        revision = mesh.publish()
        await one.take("I will not")
        await two.take()
        await told(mesh, lambda: bool(ledger.live(revision).refused))
        assert [refusal.reason for refusal in ledger.live(revision).refused] == ["I will not"]


async def test_a_client_that_does_not_read_delays_nobody_and_is_ended() -> None:
    """Others get the edit while a large response waits for one that does not read; its patience is bounded."""
    mesh = _mesh()
    mesh.set(SDS, "large", b"x" * (8 << 20))
    mesh.publish()
    ledger = mesh.discovery.ledger
    async with (
        serving(mesh, limits=Limits(write_timeout=0.5)) as (_, port),
        wire(port) as deaf,
        wire(port, name="b") as other,
    ):
        await deaf.send(SDS, resource_names_subscribe=["large"])
        assert await other.ask(CDS) == ["one"]
        mesh.set(CDS, "two", eds_cluster("two"))
        mesh.publish()
        assert await other.take() == ["two"]
        await told(mesh, lambda: ledger.live(1).of == 1)


async def test_streams_are_bounded() -> None:
    """One stream more than allowed is refused, and the others go on."""
    async with serving(_mesh(), limits=Limits(max_streams=1)) as (_, port), wire(port) as one:
        await one.ask(CDS)
        async with wire(port, name="b") as two:
            assert await two.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await one.ask(LDS) == ["one"]


async def test_a_port_in_use_is_an_error() -> None:
    """No port is shared with another process, or with ourselves."""
    async with serving(_mesh()) as (_, port):
        with pytest.raises(OSError, match=f"cannot listen on {LOOPBACK}:{port}"):
            await Server(Mesh().discovery).open(f"{LOOPBACK}:{port}")


async def test_a_server_that_stops_ends_its_streams_as_unavailable() -> None:
    """So that clients reconnect, elsewhere if they can; one that still waits for the first snapshot is let go, too."""
    mesh = _mesh()
    async with serving(mesh) as (server, port), wire(port) as client:
        await client.ask(CDS)
        await server.stop()
        assert await client.code() is grpc.StatusCode.UNAVAILABLE
    empty = Mesh()
    async with serving(empty) as (server, port), wire(port) as client:
        await client.send(CDS)
        await server.stop()
        assert await client.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


async def test_one_connection_carries_many_streams() -> None:
    """A client may open several streams on one connection."""
    async with serving(_mesh()) as (_, port), channel(port) as connection:
        for name in "abc":
            client = Wire(connection.stream_stream(ADS)(), delta=True, name=name)
            assert await client.ask(CDS) == ["one"]
