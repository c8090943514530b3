"""Roles in processes of their own are one mesh: the same versions everywhere, live everywhere counted by everybody."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio

from galley.app.envoy.binary import find_envoy
from galley.app.envoy.bootstrap import Bootstrap
from galley.app.envoy.process import running_envoy
from tests.app.commands import entry, galley, route
from tests.app.notify.listener import listening
from tests.app.notify.test_commits import document, settings, told
from tests.components.process import free_port
from tests.kafka.members import PATIENCE, Member, Members
from tests.kafka.relay import relay
from tests.kafka.walker import Walker
from tests.sources.git.repository import Repository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@dataclass(slots=True)
class World:
    """A pipeline, and two xDS servers."""

    members: Members
    pipeline: Member
    one: Member
    two: Member
    edits: int = 0

    async def edit(self) -> int:
        """Change an object; return the revision that has it, once it is published."""
        before = (await self.pipeline.get("/api/v1/status"))["revision"]
        self.write()
        return int((await self.pipeline.revision(before + 1))["revision"])

    def write(self) -> None:
        """Change an object."""
        self.edits += 1
        (self.members.files / "edited.yaml").write_text(
            entry("edited", 200).replace("192.0.2.1", f"192.0.2.{self.edits}")
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One mesh for all tests here: to start its processes takes seconds."""
    members = Members(tmp_path_factory.mktemp("members") / "root", kafka)
    for number in range(20):
        (members.files / f"{number}.yaml").write_text(entry(f"web-{number}", number + 1))
    async with AsyncExitStack() as stack:
        pipeline = await stack.enter_async_context(members.member("pipeline", "ingest,pipeline"))
        one = await stack.enter_async_context(members.member("one", "xds"))
        two = await stack.enter_async_context(members.member("two", "xds"))
        yield World(members, pipeline, one, two)


async def _synced(server: Member, walker: Walker, revision: int, where: str = "") -> None:
    """Return once a server says of a proxy that it has everything of a revision."""
    await server.until(
        "/api/v1/proxies",
        lambda answers: any(
            answer["node"] == walker.node
            and answer["connected"]
            and answer["state"] == "synced"
            and answer["revision"] >= revision
            and answer["server"] == (where or server.name)
            for answer in answers
        ),
    )


async def test_every_process_opens_the_addresses_of_its_roles(world: World) -> None:
    """And the administration: those that serve nobody have that alone."""
    assert set(world.pipeline.addresses) == {"admin"}
    assert set(world.one.addresses) == set(world.two.addresses) == {"admin", "xds", "xds_tls"}


async def test_servers_share_an_authority(world: World) -> None:
    """Started at once with one folder, they show certificates of one root."""
    roots = [await server.get("/api/v1/root") for server in (world.one, world.two)]
    assert roots[0] == roots[1]


async def test_live_everywhere_is_counted_over_all_servers(world: World) -> None:
    """Whoever is asked, also who serves nobody, knows the proxies of both, and waits for both."""
    first, second = Walker("first"), Walker("second")
    async with first.at(world.one.addresses["xds"]), second.at(world.two.addresses["xds"]):
        revision = await world.edit()
        for server in (world.pipeline, world.one, world.two):
            await _synced(server, first, revision, "one")
            await _synced(server, second, revision, "two")
            answer = await server.live(revision)
            assert answer["live"] == {"applied": 2, "of": 2, "refused": 0}
        status = await world.pipeline.get("/api/v1/status")
        (source,) = await world.one.get("/api/v1/sources")
        assert (source["name"], source["kind"], source["objects"]) == ("files", "files", 21)
        assert "another process" in source["detail"]
        assert [(one["name"], one["proxies"], one["gone"]) for one in status["servers"]] == [
            ("one", 1, False),
            ("two", 1, False),
        ]
        said = await asyncio.to_thread(galley, "proxies", "--server", world.pipeline.addresses["admin"])
        assert [line.split()[:3] for line in said.out.splitlines()[1:]] == [
            ["one", first.node, "synced"],
            ["two", second.node, "synced"],
        ]
        elsewhere = await asyncio.to_thread(galley, "proxy", "first", "--server", world.two.addresses["admin"])
        assert "is connected to the server one" in elsewhere.err
        assert (await asyncio.to_thread(galley, "status", "--server", world.two.addresses["admin"])).code == 0


async def test_a_proxy_that_moves_is_sent_nothing_that_it_has(world: World) -> None:
    """The servers serve the same versions; what changed meanwhile is sent, and nothing else."""
    walker = Walker("walker")
    revision = (await world.pipeline.get("/api/v1/status"))["revision"]
    async with walker.at(world.one.addresses["xds"]):
        await _synced(world.one, walker, revision)
    assert len(walker.versions) > 20
    had, received = walker.versions, walker.client.received
    async with walker.at(world.two.addresses["xds"]):
        await _synced(world.two, walker, revision)
        assert (walker.client.received, walker.versions) == (received, had)
    later = await world.edit()
    async with walker.at(world.one.addresses["xds"]):
        await _synced(world.one, walker, later)
        changed = {name for name, version in walker.versions.items() if had.get(name) != version}
        assert changed
        assert all("edited" in name for _, name in changed)
        assert walker.client.received == received + len(changed)
    assert walker.client.nacks == 0


async def test_what_a_proxy_refuses_is_known_everywhere(world: World) -> None:
    """In its own words, with file and line, at the server that it is not connected to, and at the pipeline."""
    walker = Walker("refuser")
    walker.client.words = lambda names: f"no {names}"
    bad = world.members.files / "bad.yaml"
    async with walker.at(world.one.addresses["xds"]):
        await world.two.live(await world.edit())
        bad.write_text(route("web-1.example").replace("  - route", "  - name: BAD\n    route"))
        for server in (world.two, world.pipeline):
            status = await server.until("/api/v1/status", lambda status: status["live"]["refused"])
            (refusal, *_) = next(proxy["refused"] for proxy in status["proxies"] if proxy["refused"])
            assert refusal["node"] == walker.node
            assert refusal["reason"].startswith("no ")
            assert any("bad.yaml:1:1 VirtualService default/web" in line for line in refusal["objects"]), refusal
        bad.unlink()
        await world.two.until("/api/v1/status", lambda status: not status["live"]["refused"])


@pytest.mark.envoy
async def test_an_envoy_moves_and_notices_nothing(world: World, tmp_path: Path) -> None:
    """Its configuration is what it was: no update, no rejection; and it hears of what comes from the other server."""
    admin = f"127.0.0.1:{free_port()}"
    node = "sidecar~127.0.0.1~envoy.default~default.svc.cluster.local"
    async with relay(world.one.addresses["xds"]) as way, httpx.AsyncClient(trust_env=False) as http:
        bootstrap = Bootstrap(node=node, server=way.address, admin=admin)
        async with running_envoy(find_envoy(), bootstrap, tmp_path, tmp_path / "envoy.log"):
            walker = Walker("envoy")
            walker.node = node
            revision = (await world.pipeline.get("/api/v1/status"))["revision"]
            await _synced(world.two, walker, revision, "one")
            before = await _updates(http, admin)
            way.lead(world.two.addresses["xds"])
            await _synced(world.two, walker, revision, "two")
            assert await _updates(http, admin) == before
            later = await world.edit()
            await world.one.live(later)
            await _synced(world.one, walker, later, "two")
            after = await _updates(http, admin)
            assert any(after[name] > count for name, count in before.items())
            assert not any(count for name, count in after.items() if "rejected" in name)


async def _updates(http: httpx.AsyncClient, admin: str) -> dict[str, int]:
    """Return how often an Envoy has taken or rejected something that changed it."""
    found = (await http.get(f"http://{admin}/stats", params={"format": "json"})).json()["stats"]
    wanted = (".update_success", ".update_rejected", ".config_reload")
    return {one["name"]: one["value"] for one in found if one.get("name", "").endswith(wanted)}


async def test_a_pipeline_that_is_killed_disturbs_no_proxy(world: World) -> None:
    """Streams stay, and what is served; what was edited meanwhile comes once it is back, and nothing else."""
    walker = Walker("steady")
    revision = await world.edit()
    async with walker.at(world.one.addresses["xds"]):
        await _synced(world.one, walker, revision)
        had, received = walker.versions, walker.client.received
        await world.pipeline.kill()
        world.write()
        for server in (world.one, world.two):
            assert (await server.http.get(f"http://{server.addresses['admin']}/readyz")).status_code == 200
            assert (await server.get("/api/v1/status"))["revision"] == revision
        await world.pipeline.start()
        later = int((await world.one.revision(revision + 1))["revision"])
        await _synced(world.one, walker, later)
        assert (walker.ended, walker.client.nacks) == (0, 0)
        changed = {name for name, version in walker.versions.items() if had.get(name) != version}
        assert all("edited" in name for _, name in changed)
        assert walker.client.received == received + len(changed)


async def test_another_pipeline_takes_over(world: World) -> None:
    """Of two processes with the role one writes; where it is killed the other goes on where it was."""
    revision = await world.edit()
    async with world.members.member("standby", "pipeline") as standby:
        await standby.revision(revision)
        async with world.members.member("ingest", "ingest") as ingest:
            await world.pipeline.kill()
            world.write()
            status = await world.two.revision(revision + 1)
            assert (status["revision"], (await ingest.revision(revision + 1))["digest"]) == (
                revision + 1,
                status["digest"],
            )
            await world.pipeline.start()
            await world.pipeline.revision(revision + 1)


async def test_a_server_that_joins_later_serves_the_same(world: World) -> None:
    """It reads what lies in the topics: same revision, same digest, same versions; and the archive has the history."""
    revision = await world.edit()
    walker = Walker("late")
    async with walker.at(world.one.addresses["xds"]):
        await _synced(world.one, walker, revision)
    had, received = walker.versions, walker.client.received
    async with world.members.member("three", "xds") as three, world.members.member("archive", "archive") as archive:
        mine = await three.revision(revision)
        digest = (await world.one.get("/api/v1/status"))["digest"]
        assert (mine["revision"], mine["digest"]) == (revision, digest)
        async with walker.at(three.addresses["xds"]):
            await _synced(world.two, walker, revision, "three")
            assert (walker.client.received, walker.versions) == (received, had)
        assert set(archive.addresses) == {"admin"}
        assert (await archive.revision(revision))["digest"] == digest
        later = await world.edit()
        await archive.revision(later)
        log = await archive.get("/api/v1/revisions", limit=1)
        assert log[0]["revision"] == later
        async with walker.at(three.addresses["xds"]):
            await world.one.until("/api/v1/status", lambda status: status["live"]["of"] == 1)
    status = await world.one.until("/api/v1/status", lambda status: len(status["servers"]) == 1)
    assert [server["name"] for server in status["servers"]] == ["two"]


@pytest.mark.soak  # half a minute
async def test_a_server_that_is_killed_is_told_apart(world: World) -> None:
    """Its proxy comes to another one and is counted there at once; half a minute later the dead one is called gone."""
    walker = Walker("orphan")
    async with world.members.member("four", "xds") as four:
        revision = (await world.one.get("/api/v1/status"))["revision"]
        async with walker.at(four.addresses["xds"]):
            await _synced(world.one, walker, revision, "four")
            await four.kill()
        async with walker.at(world.two.addresses["xds"]):
            await _synced(world.one, walker, revision, "two")
            later = await world.edit()
            answer = await world.one.live(later)
            assert answer["live"]["of"] == 1
            async with asyncio.timeout(2 * PATIENCE):
                await world.one.until("/api/v1/status", lambda status: _is_gone("four", status))


def _is_gone(name: str, status: Any) -> bool:  # noqa: ANN401  JSON
    return any(one["name"] == name and one["gone"] for one in status["servers"])


async def test_a_server_that_starts_without_brokers_serves_what_it_had(world: World) -> None:
    """It is ready with its last good snapshot, says which broker it cannot reach, and refuses changes with that."""
    before = await world.edit()
    async with world.members.member("five", "xds") as five:
        await five.revision(before)
        revision = await world.edit()
        await five.revision(revision)
        digest = (await five.get("/api/v1/status"))["digest"]
    walker = Walker("patient")
    async with world.members.member("five", "xds", ["kafka.bootstrap=127.0.0.1:1"]) as five:
        status = await five.until("/api/v1/status", lambda status: status["trouble"] and status["unknown"])
        assert (status["revision"], status["digest"], status["accepting"]) == (revision, digest, False)
        assert "127.0.0.1:1" in status["trouble"]
        async with walker.at(five.addresses["xds"]):
            await _synced(five, walker, revision)
            answer = await five.get("/api/v1/wait", revision=revision, timeout=0)
            assert (answer["live"], answer["done"]) == ({"applied": 1, "of": 1, "refused": 0}, False)
        flags = ("--server", five.addresses["admin"])
        said = await asyncio.to_thread(galley, "status", *flags)
        assert (said.code, "127.0.0.1:1" in said.out) == (1, True)
        refused = await asyncio.to_thread(galley, "rollback", str(before), *flags)
        assert (refused.code, "127.0.0.1:1" in refused.err) == (2, True)


async def test_one_process_can_have_all_roles(kafka: Kafka, tmp_path: Path) -> None:
    """As with the embedded engine: every address is open, and an edit comes to its own proxies."""
    members = Members(tmp_path / "root", kafka)
    (members.files / "web.yaml").write_text(entry("web"))
    walker = Walker("alone")
    async with members.member("all", "ingest,pipeline,xds,mixer,citadel,webhook") as server:
        assert set(server.addresses) == {"admin", "xds", "xds_tls", "mixer", "citadel", "webhook"}
        async with walker.at(server.addresses["xds"]):
            await _synced(server, walker, 1, "all")
            (members.files / "web.yaml").write_text(entry("web", 2))
            await server.revision(2)
            assert (await server.live(2))["live"] == {"applied": 1, "of": 1, "refused": 0}


async def test_a_process_on_another_machine_says_what_is_gone(kafka: Kafka, tmp_path: Path) -> None:
    """With nothing on its disk it knows from the mesh what its sources have said, and so what they no longer say."""
    members = Members(tmp_path / "root", kafka)
    for name in ("stays", "goes"):
        (members.files / f"{name}.yaml").write_text(entry(name))
    async with members.member("before", "ingest,pipeline") as before:
        assert (await before.revision(1))["sources"][0]["objects"] == 2
    (members.files / "goes.yaml").unlink()
    async with members.member("after", "ingest,pipeline") as after:
        status = await after.revision(2)
        assert (status["revision"], status["sources"][0]["objects"]) == (2, 1)
        (change,) = await after.get("/api/v1/diff", a=1, b=2)
        assert (change["resource"], change["change"]) == ("ServiceEntry default/goes", "removed")


async def test_what_waits_in_the_log_is_not_forgotten_by_who_said_it(kafka: Kafka, tmp_path: Path) -> None:
    """Said while nobody wrote, and taken back in another life of the process: once somebody writes, it is not there."""
    members = Members(tmp_path / "root", kafka)
    (members.files / "stays.yaml").write_text(entry("stays"))
    at_once = ["sources.sync_timeout=0.5"]
    async with members.member("writes", "pipeline", at_once) as writes, members.member("says", "ingest") as says:
        await says.revision(2)
        await writes.kill()
        (members.files / "goes.yaml").write_text(entry("goes"))
        await says.until("/api/v1/events", lambda text: text.count("batch.received") > 1, shape="text", follow="false")
        await says.kill()
        (members.files / "goes.yaml").unlink()
        await says.start()
        await writes.start()
        (members.files / "later.yaml").write_text(entry("later"))
        await writes.until(
            "/api/v1/wait", lambda answer: bool(answer["done"]), kind="ServiceEntry", object="later", timeout=5
        )
        (source,) = await writes.get("/api/v1/sources")
        assert (source["name"], source["objects"]) == ("files", 2)


async def test_a_commit_is_told_live_where_all_servers_proxies_have_it(kafka: Kafka, tmp_path: Path) -> None:
    """Who follows the repository serves nobody: the forge is told of proxies elsewhere, and of what they refuse."""
    (tmp_path / "git").mkdir()
    repository, walker = Repository(tmp_path / "git"), Walker("fleet")
    repository.commit({"a.yaml": document("a", 1)})
    with listening() as listener:
        members = Members(tmp_path / "root", kafka, settings(tmp_path, repository, listener))
        async with (
            members.member("git", "ingest,pipeline"),
            members.member("edge", "xds") as edge,
            walker.at(edge.addresses["xds"]),
        ):
            await _synced(edge, walker, 1)
            good = repository.commit({"a.yaml": document("a", 2)})
            assert "live on 1 of 1 proxies in" in await told(listener, good, "success")
            text = route("a.example.com").replace("web.example", "a.example.com")
            bad = repository.commit({"b.yaml": text.replace("  - route", "  - name: BAD\n    route")})
            text = await told(listener, bad, "failure")
            assert "live on 0 of 1 proxies" in text
            assert walker.node in text
