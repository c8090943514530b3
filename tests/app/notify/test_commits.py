"""A whole server tells a forge of commits, and hears of pushes."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from tests.app.live import proxy, running
from tests.app.notify.listener import listening
from tests.sources.contract import eventually
from tests.sources.git.repository import Repository, git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.notify.listener import Listener


def document(name: str, value: int) -> str:
    """Return a good object; its spec is in line 5."""
    return (
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata:\n"
        f"  name: {name}\nspec:\n  hosts: [{name}.example.com]\n"
        f"  ports: [{{number: {value}, name: http, protocol: HTTP}}]\n  resolution: DNS\n"
    )


def settings(root: Path, repository: Repository, listener: Listener, **fields: object) -> dict[str, Any]:
    """Return the settings of a server that follows a repository and tells a forge."""
    (root / "token").write_text("a token that is secret")
    target = {"kind": "github", "url": listener.url, "repository": "octo/mesh", "token_file": root / "token"}
    return {
        "git": {"repositories": [{"url": str(repository.root), **fields}], "hook": {"secret_file": root / "token"}},
        "notify": {"targets": [target]},
    }


async def told(listener: Listener, commit: str, state: str) -> str:
    """Return the description of a commit's status once it is this."""

    def found() -> list[str]:
        return [
            one.json["description"]
            for one in listener.told
            if one.path == f"/repos/octo/mesh/statuses/{commit}" and one.json["state"] == state
        ]

    await eventually(lambda: bool(found()))
    return found()[-1]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give a repository with one good object."""
    (tmp_path / "repository").mkdir()
    found = Repository(tmp_path / "repository")
    found.commit({"a.yaml": document("a", 1)})
    return found


async def test_a_commit_is_told_from_the_proposal_to_the_last_proxy(tmp_path: Path, repository: Repository) -> None:
    """A good commit ends as a success that counts proxies; one with a bad object fails with its file and line."""
    with listening() as listener:
        async with running(tmp_path, **settings(tmp_path, repository, listener)) as live, proxy(live.addresses["xds"]):
            good = repository.commit({"a.yaml": document("a", 2)})
            assert "live on 1 of 1 proxies in" in await told(listener, good, "success")
            bad = repository.commit({"b.yaml": document("b", 1).replace("hosts", "host"), "a.yaml": document("a", 3)})
            text = await told(listener, bad, "failure")
            assert text.startswith("b.yaml:5: ")
            await eventually(lambda: any("live on 1 of 1" in one.json["description"] for one in listener.told[-1:]))
            mended = repository.commit({"b.yaml": document("b", 1)})
            await told(listener, mended, "success")


async def test_a_commit_that_is_all_or_nothing_fails_as_a_whole(tmp_path: Path, repository: Repository) -> None:
    """Its status says that nothing of it is applied, and why."""
    with listening() as listener:
        wanted = settings(tmp_path, repository, listener, all_or_nothing=True)
        async with running(tmp_path, **wanted):
            bad = repository.commit({"b.yaml": document("b", 1).replace("hosts", "host"), "a.yaml": document("a", 3)})
            text = await told(listener, bad, "failure")
            assert text.startswith("not applied: b.yaml:5: ")


async def test_a_commit_that_the_guard_holds_is_told_of_the_revision_that_it_is_in(
    tmp_path: Path, repository: Repository
) -> None:
    """It has none until somebody confirms it: what was live before is not the commit."""
    repository.commit({"b.yaml": document("b", 1), "c.yaml": document("c", 1)})
    with listening() as listener:
        wanted = settings(tmp_path, repository, listener) | {"guard": {"count": 1}}
        async with running(tmp_path, **wanted) as live, proxy(live.addresses["xds"]):
            shrunk = repository.commit({"b.yaml": None, "c.yaml": None})
            assert "galley confirm 2" in await told(listener, shrunk, "pending")
            assert (await live.post("/api/v1/revisions/2/confirm")).status_code == 200
            assert (await told(listener, shrunk, "success")).startswith("revision 2: live on 1 of 1 proxies in")


async def test_a_commit_that_waits_for_other_sources_is_on_its_way(tmp_path: Path, repository: Repository) -> None:
    """The first revision waits for all of them: until it is there nothing is a success."""
    with listening() as listener:
        wanted = settings(tmp_path, repository, listener)
        wanted["sources"] = {"consul": ["http://127.0.0.1:1"], "sync_timeout": 1.0}
        async with running(tmp_path, **wanted):
            commit = git(repository.root, "rev-parse", "HEAD")
            assert (await told(listener, commit, "success")).startswith("revision 1 is published")
            assert await told(listener, commit, "pending") == "nothing is served yet"


async def test_a_push_is_heard_over_https(tmp_path: Path, repository: Repository) -> None:
    """A forge that knows the secret is heard on the webhook's address, with the certificate of our own authority."""
    with listening() as listener:
        async with running(tmp_path, **settings(tmp_path, repository, listener)) as live:
            body = orjson.dumps({"ref": "refs/heads/main", "repository": str(repository.root)})
            signature = hmac.new(b"a token that is secret", body, hashlib.sha256).hexdigest()
            headers = {"content-type": "application/json", "x-gitea-signature": signature}
            context = ssl.create_default_context(cadata=await live.get("/api/v1/root"))
            async with httpx.AsyncClient(verify=context, trust_env=False) as http:
                answer = await http.post(
                    f"https://{live.addresses['webhook']}/hooks/git", content=body, headers=headers
                )
            assert (answer.status_code, answer.json()) == (202, {"sources": ["git"]})
