"""What happens in a real Consul is what the mesh is told, no more and no less."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest

from tests.components.consul_agent import Consul, consul
from tests.sources.consul.world import NODE, ConsulWorld, deregistration, registration
from tests.sources.contract import eventually
from tests.sources.listener import Listener, said
from tests.sources.platform.registry_world import followed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.component


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consul]:
    """A server that takes as many connections as are asked for."""
    limits = {"http_max_conns_per_client": 2_000}
    with consul(tmp_path_factory.mktemp("consul"), keeps=True, limits=limits) as running:
        yield running


@pytest.fixture
def world(agent: Consul) -> ConsulWorld:
    """An empty catalogue."""
    return ConsulWorld(agent)


def served(listener: Listener, kind: str) -> list[str]:
    """Return the names of what is served of a kind."""
    return sorted(key.name for key in listener.state.mesh if key.kind == kind)


def spec(listener: Listener, name: str) -> dict[str, object]:
    """Return the spec of an object."""
    [resource] = [resource for key, resource in listener.state.mesh.items() if key.name == name]
    found: dict[str, object] = orjson.loads(resource.spec)
    return found


async def test_an_instance_is_one_object(world: ConsulWorld) -> None:
    """The first comes with its service; another is one WorkloadEntry, and so is its going. All over one connection."""
    async with followed(world) as (listener, source):
        world.transact(registration("reviews", "r1", Meta={"protocol": "http"}, Tags=["version|v1", "canary"]))
        assert said(await listener.next()) == ["+reviews.consul", "+reviews.consul.away-r1-" + _digest(listener)]
        assert spec(listener, "reviews.consul") == {
            "hosts": ["reviews.service.consul"],
            "location": "MESH_INTERNAL",
            "ports": [{"name": "http", "number": 8080, "protocol": "HTTP"}],
            "resolution": "STATIC",
            "workloadSelector": {"labels": {"galley.dev/service": "reviews.consul"}},
        }
        assert spec(listener, served(listener, "WorkloadEntry")[0]) == {
            "address": "10.0.0.1",
            "labels": {"galley.dev/service": "reviews.consul", "version": "v1"},
            "locality": "dc1",
            "ports": {"http": 8080},
        }
        world.transact(registration("reviews", "r2", Address="10.0.0.2", Meta={"protocol": "http"}))
        [word] = said(await listener.next())
        assert word.startswith("+reviews.consul.away-r2-")
        world.transact(deregistration("reviews", "r2"))
        assert said(await listener.next()) == [f"-{word[1:]}"]
        await listener.quiet()
        assert source.status.failures == 0


def _digest(listener: Listener) -> str:
    return served(listener, "WorkloadEntry")[0].rpartition("-")[2]


async def test_health_takes_an_instance_out_and_back(world: ConsulWorld) -> None:
    """A critical check takes it out, a warning does not; the service stays."""
    world.transact(registration("reviews", "r1"), registration("reviews", "r2", Address="10.0.0.2"))
    world.check("reviews", "r1", "passing")
    async with followed(world) as (listener, _):
        assert len(served(listener, "WorkloadEntry")) == 2
        world.check("reviews", "r1", "critical")
        [word] = said(await listener.next())
        assert word.startswith("-reviews.consul.away-r1-")
        world.check("reviews", "r1", "warning")
        assert said(await listener.next()) == [f"+{word[1:]}"]
        node = {"Node": NODE, "CheckID": "serfHealth", "Name": "node", "Status": "critical"}
        world.transact({"Check": {"Verb": "set", "Check": node}})
        assert len(said(await listener.next())) == 2
        assert served(listener, "ServiceEntry") == ["reviews.consul"]


async def test_a_thousand_instances(world: ConsulWorld) -> None:
    """All are said, and one more is one object."""
    world.transact(*(instance("many", number) for number in range(1_000)))
    async with followed(world) as (listener, source):
        assert len(served(listener, "WorkloadEntry")) == 1_000
        world.transact(instance("many", 1_000))
        assert len(said(await listener.next())) == 1
        assert source.status.objects == 1_002
        assert source.status.failures == 0


def instance(name: str, number: int) -> dict[str, object]:
    """One of many instances."""
    return registration(name, f"{name}-{number}", Address=f"10.1.{number // 250}.{number % 250 + 1}")


@pytest.mark.timeout(240)
async def test_a_thousand_services(agent: Consul) -> None:
    """Most have no connection of their own, and yet each change of each of them is said, once."""
    world = ConsulWorld(agent, watches=20)
    world.transact(*(instance(f"service-{number}", number) for number in range(1_000)))
    listener, source = Listener(), world.source()
    async with listener.running(source):
        await eventually(lambda: source.status.synced, 60)
        listener.skip()
        assert source.status.objects == 2_000
        world.check("service-600", "service-600-600", "passing")
        world.check("service-700", "service-700-700", "critical")
        [word] = said(await listener.next())
        assert word.startswith("-service-700.consul.")
        world.transact(registration("service-999", "service-999-999", Address="10.2.0.1"))
        await eventually(lambda: address_of(listener, "service-999") == "10.2.0.1", 60)
        world.transact(deregistration("service-3", "service-3-3"), instance("new", 7))
        await eventually(lambda: address_of(listener, "new") and not address_of(listener, "service-3"), 60)
        assert source.status.objects == 1_999
        assert source.status.failures == 0


def address_of(listener: Listener, service: str) -> str:
    """Return the address of the one instance of a service, empty where it has none."""
    for key, resource in listener.state.mesh.items():
        if key.kind == "WorkloadEntry" and key.name.startswith(f"{service}.consul."):
            return str(orjson.loads(resource.spec)["address"])
    return ""


async def test_names_that_nobody_would_choose(world: ConsulWorld) -> None:
    """Each has objects of its own, whose names are valid."""
    names = ["Upper", "under_score", "a.b", "x" * 120, "sla/sh", "emoji-\N{GRINNING FACE}"]
    world.transact(*(registration(name, f"id {name}") for name in names))
    async with followed(world) as (listener, _):
        assert len(served(listener, "ServiceEntry")) == len(names)
        assert len(served(listener, "WorkloadEntry")) == len(names)
        assert "sla.sh.consul" in served(listener, "ServiceEntry")


async def test_an_agent_that_forgot_everything(tmp_path: Path) -> None:
    """Its indexes begin anew, and what it says is the truth: what it forgot is gone, what is new is there."""
    with consul(tmp_path) as agent:
        world = ConsulWorld(agent)
        world.change({"a": 1, "b": 1})
        async with followed(world) as (listener, source):
            agent.stop()
            await eventually(lambda: bool(source.status.errors))
            assert world.names(listener) == {"a", "b"}
            agent.start()
            world.transact({"Node": {"Verb": "set", "Node": {"Node": NODE, "Address": "10.0.0.1"}}})
            world.change({"b": 2})
            await eventually(lambda: world.names(listener) == {"b"} and world.value_of(listener, "b") == "2", 30)


async def test_a_token_that_may_no_longer_see_a_service(tmp_path: Path) -> None:
    """What is hidden is not gone: it stays, and the status says why; what the token may see goes on."""
    acl = {"enabled": True, "default_policy": "deny", "tokens": {"initial_management": "root-token"}}
    with consul(tmp_path, acl=acl) as agent:
        await asyncio.to_thread(_until_managed, agent)
        rules = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }'
        agent.put("/v1/acl/policy", {"Name": "mesh", "Rules": rules}, "root-token")
        agent.put(
            "/v1/acl/token",
            {"SecretID": "5" * 8 + "-5555-5555-5555-" + "5" * 12, "Policies": [{"Name": "mesh"}]},
            "root-token",
        )
        file = tmp_path / "token"
        file.write_text("5" * 8 + "-5555-5555-5555-" + "5" * 12 + "\n")
        world = ConsulWorld(agent, management="root-token", token_file=str(file))
        world.change({"a": 1, "b": 1})
        async with followed(world) as (listener, source):
            assert world.names(listener) == {"a", "b"}
            policies = httpx.get(
                f"{agent.url}/v1/acl/policy/name/mesh", headers={"X-Consul-Token": "root-token"}, trust_env=False
            ).json()
            less = 'service "b" { policy = "read" } node_prefix "" { policy = "read" }'
            agent.put(f"/v1/acl/policy/{policies['ID']}", {"Name": "mesh", "Rules": less}, "root-token")
            world.change({"a": 2, "b": 2})
            await eventually(lambda: world.value_of(listener, "b") == "2", 20)
            await eventually(lambda: any("may not read the service a" in error for error in source.status.errors), 40)
            assert world.value_of(listener, "a") == "1"
            file.write_text("no such token")
            agent.stop()
            agent.start()
            await eventually(lambda: any("403" in error for error in source.status.errors), 20)
            assert "no such token" not in " ".join(source.status.errors)
            assert world.names(listener) == {"a", "b"}


def _until_managed(agent: Consul) -> None:
    """Wait until the token of the beginning works."""
    answer = None
    while answer is None or answer.status_code != httpx.codes.OK:
        headers = {"X-Consul-Token": "root-token"}
        answer = httpx.get(f"{agent.url}/v1/acl/token/self", headers=headers, trust_env=False)
