"""Files, git, Kubernetes and Consul as one mesh behind a real Envoy: every edit arrives, every loss is harmless."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.aggregation.four_ways import KUBERNETES_HOST, WAYS, FourWays, four_ways

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [
    pytest.mark.component,
    pytest.mark.envoy,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FourWays]:
    """One mesh for all the tests here: starting the components takes seconds."""
    async with four_ways(tmp_path_factory.mktemp("four")) as found:
        for way in WAYS:
            await found.reaches(way, "first")
        yield found


@pytest.mark.parametrize("way", WAYS)
async def test_an_edit_reaches_traffic(ways: FourWays, way: str) -> None:
    """Whichever of the four is edited, requests for its service go elsewhere, and those for the others do not."""
    others = {other: await ways.served_by(other) for other in WAYS if other != way}
    for upstream in ("second", "first"):
        await asyncio.to_thread(ways.lead, way, upstream)
        await ways.reaches(way, upstream)
        assert {other: await ways.served_by(other) for other in others} == others


async def test_each_source_is_shown_with_what_it_has(ways: FourWays) -> None:
    """All four are synced, with objects, without errors; readiness has a line for each."""
    found = await ways.sources()
    assert {way: (found[way]["state"], found[way]["errors"]) for way in WAYS} == dict.fromkeys(WAYS, ("synced", []))
    assert all(found[way]["objects"] > 0 and found[way]["last_sync"] for way in WAYS)
    assert ways.live is not None
    ready = await ways.live.http.get("/readyz", params={"verbose": ""})
    assert all(f"[+] source {way}: synced" in ready.text for way in WAYS)


async def test_a_host_of_two_registries_is_told(ways: FourWays) -> None:
    """A host that git has and a Kubernetes Service too: the Service is served, git is told, with commit and line."""
    assert ways.live is not None
    findings = await ways.live.get("/api/v1/diagnostics")
    (found,) = [one for one in findings["diagnostics"] if one["code"] == "GLY0306"]
    assert (found["origin"]["source"], found["origin"]["file"], found["origin"]["line"]) == ("git", "contests.yaml", 5)
    assert "by Ann Author" in found["message"]
    assert found["related"][0]["origin"]["source"] == "kubernetes"
    assert f"{{hosts: [{KUBERNETES_HOST}], order: [git, kubernetes]}}" in found["hint"]
    assert await ways.served_by("kubernetes") == "first"


@pytest.mark.parametrize("way", WAYS)
async def test_a_source_that_is_cut_off_harms_nothing(ways: FourWays, way: str) -> None:
    """Its service is served on, the others' edits arrive; back again, its own do."""
    await asyncio.to_thread(ways.lose, way)
    await ways.state(way, "stale")
    other = "git" if way != "git" else "files"
    for upstream in ("second", "first"):
        await asyncio.to_thread(ways.lead, other, upstream)
        await ways.reaches(other, upstream)
        assert await ways.served_by(way) == "first"
    lost = (await ways.sources())[way]
    assert lost["errors"]
    assert lost["objects"] > 0
    await asyncio.to_thread(ways.find, way)
    await ways.state(way, "synced")
    for upstream in ("second", "first"):
        await asyncio.to_thread(ways.lead, way, upstream)
        await ways.reaches(way, upstream)


async def test_a_restart_while_everything_is_out_of_reach_harms_nothing(tmp_path: Path) -> None:
    """With all four sources lost the server starts from its log, serves, and says how old each is; then they return."""
    async with four_ways(tmp_path) as ways:
        for way in WAYS:
            await ways.reaches(way, "first")
        for way in WAYS:
            await asyncio.to_thread(ways.lose, way)
        await ways.end()
        await ways.serve()
        for way in WAYS:
            await ways.state(way, "stale")
        found = await ways.sources()
        assert all(found[way]["objects"] > 0 and found[way]["age"] > 0 for way in WAYS)
        assert ways.live is not None
        status = await ways.live.get("/api/v1/status")
        assert (status["revision"], status["guard"], status["diagnostics"]) == (1, None, [])
        assert {await ways.served_by(way) for way in WAYS} == {"first"}
        for way in WAYS:
            await asyncio.to_thread(ways.find, way)
            await ways.state(way, "synced")
            await asyncio.to_thread(ways.lead, way, "second")
            await ways.reaches(way, "second")
