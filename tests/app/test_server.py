"""A whole server: files in, revisions, the API's answers, proxies, and a restart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.app.commands import entry, route
from tests.app.live import NODE, proxy, running

if TYPE_CHECKING:
    from pathlib import Path


async def test_files_become_revisions_and_history_can_be_gone_back_in(tmp_path: Path) -> None:
    """An edit is a revision that names what changed; a rollback is a new one, pinned until it is released."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web", 1))
        first = await live.until("/api/v1/status", lambda status: status["digest"] and _objects(status) == 1)
        (live.files / "a.yaml").write_text(entry("web", 2))
        second = await live.revision(first["revision"] + 1)
        log = await live.get("/api/v1/revisions")
        assert [one["revision"] for one in log][:2] == [second["revision"], first["revision"]]
        assert log[0]["changed"] == ["ServiceEntry default/web"]
        assert log[0]["parent"] == first["revision"]
        (difference,) = await live.get("/api/v1/diff", a=first["revision"], b=second["revision"])
        assert difference["resource"] == "ServiceEntry default/web"
        assert "10.0.0.1" in difference["before"]
        assert "10.0.0.2" in difference["after"]

        back = await live.post(f"/api/v1/revisions/{first['revision']}/rollback", {"release": False})
        assert back.status_code == 200, back.text
        status = await live.revision(back.json()["revision"])
        assert status["digest"] == first["digest"], "same content, same digest"
        assert [pin["resource"] for pin in status["pins"]] == ["ServiceEntry default/web"]
        released = await live.post(f"/api/v1/revisions/{first['revision']}/rollback", {"release": True})
        assert released.status_code == 200, released.text
        status = await live.revision(released.json()["revision"])
        assert status["digest"] == second["digest"]
        assert not status["pins"]
        assert (await live.post("/api/v1/revisions/999/rollback", {"release": False})).status_code == 404


def _objects(status: dict[str, list[dict[str, int]]]) -> int:
    return sum(source["objects"] for source in status["sources"])


async def test_a_file_that_does_not_parse_holds_its_objects_and_is_told(tmp_path: Path) -> None:
    """The last good version is still served, other files flow, and status names file and line."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        good = await live.until("/api/v1/status", lambda status: _objects(status) == 1)
        (live.files / "a.yaml").write_text(entry("web") + "---\nspec: [1,\n")
        broken = await live.until("/api/v1/status", lambda status: bool(status["held"]))
        assert broken["digest"] == good["digest"]
        assert {held["file"] for held in broken["held"]} == {"a.yaml"}
        assert all(held["line"] >= 1 and held["code"] and held["message"] for held in broken["held"])
        (live.files / "b.yaml").write_text(entry("api"))
        flowing = await live.revision(good["revision"] + 1)
        assert flowing["held"]
        (live.files / "a.yaml").write_text(entry("web"))
        mended = await live.until("/api/v1/status", lambda status: not status["held"])
        assert mended["digest"] == flowing["digest"]


async def test_diagnostics_are_those_of_validate(tmp_path: Path) -> None:
    """What one document is without another is told by the server too, and goes when the other comes."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(route("web.example"))
        found = await live.until("/api/v1/diagnostics", lambda answer: answer["diagnostics"])
        assert [one["code"] for one in found["diagnostics"]] == ["IST0101"]
        (live.files / "b.yaml").write_text(entry("web"))
        await live.until("/api/v1/diagnostics", lambda answer: not answer["diagnostics"])


async def test_the_guard_holds_what_drops_much_until_somebody_confirms(tmp_path: Path) -> None:
    """More than half of the mesh, and more than the count, waits; `confirm` lets it through."""
    async with running(tmp_path, guard={"count": 2, "share": 0.5}) as live:
        for number in range(6):
            (live.files / f"{number}.yaml").write_text(entry(f"web-{number}"))
        full = await live.until("/api/v1/status", lambda status: _objects(status) == 6)
        full = await live.until("/api/v1/status", lambda status: status["digest"])
        for number in range(6):
            (live.files / f"{number}.yaml").unlink()
        held = await live.until("/api/v1/status", lambda status: status["guard"] is not None)
        assert held["revision"] >= full["revision"]
        number = held["guard"]["revision"]
        assert (await live.post(f"/api/v1/revisions/{number + 7}/confirm")).status_code == 404
        confirmed = await live.post(f"/api/v1/revisions/{number}/confirm")
        assert confirmed.status_code == 200, confirmed.text
        status = await live.revision(confirmed.json()["revision"])
        assert status["guard"] is None


async def test_a_proxy_is_followed_to_its_last_acceptance(tmp_path: Path) -> None:
    """`wait` answers when the proxy has accepted, status counts it, and what it was sent can be asked for."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        await live.until("/api/v1/status", lambda status: _objects(status) == 1)
        async with proxy(live.addresses["xds"]) as got:
            async with asyncio.timeout(10):
                while "outbound|80||web.example" not in await got.get():
                    pass
            (live.files / "b.yaml").write_text(entry("api"))
            status = await live.until("/api/v1/status", lambda status: _objects(status) == 2)
            waited = await live.get("/api/v1/wait", revision=status["revision"], timeout=10)
            assert waited["done"], waited
            assert waited["live"] == {"applied": 1, "of": 1, "refused": 0}
            (seen,) = await live.get("/api/v1/proxies")
            assert (seen["node"], seen["connected"]) == (NODE, True)
            sent = await live.get("/api/v1/proxy", node=NODE, type="cds", bodies=True)
            assert "outbound|80||api.example" in {one["name"] for one in sent}
            made = await live.get("/api/v1/explain", node=NODE, resource="outbound|80||api.example")
            assert "cds" in {one["type"] for one in made}
            assert all("b.yaml" in {part["origin"]["file"] for part in one["objects"]} for one in made)
        await live.until("/api/v1/status", lambda status: NODE in status["disconnected"])


async def test_a_refusal_names_the_proxy_the_reason_and_the_lines(tmp_path: Path) -> None:
    """Status and `wait` say who refused what and why, and what it was made of."""
    async with running(tmp_path) as live, proxy(live.addresses["xds"], refuse="bad.example"):
        await live.until("/api/v1/proxies", bool)
        (live.files / "a.yaml").write_text(entry("bad"))
        status = await live.until("/api/v1/status", lambda status: status["live"]["refused"] == 1)
        (seen,) = status["proxies"]
        refusal = next(one for one in seen["refused"] if one["name"] == "outbound|80||bad.example")
        assert refusal["reason"] == "no bad.example here"
        assert any("a.yaml" in line for line in refusal["objects"])
        waited = await live.get("/api/v1/wait", revision=status["revision"], timeout=5)
        assert not waited["done"]
        assert waited["refused"]


async def test_events_tell_what_happens_as_it_happens(tmp_path: Path) -> None:
    """Server-sent events: a revision is published, with its number and what changed."""
    async with (
        running(tmp_path) as live,
        asyncio.timeout(10),
        live.http.stream("GET", "/api/v1/events", timeout=10) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        (live.files / "a.yaml").write_text(entry("web"))
        async for line in stream.aiter_lines():
            if "ServiceEntry default/web" in line:
                assert line.startswith("data:")
                break


async def test_a_restart_keeps_numbers_and_digests(tmp_path: Path) -> None:
    """What was served is served again, under the same revision; an edit meanwhile is the next one."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        await live.until("/api/v1/status", lambda status: _objects(status) == 1)
        before = await live.get("/api/v1/status")
        log = await live.get("/api/v1/revisions")
    async with running(tmp_path) as live:
        again = await live.until("/api/v1/status", lambda status: all(one["synced"] for one in status["sources"]))
        assert (again["revision"], again["digest"]) == (before["revision"], before["digest"])
        assert [one["digest"] for one in await live.get("/api/v1/revisions")] == [one["digest"] for one in log]
    (tmp_path / "mesh" / "b.yaml").write_text(entry("api"))
    async with running(tmp_path) as live:
        after = await live.revision(before["revision"] + 1)
        assert after["revision"] == before["revision"] + 1


async def test_a_kind_of_ones_own_flows_through(tmp_path: Path) -> None:
    """A CRD among the schemas makes a kind: judged by its schema, in revisions like any other."""
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    (schemas / "widget.yaml").write_text(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.acme.example}\n"
        "spec:\n  group: acme.example\n  scope: Namespaced\n  names: {kind: Widget, plural: widgets}\n  versions:\n"
        "  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type:"
        " object, properties: {size: {type: integer}}}}}}}\n"
    )
    sources = {"files": [tmp_path / "mesh"], "schemas": [schemas]}
    async with running(tmp_path, sources=sources) as live:
        widget = "apiVersion: acme.example/v1\nkind: Widget\nmetadata: {{name: one}}\nspec: {{size: {}}}\n"
        (live.files / "a.yaml").write_text(widget.format(3))
        await live.until("/api/v1/status", lambda status: _objects(status) == 1)
        (newest, *_) = await live.get("/api/v1/revisions")
        assert any("Widget" in name for name in newest["changed"])
        (live.files / "a.yaml").write_text(widget.format("big"))
        status = await live.until("/api/v1/status", lambda status: bool(status["held"]))
        assert status["revision"] == newest["revision"]
