"""Events: a change is followed from the batch to the last answer under one trace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from tests.app.commands import entry
from tests.app.live import Live, proxy, running

if TYPE_CHECKING:
    from pathlib import Path


async def _until(live: Live, last: str, trace: str = "") -> list[dict[str, Any]]:
    """Read events from the first on, to the first of that type, and of that trace if one is given."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(20), live.http.stream("GET", "/api/v1/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                found.append(orjson.loads(line.removeprefix("data: ")))
                if found[-1]["type"] == last and trace in ("", found[-1]["trace"]):
                    break
    return found


async def test_one_trace_leads_from_the_file_to_the_proxies(tmp_path: Path) -> None:
    """Received, published, applied and validated are of one change; what is wrong with it names file and line."""
    async with running(tmp_path) as live, proxy(live.addresses["xds"]) as sent:
        await sent.get()
        (live.files / "a.yaml").write_text(entry("web") + "---\n" + entry("bad").replace("80", "99999"))
        events = await _until(live, "rejected")
        (wrong,) = [event for event in events if event["type"] == "rejected"]
        assert wrong["data"]["resource"] == "ServiceEntry default/bad"
        assert wrong["data"]["file"] == "a.yaml"
        assert wrong["data"]["line"] > 1
        assert wrong["data"]["code"]
        trace = wrong["trace"]
        told = [event["type"] for event in await _until(live, "applied", trace) if event["trace"] == trace]
        assert {*told, "validated"} == {"received", "published", "rejected", "validated", "applied"}
        assert told[:2] == ["received", "published"]
        assert [event["trace"] for event in await _until(live, "validated", trace)][-1] == trace


async def test_what_people_do_is_told(tmp_path: Path) -> None:
    """A rollback and its release are events of the revisions that they make."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        first = (await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1))["revision"]
        (live.files / "a.yaml").write_text(entry("web", 2))
        await live.revision(first + 1)
        assert (await live.post(f"/api/v1/revisions/{first}/rollback", {})).status_code == 200
        (back,) = [event for event in await _until(live, "rolled back") if event["type"] == "rolled back"]
        assert (back["revision"], back["data"]) == (first + 2, {"to": first})
        assert (await live.post(f"/api/v1/revisions/{first}/rollback", {"release": True})).status_code == 200
        (freed,) = [event for event in await _until(live, "released") if event["type"] == "released"]
        assert freed["data"] == {"resources": ["ServiceEntry default/web"]}
