"""What happens in a real Nomad is what the mesh is told, no more and no less."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.components.nomad_agent import nomad
from tests.sources.contract import eventually
from tests.sources.cutting import Cutting
from tests.sources.listener import Listener
from tests.sources.nomad.world import NomadWorld, service
from tests.sources.platform.registry_world import followed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.components.nomad_agent import Nomad

pytestmark = pytest.mark.component


def entries(listener: Listener) -> list[dict[str, object]]:
    """Return the specs of the WorkloadEntries that are served."""
    return [orjson.loads(one.spec) for key, one in listener.state.mesh.items() if key.kind == "WorkloadEntry"]


async def test_a_service_of_a_job(agent: Nomad) -> None:
    """Its tags are labels, its datacentre and region the locality, its protocol the port's."""
    world = NomadWorld(agent, region="global")
    async with followed(world) as (listener, _):
        world.services["reviews"] = service("reviews", tags=["protocol=http", "version=v1", "canary"])
        await asyncio.to_thread(world.submit)
        await eventually(lambda: len(listener.state.mesh) == 2)
        [entry] = [one for key, one in listener.state.mesh.items() if key.kind == "ServiceEntry"]
        assert entry.key.name == "reviews.nomad"
        spec = orjson.loads(entry.spec)
        assert spec["hosts"] == ["reviews.default.service.nomad"]
        assert spec["ports"] == [{"name": "http", "number": 10_000, "protocol": "HTTP"}]
        assert entries(listener) == [
            {
                "address": "10.0.0.1",
                "labels": {"galley.dev/service": "reviews.nomad", "protocol": "http", "version": "v1"},
                "locality": "global/dc1",
                "ports": {"http": 10_000},
            }
        ]


async def test_a_thousand_instances_and_their_end(agent: Nomad) -> None:
    """They come though the stream drops events that it has no room for, and they go with their job."""
    world = NomadWorld(agent)
    async with followed(world) as (listener, source):
        for number in range(1_000):
            address = f"10.0.{number // 250}.{number % 250 + 1}"
            world.services[f"many-{number}"] = service("many", port=number, address=address)
        await asyncio.to_thread(world.submit)
        await eventually(lambda: len(entries(listener)) == 1_000, 30)
        await eventually(lambda: source.status.objects == 1_001 and not source.status.errors, 30)
        await asyncio.to_thread(agent.call, "DELETE", "/v1/job/mesh?purge=true")
        # The shrink guard holds what empties a source; that all of it was said to be gone is what counts here.
        await eventually(lambda: source.status.objects == 0, 30)


@pytest.mark.parametrize("stream", [True, False])
async def test_tokens_and_a_refused_stream(tmp_path: Path, *, stream: bool) -> None:
    """A token that may not hear events is enough: the list is waited for then, and the status says so."""
    with nomad(tmp_path, "acl {\n  enabled = true\n}") as agent:
        root = await _bootstrapped(agent)
        capabilities = '["read-job", "list-jobs"]' if stream else '["list-jobs"]'
        rules = f'namespace "*" {{ capabilities = {capabilities} }}'
        agent.call("POST", "/v1/acl/policy/mesh", {"Name": "mesh", "Rules": rules}, root)
        made = agent.call("POST", "/v1/acl/token", {"Name": "m", "Type": "client", "Policies": ["mesh"]}, root)
        file = tmp_path / "token"
        file.write_text(made["SecretID"])
        world = NomadWorld(agent, management=root, token_file=str(file))
        listener, source = Listener(), world.source()
        async with listener.running(source):
            await eventually(lambda: source.status.synced or bool(source.status.errors), 20)
            if stream:
                await asyncio.to_thread(world.change, {"a": 1})
                await eventually(lambda: world.names(listener) == {"a"}, 20)
                assert not source.status.errors
            else:
                assert any("403" in error for error in source.status.errors)
            assert made["SecretID"] not in " ".join(source.status.errors)


async def _bootstrapped(agent: Nomad) -> str:
    made = await asyncio.to_thread(agent.call, "POST", "/v1/acl/bootstrap")
    return str(made["SecretID"])


async def test_an_agent_that_forgot_everything(tmp_path: Path) -> None:
    """While it is away nothing goes; what it says when it is back is the truth, at indexes that begin anew."""
    with nomad(tmp_path) as agent, closing(Cutting(agent.port)) as proxy:
        world = NomadWorld(agent, proxy)
        world.change({"a": 1, "b": 1})
        async with followed(world) as (listener, source):
            world.lose()
            await asyncio.to_thread(agent.stop)
            await eventually(lambda: bool(source.status.errors))
            assert world.names(listener) == {"a", "b"}
            await asyncio.to_thread(agent.start)
            del world.services["a"]
            await asyncio.to_thread(world.change, {"b": 2})
            world.find()
            await eventually(lambda: world.names(listener) == {"b"} and world.value_of(listener, "b") == "2", 40)
            await asyncio.to_thread(world.change, {"b": 3})
            await eventually(lambda: world.value_of(listener, "b") == "3", 40)
