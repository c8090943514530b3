"""`galley doctor` says what is wrong with an installation, and what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.app.commands import entry, galley, route
from tests.app.live import running
from tests.app.notify.listener import listening
from tests.app.notify.test_commits import document, settings
from tests.sources.git.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_is_served_and_leads_nowhere_is_told(tmp_path: Path) -> None:
    """A route to a host that nothing declares is good by itself, so it is served; the checkup fails, with the line."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(route("nowhere.example"))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        ran = await asyncio.to_thread(galley, "doctor", "-o", "json", "--server", live.addresses["admin"])
        found = {one["what"]: one for one in ran.json}
        assert ran.code == 1
        assert found["configuration"]["good"]
        assert not found["what is served"]["good"]
        assert "a.yaml:10: IST0101" in found["what is served"]["seen"]
        assert found["what is served"]["remedy"] == "`galley status --findings` lists them all"
        ran = await asyncio.to_thread(galley, "status", "--findings", "--server", live.addresses["admin"])
        assert (ran.code, "1 objects: 1 errors, 0 warnings" in ran.out) == (1, True)
        assert "a.yaml:10:9: error IST0101" in ran.out
        (live.files / "b.yaml").write_text(entry("held").replace("hosts", "hots"))
        await live.until("/api/v1/status", lambda status: bool(status["held"]))
        ran = await asyncio.to_thread(galley, "status", "--server", live.addresses["admin"])
        assert "b.yaml" in ran.out
        assert "found in what is served: 1 errors, 0 warnings; `galley status --findings` lists them" in ran.out


async def test_a_held_revision_is_told_with_what_lets_it_through(tmp_path: Path) -> None:
    """What the shrink guard holds is named, with the command that confirms it."""
    async with running(tmp_path, guard={"share": 0.1, "count": 0}) as live:
        (live.files / "a.yaml").write_text(route("web.example"))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        (live.files / "a.yaml").unlink()
        status = await live.until("/api/v1/status", lambda status: bool(status["guard"]))
        ran = await asyncio.to_thread(galley, "doctor", "--server", live.addresses["admin"])
        assert ran.code == 1
        assert f"galley confirm {status['guard']['revision']}" in ran.out


async def test_a_forge_that_refuses_is_told_with_its_reason_and_no_secret(tmp_path: Path) -> None:
    """By the checkup with what to do, by the status too; so is whether pushes are heard of."""
    (tmp_path / "repository").mkdir()
    repository = Repository(tmp_path / "repository")
    repository.commit({"a.yaml": document("a", 1)})
    with listening() as listener:
        listener.answers = [401]
        async with running(tmp_path, **settings(tmp_path, repository, listener)) as live:
            status = await live.until("/api/v1/status", lambda status: status["notify"][0]["failed"])
            server = live.addresses["admin"]
            ran = await asyncio.to_thread(galley, "doctor", "-o", "json", "--server", server)
            text = await asyncio.to_thread(galley, "status", "--server", server)
    (target,) = status["notify"]
    assert (target["failing"], target["reason"]) == (True, "127.0.0.1 answers 401")
    assert status["git_hook"] == {"secret": True, "trouble": ""}
    found = {one["what"]: one for one in ran.json}
    assert (ran.code, found["/hooks/git"]["good"]) == (1, True)
    assert not found["notify github 127.0.0.1"]["good"]
    assert "token_file" in found["notify github 127.0.0.1"]["remedy"]
    assert "notify github 127.0.0.1: 0 told, 1 failed, 0 waiting; failing: 127.0.0.1 answers 401" in text.out
    assert "/hooks/git: it has a secret" in text.out
    assert "a token that is secret" not in f"{status}{ran.out}{text.out}"


async def test_a_secret_of_pushes_that_is_gone_is_told(tmp_path: Path) -> None:
    """As soon as it is, not when a forge next pushes."""
    (tmp_path / "repository").mkdir()
    repository = Repository(tmp_path / "repository")
    repository.commit({"a.yaml": document("a", 1)})
    wanted = {"git": {"repositories": [str(repository.root)], "hook": {"secret_file": tmp_path / "gone"}}}
    async with running(tmp_path, **wanted) as live:
        found = (await live.get("/api/v1/status"))["git_hook"]
    assert found == {"secret": False, "trouble": f"{tmp_path / 'gone'}: No such file or directory"}


def test_a_cluster_that_cannot_be_asked_is_told_without_a_server(tmp_path: Path) -> None:
    """The checkup goes on where there is no server, and says of a kubeconfig that is not there what is wrong."""
    ran = galley("doctor", "--server", "127.0.0.1:1", "--kubernetes", tmp_path / "kubeconfig", "-o", "json")
    found = {one["what"]: one for one in ran.json}
    assert ran.code == 1
    assert not found["server"]["good"]
    assert not found[f"webhook in {tmp_path / 'kubeconfig'}"]["good"]
