"""Events: a change is followed from the batch to the last answer under one trace, and whoever reads them may rest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from schemas.events.cloud_event import trace_of
from tests.app.commands import entry
from tests.app.live import proxy, running
from tests.app.told import checked, events_until, word

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OTHER = "sidecar~10.0.0.8~other.default~default.svc.cluster.local"


async def test_one_trace_leads_from_the_file_to_the_proxies(tmp_path: Path) -> None:
    """Received, published, applied and validated are of one change; what is wrong with it names file and line."""
    async with running(tmp_path) as live, proxy(live.addresses["xds"]) as sent:
        await sent.get()
        (live.files / "a.yaml").write_text(entry("web") + "---\n" + entry("bad").replace("80", "99999"))
        wrong = (await events_until(live, "rejected"))[-1]
        assert wrong["data"]["resource"] == "ServiceEntry default/bad"
        assert wrong["subject"] == "objects/ServiceEntry/default/bad"
        assert (wrong["data"]["source"], wrong["data"]["file"]) == ("files", "a.yaml")
        assert wrong["data"]["line"] > 1
        assert wrong["data"]["code"]
        trace = trace_of(wrong)
        assert len(trace) == 32
        mine = [event for event in await events_until(live, "applied", trace=trace) if trace_of(event) == trace]
        told = [word(event) for event in mine]
        assert {*told, "validated"} == {"received", "published", "rejected", "validated", "applied"}
        assert told[:2] == ["received", "published"]
        everywhere = {"applied": 1, "of": 1, "refused": 0, "complete": True}
        assert mine[-1]["data"] == {"revision": wrong["data"]["revision"], **everywhere}
        assert trace_of((await events_until(live, "validated", trace=trace))[-1]) == trace
        assert (await live.get("/api/v1/revisions"))[0]["trace"] == trace


async def test_what_people_do_is_told(tmp_path: Path) -> None:
    """A rollback and its release are events of the revisions that they make."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        first = (await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1))["revision"]
        (live.files / "a.yaml").write_text(entry("web", 2))
        await live.revision(first + 1)
        assert (await live.post(f"/api/v1/revisions/{first}/rollback", {})).status_code == 200
        back = (await events_until(live, "rolled_back"))[-1]
        assert back["data"] == {"revision": first + 2, "to": first}
        assert (await live.post(f"/api/v1/revisions/{first}/rollback", {"release": True})).status_code == 200
        freed = (await events_until(live, "released"))[-1]
        assert freed["data"]["resources"] == ["ServiceEntry default/web"]
        assert freed["data"]["count"] == 1


async def test_what_the_guard_holds_is_told_and_so_is_who_lets_it_through(tmp_path: Path) -> None:
    """A revision that drops everything is held, with how much it would drop; confirmed, it is published."""
    async with running(tmp_path, guard={"share": 0.5, "count": 1}) as live:
        (live.files / "a.yaml").write_text("---\n".join(entry(f"web-{number}", number) for number in range(1, 6)))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 5)
        (live.files / "a.yaml").write_text(entry("web-1"))
        held = (await events_until(live, "held"))[-1]
        assert (held["data"]["removed"], held["data"]["of"]) == (4, 5)
        number = held["data"]["revision"]
        assert (await live.post(f"/api/v1/revisions/{number}/confirm")).status_code == 200
        confirmed = await events_until(live, "confirmed", after=held["id"])
        assert confirmed[-1]["data"] == {"revision": number}
        assert "published" in [word(event) for event in confirmed]


async def test_a_refusal_is_told_in_the_proxys_words(tmp_path: Path) -> None:
    """One proxy has a revision, the other refuses it: both are told of, and then that this is how it stays."""
    async with (
        running(tmp_path) as live,
        proxy(live.addresses["xds"]) as sent,
        proxy(live.addresses["xds"], node=OTHER, refuse="web") as other,
    ):
        await sent.get()
        await other.get()
        (live.files / "a.yaml").write_text(entry("web"))
        number = (await events_until(live, "nacked"))[-1]["data"]["revision"]
        told = await events_until(
            live, "applied", where=lambda event: event["data"]["of"] and event["data"]["complete"]
        )
        nacked = [event["data"] for event in told if word(event) == "nacked"]
        assert {(one["node"], one["reason"]) for one in nacked} == {(OTHER, "no web here")}
        assert "outbound|80||web.example" in {one["resource"] for one in nacked}
        assert told[-1]["data"] == {"revision": number, "applied": 1, "of": 2, "refused": 1, "complete": True}


async def test_a_reader_goes_on_where_it_was(tmp_path: Path) -> None:
    """By the last id it has seen; an id that the server does not know, as of another life, gives all that is kept."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        everything = await events_until(live, "validated", where=lambda event: event["data"]["revision"] > 0)
        rest = await events_until(live, "validated", after=everything[0]["id"])
        assert [event["id"] for event in everything[1:]][: len(rest)] == [event["id"] for event in rest]
        again = await events_until(live, "validated", after="another-7")
        assert again[0]["id"] == everything[0]["id"]
        first = everything[0]["id"]
    async with running(tmp_path) as live:
        (live.files / "b.yaml").write_text(entry("other", 2))
        later = await events_until(
            live,
            "published",
            after=first,
            where=lambda event: event["data"]["changed"] == ["ServiceEntry default/other"],
        )
        ids = [event["id"] for event in later]
        assert len(set(ids)) == len(ids)
        assert set(ids) > {event["id"] for event in everything[1:]}, "what an earlier life told is there, once"
        numbers = [event["data"]["revision"] for event in later if word(event) == "published"]
        assert numbers == sorted(set(numbers)), "and is not told again"
        assert {event["source"] for event in later} == {everything[0]["source"]}


async def test_what_has_happened_can_be_had_without_waiting(tmp_path: Path) -> None:
    """With `follow=false` the answer ends; `since` leaves out what is of older revisions."""
    async with running(tmp_path) as live:
        first = (await live.get("/api/v1/status"))["revision"]
        (live.files / "a.yaml").write_text(entry("web"))
        await live.revision(first + 1)
        text = (await live.http.get("/api/v1/events", params={"follow": "false", "since": first + 1})).text
        events = [checked(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
        assert {event["data"]["revision"] for event in events} == {first + 1}
        assert "published" in map(word, events)


async def test_whoever_follows_is_let_go_when_the_server_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The stream ends as it should, and no traceback of ours is logged."""
    begun = asyncio.Event()

    async def read(address: str) -> None:
        async with (
            httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=20.0) as client,
            client.stream("GET", "/api/v1/events") as answer,
        ):
            async for _ in answer.aiter_lines():
                begun.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks, running(tmp_path) as live:
        tasks.create_task(read(live.addresses["admin"]))
        await begun.wait()
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
