"""The route `/hooks/git`."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from galley.app.git_hooks.router import MOST_BYTES, push_router
from galley.settings.git import GitRepository, GitSettings
from galley.settings.git_hook import GitHookSettings
from galley.sources.git.source import GitSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRET = "a secret that nobody guesses"
BODY = orjson.dumps({"ref": "refs/heads/main", "repository": {"clone_url": "https://git.example/a/mesh.git"}})


class Forge:
    """Somebody who posts, and what was hinted at."""

    def __init__(self, root: Path, http: httpx.AsyncClient, hinted: list[str]) -> None:
        self.secret = root / "secret"
        self.http = http
        self.hinted = hinted

    async def post(self, body: bytes = BODY, secret: str = SECRET, kind: str = "application/json") -> httpx.Response:
        """Post as GitHub does."""
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = {"content-type": kind, "x-hub-signature-256": f"sha256={signature}"}
        return await self.http.post("/hooks/git", content=body, headers=given)


@pytest.fixture
async def forge(tmp_path: Path) -> AsyncIterator[Forge]:
    """Give a forge, and two sources, of which one follows the repository."""
    hinted: list[str] = []

    class Hinted(GitSource):
        """A source that says that it was hinted at, and does nothing else."""

        def hint(self) -> None:
            hinted.append(self.name)

    sources = [
        Hinted(GitRepository.model_validate(url), home=tmp_path, settings=GitSettings(), judge=lambda _: (), name=name)
        for name, url in (("mesh", "ssh://git@git.example/a/mesh.git#main"), ("other", "https://git.example/a/other"))
    ]
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    app = FastAPI()
    app.include_router(push_router(GitHookSettings(secret_file=tmp_path / "secret"), sources, lambda: 1_000.0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://galley") as http:
        yield Forge(tmp_path, http, hinted)


async def test_a_push_makes_its_source_look(forge: Forge) -> None:
    """The source that follows the repository is hinted at, and no other."""
    answer = await forge.post()
    assert (answer.status_code, answer.json()) == (202, {"sources": ["mesh"]})
    assert forge.hinted == ["mesh"]


async def test_a_push_that_concerns_nobody_is_told_so(forge: Forge) -> None:
    """The forge's list of deliveries then shows a URL or branch that is not the one that is followed."""
    answer = await forge.post(b'{"repository": "https://git.example.com/no/such.git", "ref": "refs/heads/main"}')
    assert (answer.status_code, answer.json()["sources"]) == (202, [])
    assert "no source follows this branch of this repository" in answer.json()["remark"]
    assert forge.hinted == []


async def test_a_repetition_has_no_effect(forge: Forge) -> None:
    """What was recorded on the way and is sent again is not acted on."""
    await forge.post()
    answer = await forge.post()
    assert (answer.status_code, answer.json()) == (200, {"sources": [], "repeated": True})
    assert forge.hinted == ["mesh"]


async def test_nobody_else_is_listened_to(forge: Forge) -> None:
    """A wrong secret, or none, is refused before anything is read."""
    assert (await forge.post(secret="another secret, as long")).status_code == 401
    assert (await forge.http.post("/hooks/git", json={})).status_code == 401
    assert forge.hinted == []


async def test_a_changed_secret_counts_at_once(forge: Forge) -> None:
    """Rotating the secret needs no restart; one that is gone or too short opens nothing."""
    forge.secret.write_text("the next secret, as long")
    assert (await forge.post()).status_code == 401
    assert (await forge.post(secret="the next secret, as long")).status_code == 202
    forge.secret.write_text("")
    assert (await forge.post(secret="")).status_code == 503
    forge.secret.unlink()
    assert (await forge.post()).status_code == 503


async def test_what_is_no_payload_is_said_to_be(forge: Forge) -> None:
    """Forms, other types, nothing and too much each get their own answer."""
    assert (await forge.post(b"payload=%7B%7D")).status_code == 400
    assert (await forge.post(kind="application/x-www-form-urlencoded")).status_code == 415
    assert (await forge.post(b"")).status_code == 400
    assert (await forge.post(b" " * (MOST_BYTES + 1))).status_code == 413
    assert forge.hinted == []


async def test_without_a_secret_the_route_is_closed() -> None:
    """Whoever sets none is told how, and nothing is believed unsigned."""
    app = FastAPI()
    app.include_router(push_router(GitHookSettings(), [], lambda: 0.0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://galley") as http:
        answer = await http.post("/hooks/git", content=BODY, headers={"content-type": "application/json"})
    assert answer.status_code == 403
    assert "git.hook.secret_file" in answer.text


@pytest.mark.parametrize("content", [None, b"short"])
def test_a_secret_that_cannot_be_used_is_told_at_the_start(tmp_path: Path, content: bytes | None) -> None:
    """Not only once somebody has pushed: the log names the file."""
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with capture_logs() as logs:
        push_router(GitHookSettings(secret_file=tmp_path / "secret"), [], lambda: 0.0)
    assert [(one["event"], one["file"]) for one in logs] == [("git.secret_unreadable", str(tmp_path / "secret"))]
