"""A real Envoy takes everything from the server: what was measured of it is what the machines are built on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from proxy.resource_type import ResourceType
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, endpoints, host, http_listener, small_routes, table
from tests.xds.served import LOOPBACK, NODE, StateOfTheWorld, free_port, get, live, real_envoy, serving, told

pytestmark = pytest.mark.envoy
CDS, EDS, LDS = ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER
RDS, TABLE, VHDS = ResourceType.ROUTE, ResourceType.ROUTE_TABLE, ResourceType.VIRTUAL_HOST


def _mesh(port: int) -> Mesh:
    """One cluster, one listener, two virtual hosts."""
    mesh = Mesh()
    mesh.set(CDS, "web", eds_cluster("web"))
    mesh.set(EDS, "web", endpoints("web", 9))
    mesh.set(LDS, "front", http_listener("front", "80", port=port))
    mesh.set(RDS, "80", small_routes("80"))
    mesh.set(VHDS, "80/a", host("80/a", "a.example", "one"))
    mesh.set(VHDS, "80/b", host("80/b", "b.example", "two"))
    mesh.publish()
    return mesh


async def _stat(admin: int, name: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{LOOPBACK}:{admin}/stats", params={"filter": f"^{name}$"})
    return int(answer.text.rpartition(":")[2] or 0)


async def test_edits_reach_envoy_one_by_one(tmp_path: Path) -> None:
    """Hosts come, change, go and swap domains; a changed cluster is taken though its endpoints are as before."""
    port = free_port()
    mesh = _mesh(port)
    async with serving(mesh) as (_, xds), real_envoy(tmp_path, xds):
        assert await get(port, host="a.example") == (200, "one")
        assert (await live(mesh)).applied == 1
        mesh.set(VHDS, "80/a", host("80/a", "b.example", "swapped one"))
        mesh.set(VHDS, "80/b", host("80/b", "a.example", "swapped two"))
        mesh.publish()
        assert (await live(mesh)).applied == 1
        assert await get(port, host="a.example") == (200, "swapped two")
        mesh.remove(VHDS, "80/b")
        mesh.set(VHDS, "80/c", host("80/c", "a.example", "moved"))
        mesh.set(CDS, "web", eds_cluster("web", "changed"))
        mesh.publish()
        assert (await live(mesh)).applied == 1
        assert await get(port, host="a.example") == (200, "moved")


async def test_a_refused_host_holds_back_no_other(tmp_path: Path) -> None:
    """Of a bad host and a good one of another route in one response, the good one is served, the bad one named."""
    one, two = free_port(), free_port()
    mesh = _mesh(one)
    mesh.set(LDS, "side", http_listener("side", "90", port=two))
    mesh.set(RDS, "90", small_routes("90"))
    mesh.set(VHDS, "90/a", host("90/a", "a.example", "side"))
    mesh.publish()
    async with serving(mesh) as (_, xds), real_envoy(tmp_path, xds):
        assert await get(two, host="a.example") == (200, "side")
        await live(mesh)
        mesh.set(VHDS, "80/z", host("80/z", "a.example", "thief"))
        mesh.set(VHDS, "90/a", host("90/a", "a.example", "better"))
        mesh.publish()
        found = await live(mesh)
        assert await get(two, host="a.example") == (200, "better")
        assert await get(one, host="a.example") == (200, "one")
        assert (found.applied, found.of) == (0, 1)
        (refusal,) = found.refused
        assert (refusal.subscriber, refusal.name) == (NODE, "80/z")
        assert "Duplicate entry of domain a.example in route 80" in refusal.reason
        mesh.remove(VHDS, "80/a")
        mesh.publish()
        ledger = mesh.discovery.ledger
        await told(mesh, lambda: ledger.live(mesh.revision).applied == 1)  # the refused one is sent again only then
        assert await get(one, host="a.example") == (200, "thief")


async def test_a_listener_that_comes_back_has_its_hosts(tmp_path: Path) -> None:
    """A listener that goes and comes again, and one that moves to another route and back, answer as before."""
    one, two = free_port(), free_port()
    mesh = _mesh(one)
    async with serving(mesh) as (_, xds), real_envoy(tmp_path, xds):
        assert await get(one, host="a.example") == (200, "one")
        mesh.remove(LDS, "front")
        mesh.publish()
        await live(mesh)
        mesh.set(LDS, "front", http_listener("front", "80", port=two))
        mesh.publish()
        await live(mesh)
        assert await get(two, host="a.example") == (200, "one")


async def test_a_bad_cluster_and_bad_endpoints_hold_back_nothing(tmp_path: Path) -> None:
    """A cluster that Envoy refuses is named; the others, and the listeners after them, are served."""
    port = free_port()
    mesh = _mesh(port)
    bad = eds_cluster("bad")
    bad.connect_timeout.seconds = -1
    mesh.set(CDS, "bad", bad)
    mesh.publish()
    async with serving(mesh) as (_, xds), real_envoy(tmp_path, xds):
        assert await get(port, host="a.example") == (200, "one")
        found = await live(mesh)
        assert [(refusal.name, refusal.type_url) for refusal in found.refused] == [("bad", CDS.type_url)]
        mesh.set(CDS, "bad", eds_cluster("bad"))
        mesh.set(EDS, "bad", endpoints("bad", 9))
        mesh.publish()
        assert (await live(mesh)).applied == 1


async def test_a_server_that_comes_back_sends_nothing_again(tmp_path: Path) -> None:
    """After a restart of the server an Envoy that has everything is sent no resource, and later edits reach it."""
    port, xds = free_port(), free_port()
    async with real_envoy(tmp_path, xds) as admin:
        mesh = _mesh(port)
        async with serving(mesh, xds):
            assert await get(port, host="a.example") == (200, "one")
            await live(mesh)
        updates = [
            await _stat(admin, f"{name}.update_success") for name in ("cluster_manager.cds", "listener_manager.lds")
        ]
        mesh = _mesh(port)
        async with serving(mesh, xds):
            assert (await live(mesh)).applied == 1
            sent = [item for item in mesh.discovery.ledger.sent(NODE) if item.type is VHDS]
            assert [item.name for item in sent] == ["80/a", "80/b"]
            mesh.set(VHDS, "80/a", host("80/a", "a.example", "after"))
            mesh.publish()
            assert (await live(mesh)).applied == 1
            assert await get(port, host="a.example") == (200, "after")
        assert updates == [
            await _stat(admin, f"{name}.update_success") for name in ("cluster_manager.cds", "listener_manager.lds")
        ]


async def test_state_of_the_world(tmp_path: Path) -> None:
    """An Envoy of the other variant is served whole tables; a changed and a replaced cluster are taken."""
    port = free_port()
    mesh = _mesh(port)
    mesh.set(LDS, "front", http_listener("front", "80", port=port))
    mesh.set(TABLE, "80", table("80", host("a", "a.example", "one")))
    mesh.publish()
    async with serving(mesh) as (_, xds), real_envoy(tmp_path, xds, StateOfTheWorld) as admin:
        assert await get(port, host="a.example") == (200, "one")
        assert (await live(mesh)).applied == 1
        mesh.set(TABLE, "80", table("80", host("a", "a.example", "two")))
        mesh.set(CDS, "web", eds_cluster("web", "changed"))
        mesh.publish()
        assert (await live(mesh)).applied == 1
        assert await get(port, host="a.example") == (200, "two")
        mesh.remove(CDS, "web")
        mesh.set(CDS, "next", eds_cluster("next"))
        mesh.set(EDS, "next", endpoints("next", 9))
        mesh.set(TABLE, "80", table("80", host("a", "a.example", "three"), host("b", "a.example", "thief")))
        mesh.publish()
        found = await live(mesh)
        assert [refusal.name for refusal in found.refused] == ["80"]
        assert await get(port, host="a.example") == (200, "two")
        mesh.set(TABLE, "80", table("80", host("a", "a.example", "three")))
        mesh.publish()
        assert (await live(mesh)).applied == 1
        assert await get(port, host="a.example") == (200, "three")
        assert await _stat(admin, "cluster_manager.active_clusters") == 2


async def test_envoy_waits_for_the_first_revision(tmp_path: Path) -> None:
    """A server without a revision answers nothing; with the first one the Envoy that waits is served."""
    port = free_port()
    mesh = Mesh()
    async with serving(mesh) as (server, xds), real_envoy(tmp_path, xds):
        await asyncio.sleep(0)
        whole = _mesh(port)
        assert whole.revision == 1
        for type_ in (CDS, EDS, LDS, RDS, VHDS):
            for name in whole.names(type_):
                body = whole.graph.input(("body", type_, name))
                mesh.set(type_, name, body)
        mesh.publish()
        server.ready()
        await told(mesh, lambda: mesh.discovery.ledger.live(1).applied == 1)
        assert await get(port, host="b.example") == (200, "two")
