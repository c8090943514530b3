"""Statuses of the Gateway API in a real API server with its own definitions: of ours only, once, and complete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from galley.app.cluster_roles import NAMESPACE, roles
from galley.app.kubernetes_status.gateway_api_conditions import ROUTE_PROGRAMMED
from pipeline.stages.gateway_class import CONTROLLER
from schemas.gateway_api_kinds import GROUP
from tests.app.live import proxy, running
from tests.components.gateway_api import gateway_api_definitions
from tests.sources.contract import eventually
from tests.sources.kubernetes.cluster import Cluster, kind_named
from tests.sources.kubernetes.test_access import put

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

API = f"{GROUP}/v1"
NAME_LABEL = "gateway.networking.k8s.io/gateway-name"
OTHER = "example.com/other"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_KINDS = ("GatewayClass", "Gateway", "HTTPRoute")


def tree(kind: str, name: str, **spec: object) -> dict[str, Any]:
    """Return an object of the Gateway API."""
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def gateway(name: str = "edge", class_name: str = "istio", *listeners: dict[str, Any]) -> dict[str, Any]:
    """Return a Gateway, with one listener of HTTP where none is given."""
    found = listeners or ({"name": "http", "port": 80, "protocol": "HTTP"},)
    return tree("Gateway", name, gatewayClassName=class_name, listeners=list(found))


def route(name: str = "web", *parents: dict[str, Any], backend: str = "web") -> dict[str, Any]:
    """Return an HTTPRoute."""
    rules = [{"backendRefs": [{"name": backend, "port": 80}]}]
    return tree("HTTPRoute", name, parentRefs=list(parents) or [{"name": "edge"}], rules=rules)


def get(cluster: Cluster, kind: str, name: str) -> dict[str, Any]:
    """Return an object as it is."""
    return cluster.ask("GET", f"{cluster.path_of(API, kind, 'default')}/{name}")


def told(conditions: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Return status and reason of conditions by type."""
    return {one["type"]: (one["status"], one["reason"]) for one in conditions}


def of_gateway(cluster: Cluster, name: str = "edge") -> dict[str, tuple[str, str]]:
    """Return the conditions of a Gateway."""
    return told(get(cluster, "Gateway", name).get("status", {}).get("conditions", []))


def of_route(cluster: Cluster, name: str = "web") -> dict[str, tuple[str, str]]:
    """Return our first entry's conditions of a route."""
    parents = get(cluster, "HTTPRoute", name).get("status", {}).get("parents", [])
    return next((told(one["conditions"]) for one in parents if one["controllerName"] == CONTROLLER), {})


async def become(found: Callable[[], dict[str, tuple[str, str]]], **wanted: str) -> None:
    """Wait until conditions have these reasons."""
    await eventually(lambda: all(found().get(type_, ("", ""))[1] == reason for type_, reason in wanted.items()), 20)


def modified(cluster: Cluster, kind: str, since: str) -> int:
    """Return how often objects of a kind were modified since a version."""
    query = f"watch=true&resourceVersion={since}&timeoutSeconds=1"
    answer = cluster.client.get(f"{cluster.path_of(API, kind, 'default')}?{query}")
    return sum(orjson.loads(line)["type"] == "MODIFIED" for line in answer.text.splitlines())


def edge(address: str, name: str = "edge") -> AbstractAsyncContextManager[Any]:
    """Connect as the proxy of a Gateway."""
    node = f"router~10.0.0.8~{name}-0.default~default.svc.cluster.local"
    return proxy(address, node=node, labels={NAME_LABEL: name})


def settings(cluster: Cluster) -> dict[str, Any]:
    """Return a server's settings for this cluster."""
    return {"kubernetes": {"clusters": [str(cluster.kubeconfig)]}}


@pytest.fixture
def gateways(cluster: Cluster) -> Cluster:
    """A cluster with the Gateway API's own definitions, a Service `web`, and none of its objects."""
    kinds = [kind_named(name, GROUP) for name in _KINDS]
    if not all(map(cluster.serves, kinds)):
        for definition in gateway_api_definitions():
            cluster.ask("POST", _DEFINITIONS, definition)
        end = time.monotonic() + 30
        while not all(map(cluster.serves, kinds)):
            assert time.monotonic() < end
            time.sleep(0.05)
    for kind in kinds:
        cluster.clear(kind)
    ports = [{"port": 80, "name": "http"}]
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": ports}})
    return cluster


async def test_a_gateway_and_its_route_tell_what_became_of_them(gateways: Cluster, tmp_path: Path) -> None:
    """In the shape that the definitions ask for, with routes counted; once, so that nothing follows from it."""
    async with running(tmp_path, **settings(gateways)) as live, edge(live.addresses["xds"]):
        gateways.apply(tree("GatewayClass", "istio", controllerName=CONTROLLER))
        gateways.apply(gateway())
        gateways.apply(route())
        await become(lambda: of_gateway(gateways), Accepted="Accepted", Programmed="Programmed")
        await become(
            lambda: of_route(gateways),
            Accepted="Accepted",
            ResolvedRefs="ResolvedRefs",
            **{ROUTE_PROGRAMMED: "Programmed"},
        )
        await become(lambda: told(get(gateways, "GatewayClass", "istio")["status"]["conditions"]), Accepted="Accepted")
        await eventually(lambda: get(gateways, "Gateway", "edge")["status"]["listeners"][0]["attachedRoutes"] == 1, 20)
        (listener,) = get(gateways, "Gateway", "edge")["status"]["listeners"]
        assert listener["supportedKinds"] == [{"group": GROUP, "kind": "HTTPRoute"}]
        assert told(listener["conditions"]) == {
            "Accepted": ("True", "Accepted"),
            "Programmed": ("True", "Programmed"),
            "ResolvedRefs": ("True", "ResolvedRefs"),
            "Conflicted": ("False", "NoConflicts"),
        }
        versions = [
            get(gateways, *one)["metadata"]["resourceVersion"] for one in (("Gateway", "edge"), ("HTTPRoute", "web"))
        ]
        revision = (await live.get("/api/v1/status"))["revision"]
        await asyncio.sleep(2)
        assert versions == [
            get(gateways, *one)["metadata"]["resourceVersion"] for one in (("Gateway", "edge"), ("HTTPRoute", "web"))
        ]
        assert (await live.get("/api/v1/status"))["revision"] == revision


async def test_what_is_anothers_is_left_alone(gateways: Cluster, tmp_path: Path) -> None:
    """Its classes, Gateways and routes; and of a route that has both, its entry."""
    gateways.apply(tree("GatewayClass", "theirs", controllerName=OTHER))
    gateways.apply(gateway("foreign", "theirs"))
    gateways.apply(route("stray", {"name": "foreign"}, {"name": "nowhere"}))
    gateways.apply(route("both", {"name": "foreign"}, {"name": "edge"}))
    now = {"lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "Accepted", "message": ""}
    entry = {
        "parentRef": {"group": GROUP, "kind": "Gateway", "name": "foreign"},
        "controllerName": OTHER,
        "conditions": [{"type": "Accepted", "status": "True", **now}],
    }
    path = f"{gateways.path_of(API, 'HTTPRoute', 'default')}/both/status"
    answer = gateways.client.patch(
        path, json={"status": {"parents": [entry]}}, headers={"content-type": "application/merge-patch+json"}
    )
    assert answer.is_success, answer.text
    theirs = (("GatewayClass", "theirs"), ("Gateway", "foreign"), ("HTTPRoute", "stray"))
    before = [get(gateways, *one)["metadata"]["resourceVersion"] for one in theirs]
    async with running(tmp_path, **settings(gateways)) as live, edge(live.addresses["xds"]):
        gateways.apply(gateway())
        await become(lambda: of_route(gateways, "both"), Accepted="Accepted", **{ROUTE_PROGRAMMED: "Programmed"})
        parents = get(gateways, "HTTPRoute", "both")["status"]["parents"]
        assert parents[0] == entry
        assert [one["parentRef"]["name"] for one in parents] == ["foreign", "edge"]
        gateways.delete(API, "Gateway", "edge")
        await eventually(lambda: get(gateways, "HTTPRoute", "both")["status"]["parents"] == [entry], 20)
        assert [get(gateways, *one)["metadata"]["resourceVersion"] for one in theirs] == before


async def test_what_another_object_changes_is_told(gateways: Cluster, tmp_path: Path) -> None:
    """A service that comes, a listener that closes, a class that turns out to be another's."""
    async with running(tmp_path, **settings(gateways)) as live, edge(live.addresses["xds"]):
        gateways.apply(gateway())
        gateways.apply(route(backend="late"))
        await become(lambda: of_route(gateways), Accepted="Accepted", ResolvedRefs="BackendNotFound")
        ports = [{"port": 80, "name": "http"}]
        late = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "late"}, "spec": {"ports": ports}}
        gateways.apply(late)
        await become(lambda: of_route(gateways), ResolvedRefs="ResolvedRefs")
        closed = {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"open": "yes"}}}}
        gateways.apply(
            gateway("edge", "istio", {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": closed})
        )
        await become(lambda: of_route(gateways), Accepted="NotAllowedByListeners", **{ROUTE_PROGRAMMED: "Invalid"})
        await eventually(lambda: get(gateways, "Gateway", "edge")["status"]["listeners"][0]["attachedRoutes"] == 0, 20)
        gateways.delete("v1", "Service", "late")
        await become(lambda: of_route(gateways), ResolvedRefs="BackendNotFound")


async def test_what_validation_refuses_is_told_in_the_same_shape(gateways: Cluster, tmp_path: Path) -> None:
    """With the finding as the message, and what is served instead; to the parents that it names by now."""
    async with running(tmp_path, **settings(gateways)) as live, edge(live.addresses["xds"]):
        gateways.apply(gateway())
        gateways.apply(route())
        await become(lambda: of_route(gateways), **{ROUTE_PROGRAMMED: "Programmed"})
        bad = route()
        bad["spec"]["rules"][0]["matches"] = [{"path": {"type": "RegularExpression", "value": "/(a"}}]
        gateways.apply(bad)
        await become(lambda: of_route(gateways), Accepted="UnsupportedValue", **{ROUTE_PROGRAMMED: "Invalid"})
        ((entry,),) = [get(gateways, "HTTPRoute", "web")["status"]["parents"]]
        found = {one["type"]: one for one in entry["conditions"]}
        assert "spec.rules[0].matches[0].path" in found["Accepted"]["message"]
        assert "what is served is still its version" in found[ROUTE_PROGRAMMED]["message"]
        assert found["Accepted"]["observedGeneration"] == 2
        gateways.apply(route())
        await become(lambda: of_route(gateways), Accepted="Accepted", **{ROUTE_PROGRAMMED: "Programmed"})


async def test_listeners_that_are_not_served_and_proxies_that_are_not_there(gateways: Cluster, tmp_path: Path) -> None:
    """As the definitions let it be said; a sidecar that is connected is no proxy of the Gateway."""
    async with running(tmp_path, **settings(gateways)) as live, proxy(live.addresses["xds"]):
        http = {"name": "http", "port": 80, "protocol": "HTTP"}
        tls = {"mode": "Terminate", "certificateRefs": [{"name": "absent"}]}
        https = {"name": "https", "port": 443, "protocol": "HTTPS", "tls": tls}
        gateways.apply(gateway("edge", "istio", http, {"name": "tcp", "port": 81, "protocol": "TCP"}, https))
        await become(lambda: of_gateway(gateways), Accepted="ListenersNotValid", Programmed="NoResources")
        found = {one["name"]: one for one in get(gateways, "Gateway", "edge")["status"]["listeners"]}
        assert told(found["tcp"]["conditions"])["Accepted"] == ("False", "UnsupportedProtocol")
        assert found["tcp"]["supportedKinds"] == []
        assert told(found["http"]["conditions"])["Programmed"] == ("False", "Pending")
        async with edge(live.addresses["xds"]):
            gateways.apply(gateway())
            await become(lambda: of_gateway(gateways), Accepted="Accepted", Programmed="Programmed")
            conditions = get(gateways, "Gateway", "edge")["status"]["conditions"]
            (programmed,) = [one for one in conditions if one["type"] == "Programmed"]
            assert programmed["message"].endswith("is live on 1 of 1 proxies")


async def test_a_restart_writes_nothing_anew(gateways: Cluster, tmp_path: Path) -> None:
    """What was live stays so, though no proxy is back yet."""
    names = (("Gateway", "edge"), ("HTTPRoute", "web"), ("HTTPRoute", "second"))
    async with running(tmp_path, **settings(gateways)) as live, edge(live.addresses["xds"]):
        gateways.apply(gateway())
        gateways.apply(route())
        gateways.apply(route("second"))
        await become(lambda: of_route(gateways), **{ROUTE_PROGRAMMED: "Programmed"})
        await become(lambda: of_route(gateways, "second"), **{ROUTE_PROGRAMMED: "Programmed"})
        await become(lambda: of_gateway(gateways), Programmed="Programmed")
        await eventually(lambda: get(gateways, "Gateway", "edge")["status"]["listeners"][0]["attachedRoutes"] == 2, 20)
        await asyncio.sleep(0.5)
    versions = [get(gateways, *one)["metadata"]["resourceVersion"] for one in names]
    async with running(tmp_path, **settings(gateways)):
        gateways.apply(gateway("later"))
        await become(lambda: of_gateway(gateways, "later"), Programmed="NoResources")
        assert [get(gateways, *one)["metadata"]["resourceVersion"] for one in names] == versions


async def test_many_routes_at_once_are_few_writes(gateways: Cluster, tmp_path: Path) -> None:
    """Each route is written once, as long as nothing else becomes of it; the Gateway not once for each of them."""
    names = [f"r{number}" for number in range(40)]
    async with running(tmp_path, **settings(gateways)) as live, edge(live.addresses["xds"]):
        gateways.apply(gateway())
        await become(lambda: of_gateway(gateways), Programmed="Programmed")
        start = gateways.ask("GET", gateways.path_of(API, "Gateway", ""))["metadata"]["resourceVersion"]
        for name in names:
            gateways.apply(route(name))
        await eventually(lambda: all(of_route(gateways, name) for name in names), 30)
        await eventually(lambda: get(gateways, "Gateway", "edge")["status"]["listeners"][0]["attachedRoutes"] == 40, 20)
        assert modified(gateways, "HTTPRoute", start) < 1.5 * len(names)
        assert modified(gateways, "Gateway", start) < len(names) / 2


async def test_the_manifests_account_may_write_them(gateways: Cluster, tmp_path: Path) -> None:
    """It may patch the statuses of the three kinds, and so needs no more than the roles that are shipped."""
    put(gateways, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    account = {"name": "galley", "namespace": NAMESPACE}
    put(gateways, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    for role in roles():
        put(gateways, role)
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/galley/token"
    made = gateways.ask("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"})
    config = yaml.safe_load(gateways.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": made["status"]["token"]}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    wanted = {"kubernetes": {"clusters": [str(kubeconfig)]}}
    async with running(tmp_path, **wanted) as live, edge(live.addresses["xds"]):
        gateways.apply(tree("GatewayClass", "istio", controllerName=CONTROLLER))
        gateways.apply(gateway())
        gateways.apply(route())
        await become(lambda: of_gateway(gateways), Programmed="Programmed")
        await become(lambda: of_route(gateways), Accepted="Accepted")
        await become(lambda: told(get(gateways, "GatewayClass", "istio")["status"]["conditions"]), Accepted="Accepted")
