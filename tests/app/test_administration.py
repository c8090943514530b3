"""The administration's HTTP: health, metrics, OpenAPI, tokens, and who may ask."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.app.commands import entry, galley
from tests.app.live import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


async def test_health_metrics_and_openapi(tmp_path: Path) -> None:
    """Probes answer, metrics are Prometheus' text with the served revision, the API describes itself."""
    async with running(tmp_path) as live:
        assert (await live.http.get("/healthz")).status_code == 200
        assert (await live.http.get("/readyz")).status_code == 200
        (live.files / "a.yaml").write_text(entry("web"))
        status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        scraped = await live.http.get("/metrics")
        assert scraped.headers["content-type"].startswith("text/plain")
        assert f"galley_revision {float(status['revision'])}" in scraped.text
        assert "galley_objects 1.0" in scraped.text
        assert 'galley_source_objects{source="files"} 1.0' in scraped.text
        described = await live.get("/api/openapi.json")
        assert {"/api/v1/status", "/api/v1/wait", "/api/v1/tokens"} <= set(described["paths"])


async def test_the_description_says_what_comes_back(tmp_path: Path) -> None:
    """Every error has one form, streams and texts have their types; changes need the token, questions do not."""
    async with running(tmp_path) as live:
        described = await live.get("/api/openapi.json")
        for path, routes in described["paths"].items():
            for method, route in routes.items():
                problems = [one["schema"] for one in route["responses"]["default"]["content"].values()]
                assert problems == [{"$ref": "#/components/schemas/Problem"}]
                assert ("security" in route) == (method == "post" and path != "/api/v1/judge"), path
        answers = {
            path: list(described["paths"][path]["get"]["responses"]["200"]["content"])
            for path in ("/metrics", "/readyz", "/api/v1/events")
        }
        assert answers == {
            "/metrics": ["text/plain"],
            "/readyz": ["text/plain"],
            "/api/v1/events": ["text/event-stream"],
        }
        for path in ("/nowhere", "/api/v1/revisions/x", "/api/v1/revisions/99"):
            answer = await live.http.get(path)
            assert set(answer.json()) == {"error", "hint"}
            assert answer.status_code in {404, 422}


async def test_each_address_is_told_with_its_own_port(tmp_path: Path) -> None:
    """Free ports are told apart, plain and TLS."""
    async with running(tmp_path) as live:
        server = await live.get("/api/v1/server")
        assert server["addresses"] == live.addresses
        ports = [address.rpartition(":")[2] for address in live.addresses.values()]
        assert {"admin", "xds", "xds_tls", "citadel", "mixer"} <= set(live.addresses)
        assert len(set(ports)) == len(ports)
        assert "0" not in ports


async def test_changes_need_the_token_that_only_the_owner_reads(tmp_path: Path) -> None:
    """401 without it or with another; the file is 0600."""
    async with running(tmp_path) as live:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic x"}):
            refused = await live.http.post("/api/v1/revisions/1/rollback", json={}, headers=headers)
            assert refused.status_code == 401
        assert stat.S_IMODE((live.data / "admin.token").stat().st_mode) == 0o600


async def test_an_empty_token_is_no_token(tmp_path: Path) -> None:
    """What a crash may have left is made anew, so that nobody is let in by saying nothing."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "admin.token").touch(mode=0o600)
    async with running(tmp_path) as live:
        refused = await live.http.post("/api/v1/revisions/1/confirm", json={}, headers={"authorization": "Bearer"})
        assert refused.status_code == 401
        assert (live.data / "admin.token").read_text().strip()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "localhost:1"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"host": "[::1"}, 403),
        ({"origin": "http://localhost:8080"}, 200),
    ],
)
async def test_other_web_sites_are_refused(tmp_path: Path, headers: dict[str, str], code: int) -> None:
    """Neither a name that was pointed at us, nor a page of another site, reaches the API."""
    async with running(tmp_path) as live:
        assert (await live.http.get("/api/v1/status", headers=headers)).status_code == code


async def test_tokens_are_for_identities_that_may_have_certificates(tmp_path: Path) -> None:
    """A token is made once; an identity of another trust domain, or no identity, is refused with the reason."""
    async with running(tmp_path) as live:
        await live.until("/api/v1/status", lambda status: status["citadel"] is not None)
        made = await live.post("/api/v1/tokens", {"identity": "spiffe://cluster.local/ns/default/sa/default"})
        assert made.status_code == 200, made.text
        assert made.json()["token"]
        foreign = await live.post("/api/v1/tokens", {"identity": "spiffe://other/ns/default/sa/default"})
        assert foreign.status_code == 422
        assert "trust domain" in foreign.json()["error"]
        assert (await live.post("/api/v1/tokens", {"identity": "web"})).status_code == 422


async def test_wrong_questions_are_told_apart_from_none(tmp_path: Path) -> None:
    """404 for a revision that is not, 422 for what is no number."""
    async with running(tmp_path) as live:
        assert (await live.http.get("/api/v1/revisions/999")).status_code == 404
        assert (await live.http.get("/api/v1/revisions/x")).status_code == 422
        assert (await live.http.get("/api/v1/status", params={"revision": 999})).status_code == 404
        assert (await live.http.get("/api/v1/nothing")).status_code == 404


@pytest.mark.parametrize("number", [2**63, 10**30, -(10**30)])
async def test_numbers_that_no_revision_has_are_wrong_questions(tmp_path: Path, number: int) -> None:
    """However large, they are answered, and not with a fault of ours."""
    async with running(tmp_path) as live:
        for path in ("status?revision=", "revisions/", "revisions?before=", "diff?a=0&b=", "wait?timeout=0&revision="):
            answer = await live.http.get(f"/api/v1/{path}{number}")
            assert (answer.status_code, bool(answer.json()["error"])) == (422, True)
        assert (await live.post(f"/api/v1/revisions/{number}/rollback", {})).status_code == 422
        for timeout in ("nan", "-1"):
            answer = await live.http.get(f"/api/v1/wait?revision=99&timeout={timeout}")
            assert answer.status_code == 422
        async with live.http.stream("GET", "/api/v1/events", headers={"last-event-id": "9" * 5000}) as events:
            assert events.status_code == 200


async def test_a_change_with_a_misspelt_wish_is_not_made(tmp_path: Path) -> None:
    """A token for nobody in particular, or a rollback instead of a release, is not what was asked for."""
    async with running(tmp_path) as live:
        assert (await live.post("/api/v1/tokens", {"identitty": "spiffe://cluster.local/ns/a/sa/b"})).status_code == 422
        assert (await live.post("/api/v1/tokens", {"ttl": 1e300})).status_code == 422
        assert (await live.post("/api/v1/revisions/1/rollback", {"relaese": True})).status_code == 422


async def test_the_command_line_talks_to_it(tmp_path: Path) -> None:
    """`status`, `log`, `sources` and `wait` print what the API says, in JSON where asked."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        server = ("--server", live.addresses["admin"])
        ran = await asyncio.to_thread(galley, "status", "-o", "json", *server)
        assert ran.json["revision"] == status["revision"]
        log = await asyncio.to_thread(galley, "log", "-o", "json", *server)
        assert log.json[0]["revision"] == status["revision"]
        assert {"digest", "parent", "time", "source", "commit", "author", "changed", "live"} <= set(log.json[0])
        waited = await asyncio.to_thread(galley, "wait", "--revision", str(status["revision"]), *server)
        assert waited.code == 0, waited.err
        token = await asyncio.to_thread(galley, "token", "create", *server)
        assert token.code == 0, token.err
        rolled = await asyncio.to_thread(galley, "rollback", "999", *server)
        assert rolled.code != 0


async def test_a_body_is_bounded(tmp_path: Path) -> None:
    """Whoever has the token can no more fill the memory than whoever has not: said, or sent in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * (1 << 16)

    async with running(tmp_path) as live:
        token = {"authorization": f"Bearer {(live.data / 'admin.token').read_text().strip()}"}
        for content in (b" " * (2 << 20), pieces()):
            with contextlib.suppress(httpx.TransportError):  # it is cut off while it still sends
                answer = await live.http.post("/api/v1/tokens", content=content, headers=token)
                assert (answer.status_code, set(answer.json())) == (413, {"error", "hint"})
        assert (await live.http.get("/healthz")).status_code == 200
