"""Whatever happens to connections, servers and kinds: no event is lost, and no list is asked for without need."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.registry import Registry
from tests.components.kube_api import Kube, kube
from tests.sources.contract import eventually, until_synced, value_of
from tests.sources.kubernetes.cluster import Cluster, kind_named
from tests.sources.kubernetes.mirror import mirrored
from tests.sources.listener import Listener, said

pytestmark = [pytest.mark.component, pytest.mark.timeout(180)]

ENTRY = kind_named("WorkloadEntry")
SIDECAR = kind_named("Sidecar")
KINDS = (ENTRY, SIDECAR)
MANY = 5_000


def entry(name: str, address: str) -> dict[str, Any]:
    """Return a WorkloadEntry."""
    metadata = {"name": name}
    return {"apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry", "metadata": metadata} | {
        "spec": {"address": address}
    }


def sidecar(name: str, value: int) -> dict[str, Any]:
    """Return a Sidecar."""
    return {"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {"name": name}} | {
        "spec": {"egress": [{"hosts": [f"./h{value}"]}]}
    }


@pytest.fixture
def both(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster that serves both kinds, and has no objects of them."""
    for kind in KINDS:
        if not cluster.serves(kind):
            cluster.define([kind])
        cluster.clear(kind)
    yield cluster
    for kind in KINDS:
        if cluster.serves(kind):
            cluster.clear(kind)


async def create(cluster: Cluster, count: int) -> None:
    """Create many entries, several at a time."""
    path = cluster.path_of("networking.istio.io/v1", "WorkloadEntry", "default")
    turns = asyncio.Semaphore(16)
    async with cluster.kube.asynchronous_client() as client:

        async def one(number: int) -> None:
            async with turns:
                answer = await client.post(path, json=entry(f"e-{number}", f"10.0.{number // 250}.{number % 250}"))
                assert answer.status_code == httpx.codes.CREATED, answer.text

        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                tasks.create_task(one(number))


async def test_many_objects_and_many_cuts(both: Cluster) -> None:
    """5,000 objects come in one batch; whatever changes while connections are cut is heard, without another list."""
    await create(both, MANY)
    kinds = Registry.of(KINDS)
    source, listener = both.source(kinds), Listener()
    begun = len(both.kube.listings("galley/"))
    chance, gone = random.Random(7), iter(range(MANY - 100, MANY))
    async with listener.running(source):
        first = await listener.next()
        assert len(first.changes) == MANY + 1
        assert len(both.kube.listings("galley/")) - begun == len(KINDS) + 1
        for _ in range(12):
            for _ in range(20):
                number = chance.randrange(MANY - 100)
                both.apply(entry(f"e-{number}", f"10.1.{chance.randrange(250)}.{chance.randrange(250)}"))
            both.delete("networking.istio.io/v1", "WorkloadEntry", f"e-{next(gone)}")
            both.proxy.cut()
            both.apply(sidecar("s", chance.randrange(1000)))
            await asyncio.sleep(chance.random() / 4)
        await eventually(lambda: mirrored(listener, both, KINDS), 30)
        assert len(both.kube.listings("galley/")) - begun == len(KINDS) + 1
        assert source.status.synced


async def test_a_server_that_is_killed_is_waited_for(both: Cluster) -> None:
    """Nothing is deleted meanwhile; it is listed again once a kind at most, and ends as the store is."""
    for number in range(50):
        both.apply(entry(f"e-{number}", f"10.0.0.{number}"))
    source, listener = both.source(Registry.of(KINDS)), Listener()
    async with listener.running(source):
        await until_synced(listener)
        begun = len(both.kube.listings("galley/"))
        both.kube.kill_server()
        await eventually(lambda: bool(source.status.errors))
        assert len(listener.names()) == 50
        await asyncio.to_thread(both.kube.start_server)
        both.apply(entry("e-1", "10.9.9.9"))
        both.delete("networking.istio.io/v1", "WorkloadEntry", "e-2")
        await eventually(lambda: mirrored(listener, both, KINDS), 30)
        await eventually(lambda: not source.status.errors, 30)
        assert len(listener.names()) == 49
        assert len(both.kube.listings("galley/")) - begun <= len(KINDS) + 1


async def test_what_the_store_has_forgotten_is_listed_again(both: Cluster) -> None:
    """A version that is too old (410) costs a list of the kinds that it concerns, and no event."""
    for number in range(10):
        both.apply(entry(f"e-{number}", f"10.0.0.{number}"))
    source, listener = both.source(Registry.of(KINDS)), Listener()
    async with listener.running(source):
        await until_synced(listener)
        both.proxy.lose()
        await eventually(lambda: bool(source.status.errors))
        both.apply(entry("e-1", "10.9.9.9"))
        both.delete("networking.istio.io/v1", "WorkloadEntry", "e-2")
        both.kube.kill_server()
        both.kube.compact()
        await asyncio.to_thread(both.kube.start_server)
        begun = len(both.kube.listings("galley/"))
        both.proxy.find()
        await eventually(lambda: mirrored(listener, both, KINDS), 30)
        relisted = both.kube.listings("galley/")[begun:]
        assert any("workloadentries" in uri for uri in relisted)
        assert len(relisted) <= len(KINDS) + 1


async def test_a_kind_goes_and_comes_back(both: Cluster) -> None:
    """Its objects go with its definition, when the server says so, and others are not touched; both come back alone."""
    both.apply(entry("e", "10.0.0.1"))
    both.apply(sidecar("s", 1))
    source, listener = both.source(Registry.of(KINDS)), Listener()
    async with listener.running(source):
        await until_synced(listener)
        await asyncio.to_thread(both.undefine, SIDECAR)
        await eventually(lambda: listener.names() == {"e"})
        await asyncio.to_thread(both.define, [SIDECAR])
        both.apply(sidecar("s", 2))
        await eventually(lambda: listener.names() == {"e", "s"} and value_of(listener, "s") == "./h2", 30)
        both.apply(entry("e", "10.0.0.2"))
        await eventually(lambda: mirrored(listener, both, KINDS), 30)
        await eventually(lambda: not source.status.errors, 30)


async def test_a_kind_that_is_out_of_reach_keeps_its_objects(both: Cluster) -> None:
    """A cluster that is lost while a definition goes deletes nothing before it says so itself."""
    both.apply(entry("e", "10.0.0.1"))
    both.apply(sidecar("s", 1))
    source, listener = both.source(Registry.of(KINDS)), Listener()
    async with listener.running(source):
        await until_synced(listener)
        both.proxy.lose()
        await asyncio.to_thread(both.undefine, SIDECAR)
        await eventually(lambda: bool(source.status.errors))
        assert listener.names() == {"e", "s"}
        both.proxy.find()
        await eventually(lambda: listener.names() == {"e"}, 30)


async def test_a_server_without_watch_lists_is_listed_in_pages(tmp_path: Path) -> None:
    """The pages make one batch, and what changes afterwards comes by the watch."""
    with kube(tmp_path, "--feature-gates=WatchList=false") as server:
        cluster = Cluster(server)
        cluster.define([ENTRY])
        await create(cluster, 1_100)
        source, listener = cluster.source(Registry.of([ENTRY])), Listener()
        async with listener.running(source):
            assert len((await listener.next()).changes) == 1_101
            asked = [uri for uri in server.listings("galley/") if "workloadentries" in uri]
            assert [("sendInitialEvents" in uri, "continue" in uri) for uri in asked] == [
                *([(True, False)] if "sendInitialEvents" in asked[0] else []),
                *[(False, False), (False, True), (False, True)],
            ]
            cluster.apply(entry("e-1", "10.9.9.9"))
            assert said(await listener.next()) == ["+e-1"]
        cluster.close()


def post_deep(cluster: Cluster, name: str, levels: int) -> None:
    """Create an object that nests so deep."""
    content = '{"a":' * levels + "1" + "}" * levels
    head = f'{{"apiVersion":"config.istio.io/v1alpha2","kind":"adapter","metadata":{{"name":"{name}"}}'
    path = cluster.path_of("config.istio.io/v1alpha2", "adapter", "default")
    text = f'{head},"spec":{{"deep":{content}}}}}'
    answer = cluster.client.post(path, content=text, headers={"content-type": "application/json"})
    assert answer.is_success, answer.text


async def test_an_object_that_nests_deeper_than_we_parse_harms_no_other(tmp_path: Path) -> None:
    """It is told by its name, whether it comes in a page or by a watch; the others of its kind are read."""
    adapter = kind_named("adapter")
    for flags in ((), ("--feature-gates=WatchList=false",)):
        with kube(tmp_path / str(len(flags)), *flags) as server:
            cluster = Cluster(server)
            cluster.define([adapter])
            for name, levels in (("a", 1), ("b", 3_000), ("c", 1)):
                post_deep(cluster, name, levels)
            source, listener = cluster.source(Registry.of([adapter])), Listener()
            async with listener.running(source):
                await until_synced(listener)
                assert listener.names() == {"a", "c"}
                post_deep(cluster, "d", 4_000)
                post_deep(cluster, "e", 1)
                await eventually(lambda found=listener: found.names() == {"a", "c", "e"})
                faults = [found for fault in listener.state.faults.values() for found in fault.diagnostics]
                assert {found.key.name for found in faults if found.key} == {"b", "d"}
                assert source.status.errors == []
            cluster.close()


def test_the_server_counts_what_it_is_asked_for(api_server: Kube) -> None:
    """The figures above are the API server's own."""
    before = len(api_server.listings("python-httpx"))
    with api_server.client() as client:
        client.get("/api/v1/namespaces")
    assert len(api_server.listings("python-httpx")) == before + 1
