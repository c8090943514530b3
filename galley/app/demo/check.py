"""Drives the demo to its end by itself: what a user would do, and what they should see.

Each step says what was expected and what was seen; the table at the end is the verdict.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from galley.app.api.answers import Changed, RevisionAnswer, RollbackRequest, Status, Waited
from galley.app.cli.client import Client
from galley.app.demo.traffic import Counts, ask, keep_asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from galley.app.demo.stage import Stage

_REQUESTS = 1_000
_CANARY = 0.10
_SLACK = 0.04
_BROKEN = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: broken
  namespace: bookinfo
spec:
  hosts: [broken.bookinfo.example]
  http:
  - rout:
    - destination: {host: reviews.bookinfo.example}
"""
_BROKEN_LINE = 9
_DOWN = 1.5
_QUIET = 12
"""Tenths of a second without news after which Envoy has reported everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One step of the check: what it was about, what was seen, and whether that is right."""

    step: str
    seen: str
    right: bool


class Check:
    """The steps, one after the other, on a running stage."""

    def __init__(self, stage: Stage, say: Callable[[str], None]) -> None:
        """Check `stage`; tell `say` what is being done."""
        self._stage = stage
        self._scene = stage.scene
        self._say = say
        self._client = Client(stage.scene.admin)
        self._seen: list[Seen] = []
        self._asked = 0

    async def run(self) -> list[Seen]:
        """Run all steps; return what was seen."""
        await self._baseline()
        await self._canary()
        await self._broken_file()
        await self._rollback()
        await self._crash()
        return self._seen

    async def _ask(self, count: int, headers: dict[str, str] | None = None) -> Counts:
        """Make requests, and remember how many there were."""
        counts = await ask(self._scene.url, count, headers)
        self._asked += counts.total
        return counts

    def _note(self, step: str, seen: str, *, right: bool) -> None:
        self._seen.append(Seen(step=step, seen=seen, right=right))

    async def _baseline(self) -> None:
        self._say("baseline: 200 requests, all to v1")
        counts = await self._ask(200)
        right = counts.versions["v1"] == counts.total
        self._note("baseline", _text(counts), right=right)
        tester = await self._ask(20, {"x-user": "tester"})
        self._note("header match x-user: tester", _text(tester), right=tester.versions["v3"] == tester.total)

    async def _canary(self) -> None:
        self._say("canary: 90 % to v1, 10 % to v2, by editing the file")
        text = self._scene.route.read_text()
        edited = re.sub(r"weight: 100\b", "weight: 90", text).replace("weight: 0", "weight: 10")
        revision = await self._edit(edited)
        self._note("canary live", f"revision {revision.revision}: {revision.message}", right=revision.done)
        self._say(f"the shift over {_REQUESTS} requests")
        before = await self._until_reported(self._asked)
        counts = await self._ask(_REQUESTS)
        right = abs(counts.share("v2") - _CANARY) <= _SLACK and not counts.failures
        self._note(f"shift over {_REQUESTS} requests", _text(counts), right=right)
        reported = await self._until_reported(sum(before.values()) + _REQUESTS)
        shares = {version: reported[version] - before.get(version, 0) for version in sorted(reported)}
        total = sum(shares.values())
        self._note(
            "the same, as Mixer counts it",
            ", ".join(f"{version} {count}" for version, count in shares.items() if count),
            right=total == _REQUESTS and shares.get("v2", 0) == counts.versions["v2"],
        )

    async def _broken_file(self) -> None:
        self._say("a broken file is dropped in")
        broken = self._scene.mesh / "broken.yaml"
        before = self._client.get(Status, "/api/v1/status")
        broken.write_text(_BROKEN)
        held, status = None, before
        for _ in range(200):
            status = self._client.get(Status, "/api/v1/status")
            held = next((held for held in status.held if held.file == broken.name), None)
            if held:
                break
            await asyncio.sleep(0.05)
        counts = await self._ask(200)
        seen = f"{held.file}:{held.line}: {held.code}: {held.message}" if held else "nothing said"
        self._note("broken file refused", seen, right=held is not None and held.line == _BROKEN_LINE)
        unharmed = not counts.failures and status.revision == before.revision
        self._note("traffic meanwhile", _text(counts), right=unharmed)
        broken.unlink()

    async def _rollback(self) -> None:
        self._say("rollback")
        newest = self._client.get(list[RevisionAnswer], "/api/v1/revisions", {"limit": 1})[0]
        answer = self._client.post(Changed, f"/api/v1/revisions/{newest.parent}/rollback", RollbackRequest())
        waited = await self._wait(answer.revision)
        counts = await self._ask(200)
        right = waited.done and counts.versions["v1"] == counts.total
        self._note(f"rollback to revision {newest.parent}", f"{waited.message}; {_text(counts)}", right=right)

    async def _crash(self) -> None:
        self._say("the server is killed under traffic, and comes back")
        before = self._client.get(Status, "/api/v1/status")
        counts, stop = Counts(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_asking(self._scene.url, counts, stop))
            await asyncio.sleep(0.5)
            await self._stage.kill_server()
            await asyncio.sleep(_DOWN)
            await self._stage.start_server()
            waited = await self._reconnected(before.revision)
            await asyncio.sleep(0.5)
            stop.set()
        self._note("kill -9 of the server under traffic", _text(counts), right=not counts.failures)
        after = self._client.get(Status, "/api/v1/status")
        same = after.revision == before.revision and after.digest == before.digest
        right = same and waited.done and waited.live.of > 0
        self._note("after the restart", f"revision {after.revision}: {waited.message}", right=right)

    async def _reconnected(self, revision: int) -> Waited:
        """Wait until Envoy is back, and the revision is live on it."""
        waited = await self._wait(revision)
        for _ in range(100):
            if waited.live.of:
                break
            await asyncio.sleep(0.05)
            waited = await self._wait(revision)
        return waited

    async def _edit(self, text: str) -> Waited:
        """Save the file as editors do, and wait until the new revision is live."""
        before = now = self._client.get(Status, "/api/v1/status").revision
        draft = self._scene.route.with_suffix(".tmp")
        draft.write_text(text)
        draft.replace(self._scene.route)
        for _ in range(200):
            now = self._client.get(Status, "/api/v1/status").revision
            if now > before:
                break
            await asyncio.sleep(0.02)
        return await self._wait(now)

    async def _wait(self, revision: int) -> Waited:
        query = {"revision": revision, "timeout": 10}
        return await asyncio.to_thread(self._client.get, Waited, "/api/v1/wait", query)

    async def _reported(self) -> dict[str, int]:
        """Return Mixer's count of requests by destination version."""
        async with httpx.AsyncClient(trust_env=False) as client:
            text = (await client.get(f"{self._scene.admin}/metrics")).text
        counts: dict[str, int] = {}
        for line in text.splitlines():
            if line.startswith("istio_requests_total{") and 'response_code="200"' in line:
                version = re.search(r'destination_version="([^"]*)"', line)
                if version:
                    counts[version[1]] = counts.get(version[1], 0) + int(float(line.rsplit(" ", 1)[1]))
        return counts

    async def _until_reported(self, count: int) -> dict[str, int]:
        """Wait until Mixer has counted so many requests, and no more come; Envoy reports once a second."""
        reported = await self._reported()
        quiet = 0
        for _ in range(100):
            await asyncio.sleep(0.1)
            latest = await self._reported()
            quiet = quiet + 1 if latest == reported else 0
            reported = latest
            if sum(reported.values()) >= count and quiet > _QUIET:
                break
        return reported


def _text(counts: Counts) -> str:
    parts = [f"{version} {count}" for version, count in sorted(counts.versions.items())]
    parts += [f"failed {count} ({reason})" for reason, count in sorted(counts.failures.items())]
    return ", ".join(parts) or "no answer"
