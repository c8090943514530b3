"""Statuses in a real API server: written once each, by one server, and nothing comes of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from galley.app.kubernetes_status.lease import Lease
from galley.settings.kubernetes import ClusterPlace
from galley.sources.kubernetes.api import Api
from tests.app.live import proxy, running
from tests.sources.contract import eventually
from tests.sources.kubernetes.cluster import Cluster, kind_named

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

ENTRY, ROUTE = kind_named("ServiceEntry"), kind_named("VirtualService")
API = "networking.istio.io/v1"


def entry(name: str, number: int = 80) -> dict[str, Any]:
    """Return a ServiceEntry of a host of its own."""
    ports = [{"number": number, "name": "http", "protocol": "HTTP"}]
    spec = {"hosts": [f"{name}.example.com"], "ports": ports, "resolution": "DNS", "location": "MESH_EXTERNAL"}
    return {"apiVersion": API, "kind": "ServiceEntry", "metadata": {"name": name}, "spec": spec}


def get(cluster: Cluster, name: str, kind: str = ENTRY.name) -> dict[str, Any]:
    """Return an entry, or an object of another kind, as it is."""
    return cluster.ask("GET", f"{cluster.path_of(API, kind, 'default')}/{name}")


def conditions(cluster: Cluster, name: str, kind: str = ENTRY.name) -> dict[str, tuple[str, str, str]]:
    """Return an object's conditions: status, reason and message by type."""
    found = get(cluster, name, kind).get("status", {}).get("conditions", ())
    return {one["type"]: (one["status"], one["reason"], one["message"]) for one in found}


def settings(cluster: Cluster, **status: object) -> dict[str, Any]:
    """Return a server's settings for this cluster."""
    return {"kubernetes": {"clusters": [str(cluster.kubeconfig)], "status": status}}


@pytest.fixture
def entries(cluster: Cluster) -> Cluster:
    """A cluster that serves the kind, and has no objects of it."""
    if not cluster.serves(ENTRY):
        cluster.define([ENTRY])
    cluster.clear(ENTRY)
    return cluster


async def become(
    cluster: Cluster, name: str, type_: str, true: Callable[[tuple[str, str, str]], bool], kind: str = ENTRY.name
) -> None:
    """Wait until a condition is so."""
    nothing = ("", "", "")
    await eventually(lambda: true(conditions(cluster, name, kind).get(type_, nothing)), 20)


async def test_an_object_tells_what_became_of_it(entries: Cluster, tmp_path: Path) -> None:
    """Accepted and live on all proxies, once; a bad change is told with its reason, and nothing follows from that."""
    async with running(tmp_path, **settings(entries)) as live, proxy(live.addresses["xds"]):
        entries.apply(entry("good"))
        await become(entries, "good", "Programmed", lambda found: found[0] == "True")
        assert conditions(entries, "good")["Programmed"][2].endswith("is live on 1 of 1 proxies")
        assert conditions(entries, "good")["Accepted"][0] == "True"
        version = get(entries, "good")["metadata"]["resourceVersion"]
        revision = (await live.get("/api/v1/status"))["revision"]
        bad = entry("bad")
        bad["spec"]["ports"][0]["name"] = ""
        bad["spec"]["hosts"] = ["short"]
        entries.apply(bad)
        await become(entries, "bad", "Accepted", lambda found: found[0] == "False")
        assert conditions(entries, "bad")["Programmed"][1:] == ("NotAccepted", "nothing of it is served")
        assert get(entries, "good")["metadata"]["resourceVersion"] == version
        assert (await live.get("/api/v1/status"))["revision"] == revision
        entries.apply(entry("good", 81))
        await eventually(lambda: get(entries, "good")["status"]["observedGeneration"] == 2, 20)
        await become(entries, "good", "Programmed", lambda found: f"revision {revision + 1} " in found[2])


async def test_what_another_object_breaks_is_told(entries: Cluster, tmp_path: Path) -> None:
    """A route to a host that nobody has says so, until somebody has it, and again when it goes."""
    if not entries.serves(ROUTE):
        entries.define([ROUTE])
    entries.clear(ROUTE)
    spec = {"hosts": ["x.example.com"], "http": [{"route": [{"destination": {"host": "late.example.com"}}]}]}
    metadata = {"name": "route"}
    async with running(tmp_path, **settings(entries)):
        entries.apply({"apiVersion": API, "kind": "VirtualService", "metadata": metadata, "spec": spec})
        await become(entries, "route", "Accepted", lambda found: found[1] == "IST0101", ROUTE.name)
        assert "late.example.com" in conditions(entries, "route", ROUTE.name)["Accepted"][2]
        entries.apply(entry("late"))
        await become(entries, "route", "Accepted", lambda found: found[1] == "Valid", ROUTE.name)
        entries.delete(API, ENTRY.name, "late")
        await become(entries, "route", "Accepted", lambda found: found[1] == "IST0101", ROUTE.name)


async def test_who_refuses_is_named(entries: Cluster, tmp_path: Path) -> None:
    """The refusal goes to the object that the refused resource was made of, and to no other."""
    server = running(tmp_path, **settings(entries))
    async with server as live, proxy(live.addresses["xds"], refuse="cursed"):
        entries.apply(entry("cursed"))
        entries.apply(entry("blessed", 82))
        await become(entries, "cursed", "Rejected", lambda found: found[0] == "True")
        assert "no cursed here" in conditions(entries, "cursed")["Rejected"][2]
        assert conditions(entries, "cursed")["Programmed"][:2] == ("False", "Refused")
        await become(entries, "blessed", "Programmed", lambda found: found[0] == "True")
        assert conditions(entries, "blessed")["Rejected"][0] == "False"


async def test_a_restart_writes_nothing_anew(entries: Cluster, tmp_path: Path) -> None:
    """What the statuses said before is still true, though no proxy is back yet."""
    names = [f"e{number}" for number in range(5)]
    async with running(tmp_path, **settings(entries)) as live, proxy(live.addresses["xds"]):
        for name in names:
            entries.apply(entry(name))
        for name in names:
            await become(entries, name, "Programmed", lambda found: found[0] == "True")
    versions = [get(entries, name)["metadata"]["resourceVersion"] for name in names]
    async with running(tmp_path, **settings(entries)):
        entries.apply(entry("later"))
        await become(entries, "later", "Programmed", lambda found: found[1] == "NoProxies")
        assert [get(entries, name)["metadata"]["resourceVersion"] for name in names] == versions


async def test_a_setting_turns_it_off(entries: Cluster, tmp_path: Path) -> None:
    """Then nothing is written to the cluster at all."""
    async with running(tmp_path, **settings(entries, write=False)) as live, proxy(live.addresses["xds"]) as got:
        entries.apply(entry("quiet"))
        while not any("quiet" in name for name in await got.get()):
            pass
        assert "status" not in get(entries, "quiet")


async def test_of_several_servers_one_writes_and_another_takes_over(entries: Cluster, tmp_path: Path) -> None:
    """The holder of the Lease writes; when it ends, the other writes what is still to be written."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    wanted = settings(entries, lease="default/galley-status")
    async with running(two, **wanted) as second, proxy(second.addresses["xds"]):
        entries.apply(entry("first"))
        await become(entries, "first", "Programmed", lambda found: found[0] == "True")
        async with running(one, **wanted):
            entries.apply(entry("second"))
            await become(entries, "second", "Programmed", lambda found: found[0] == "True")
            lease = entries.ask("GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases/galley-status")
            assert lease["spec"]["leaseTransitions"] == 0
            holder = lease["spec"]["holderIdentity"]
            assert holder
    async with running(one, **wanted):
        entries.apply(entry("third"))
        await become(entries, "third", "Programmed", lambda found: found[1] == "NoProxies")
        lease = entries.ask("GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases/galley-status")
        assert lease["spec"]["holderIdentity"] not in {"", holder}


async def test_a_lease_is_taken_over_when_its_holder_falls_silent(entries: Cluster) -> None:
    """Not before it has lapsed, as seen by the one who waits; never do two hold it."""
    place = ClusterPlace("kubernetes", str(entries.kubeconfig), "")
    direct = ClusterPlace("kubernetes", str(entries.kube.kubeconfig), "")
    first_api, second_api = Api(place), Api(direct)
    first = Lease(first_api, "default/silent", "first", duration=2)
    second = Lease(second_api, "default/silent", "second", duration=2)
    async with asyncio.TaskGroup() as tasks:
        running_first = tasks.create_task(first.run())
        async with asyncio.timeout(10):
            await first.held.wait()
        running_second = tasks.create_task(second.run())
        entries.proxy.lose()
        lost = time.monotonic()
        while not second.held.is_set():
            await asyncio.sleep(0.01)
            assert not (first.held.is_set() and second.held.is_set())
        assert time.monotonic() - lost > 1
        assert not first.held.is_set()
        running_first.cancel()
        running_second.cancel()
    await first_api.close()
    await second_api.close()
