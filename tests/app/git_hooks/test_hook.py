"""`galley hook`: real pushes into real repositories, with a server and without one."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from galley.app.git_hooks.push import Push, read_pushes
from tests.app.commands import galley
from tests.app.live import proxy, running
from tests.app.notify.test_commits import document
from tests.sources.git.repository import Repository, git

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.app.live import Live

NOWHERE = "127.0.0.1:1"
JSON = {"content-type": "application/json"}
ROUTE = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: route}
spec:
  hosts: [route.example.com]
  http: [{route: [{destination: {host: %s}}]}]
"""


@dataclass(slots=True)
class Pushed:
    """What `git push` did: whether it was taken, and what the pusher saw."""

    taken: bool
    text: str


@dataclass(slots=True)
class Forge:
    """A bare repository with hooks, and somebody's clone of it."""

    bare: Path
    clone: Repository

    def install(self, *options: str) -> str:
        """Install the hooks."""
        return galley("hook", "install", str(self.bare), *options).out

    def push(self, files: dict[str, str | None], ref: str = "main", *options: str) -> Pushed:
        """Commit and push."""
        self.clone.commit(files)
        return self.push_head(ref, *options)

    def push_head(self, ref: str = "main", *options: str) -> Pushed:
        """Push what is committed."""
        command = ["git", "push", *options, "origin", f"HEAD:refs/heads/{ref}"]
        done = subprocess.run(command, cwd=self.clone.root, capture_output=True, text=True, check=False, timeout=50)
        lines = [line.removeprefix("remote: ").rstrip() for line in done.stderr.splitlines() if "remote: " in line]
        return Pushed(done.returncode == 0, "\n".join(lines))

    async def pushing(self, files: dict[str, str | None], ref: str = "main") -> Pushed:
        """Commit and push, while a server runs here."""
        return await asyncio.to_thread(self.push, files, ref)


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """Give a forge with one good object on main, pushed before there were hooks."""
    (tmp_path / "clone").mkdir()
    bare, clone = tmp_path / "mesh.git", Repository(tmp_path / "clone")
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(clone.root, "remote", "add", "origin", str(bare))
    made = Forge(bare, clone)
    assert made.push({"a.yaml": document("a", 80)}).taken
    return made


@asynccontextmanager
async def serving(root: Path, forge: Forge, **settings: object) -> AsyncIterator[Live]:
    """Run a server that follows the forge's repository, with the hooks installed for it."""
    async with running(root, git={"repositories": [{"url": str(forge.bare)}]}, **settings) as live:
        await live.until("/api/v1/sources", lambda said: all(one["synced"] for one in said))
        await asyncio.to_thread(forge.install, "--server", live.addresses["admin"])
        yield live


def test_without_a_server_the_repository_is_judged_by_itself(forge: Forge) -> None:
    """A good push is taken; one with an error is refused, with file, line, what is wrong and what to do."""
    forge.install("--server", NOWHERE)
    good = forge.push({"b.yaml": document("b", 80)})
    assert (good.taken, "nothing wrong" in good.text) == (True, True)
    assert "by the repository's files alone, on every branch (`galley hook install` takes --branch" in good.text
    bad = forge.push({"b.yaml": document("b", 80).replace("hosts", "host")})
    assert not bad.taken
    assert "b.yaml:6:3: error GLY0101: unknown field `host` in spec (ServiceEntry default/b, spec.host)" in bad.text
    assert "hint: did you mean `hosts`?" in bad.text
    assert "the push is refused: 2 errors in 1 changed file" in bad.text
    assert git(forge.bare, "log", "--oneline", "main").count("\n") == 1


def test_what_a_push_breaks_elsewhere_is_named(forge: Forge) -> None:
    """Taking away what another file refers to is refused, and the other file is shown; together it is taken."""
    forge.install("--server", NOWHERE)
    assert forge.push({"route.yaml": ROUTE % "a.example.com"}).taken
    broken = forge.push({"a.yaml": None})
    assert not broken.taken
    assert "route.yaml:6:" in broken.text
    assert "error IST0101" in broken.text
    assert forge.push({"route.yaml": None}).taken


def test_what_was_wrong_before_does_not_stop_a_push(forge: Forge) -> None:
    """Only what a push changes is judged: an old fault is not the pusher's."""
    assert forge.push({"old.yaml": "a: ["}).taken
    forge.install("--server", NOWHERE)
    assert forge.push({"b.yaml": document("b", 80)}).taken


def test_references_to_elsewhere_can_be_let_through(forge: Forge) -> None:
    """Who has services in a cluster says so: without a server, only a document's own faults refuse it."""
    forge.install("--server", NOWHERE, "--references-elsewhere")
    pushed = forge.push({"route.yaml": ROUTE % "reviews.default.svc.cluster.local"})
    assert (pushed.taken, "error IST0101" in pushed.text) == (True, True)
    assert not forge.push({"b.yaml": document("b", 80).replace("hosts", "host")}).taken


def test_without_a_server_a_branch_and_a_directory_can_be_named(forge: Forge) -> None:
    """Other branches and directories are nobody's business then."""
    forge.install("--server", NOWHERE, "--branch", "main", "--path", "mesh")
    assert forge.push({"x.yaml": "a: ["}, "main").taken
    assert forge.push({"mesh/x.yaml": "a: ["}, "topic").taken
    assert not forge.push_head("main").taken
    good = forge.push({"mesh/x.yaml": document("x", 80)})
    assert (good.taken, "on every branch" in good.text) == (True, False)
    assert "no directory mesh" in forge.push({"mesh/x.yaml": None}).text


def test_links_and_pointers_are_told_as_the_source_tells_them(forge: Forge) -> None:
    """What the source would not read refuses or warns here as there."""
    forge.install("--server", NOWHERE)
    (forge.clone.root / "link.yaml").symlink_to("/etc/passwd")
    pushed = forge.push({"big.yaml": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"})
    assert "link.yaml" in pushed.text
    assert "Git LFS pointer" in pushed.text


def test_deleting_and_forcing_are_possible(forge: Forge) -> None:
    """A branch may go, and history may be rewritten: what is judged is what is there then."""
    forge.install("--server", NOWHERE)
    assert forge.push_head("topic").taken
    done = subprocess.run(
        ["git", "push", "origin", ":topic"], cwd=forge.clone.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "topic is deleted" in done.stderr
    git(forge.clone.root, "commit", "--quiet", "--amend", "--message", "rewritten")
    assert forge.push_head("main", "--force").taken


def test_hooks_of_others_are_left_alone(forge: Forge) -> None:
    """An existing hook is not overwritten: the user is told which line to add; ours are replaced."""
    theirs = forge.bare / "hooks" / "pre-receive"
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text("#!/bin/sh\nexit 0\n")
    done = galley("hook", "install", str(forge.bare))
    assert done.code == 2
    assert "hook pre-receive --server" in done.err
    assert theirs.read_text() == "#!/bin/sh\nexit 0\n"
    assert not (forge.bare / "hooks" / "post-receive").exists()
    theirs.unlink()
    assert forge.install().count("installed") == 2
    assert forge.install().count("installed") == 2
    command = theirs.read_text().splitlines()[-1].split()
    assert (command[0], Path(command[1]).is_absolute()) == ("exec", True)


def test_what_is_no_repository_is_said_to_be_none(tmp_path: Path) -> None:
    """A directory without git, and a hook that is run by hand, each get a sentence."""
    done = galley("hook", "install", str(tmp_path))
    assert (done.code, "no git repository" in done.err) == (2, True)
    done = galley("hook", "pre-receive", stdin="hello\n", cwd=tmp_path)
    assert (done.code, "hook install" in done.err) == (2, True)


async def test_with_a_server_the_whole_mesh_counts(tmp_path: Path, forge: Forge) -> None:
    """What a push refers to may come from another source; and the pusher is told where it is live."""
    async with serving(tmp_path, forge) as live, proxy(live.addresses["xds"]):
        (live.files / "c.yaml").write_text(document("c", 80))
        await live.until("/api/v1/sources", lambda said: all(one["objects"] == 1 for one in said))
        pushed = await forge.pushing({"route.yaml": ROUTE % "c.example.com"})
        assert pushed.taken, pushed.text
        assert "live on 1 of 1 proxies in" in pushed.text
        pushed = await forge.pushing({"route.yaml": ROUTE % "d.example.com"})
        assert (pushed.taken, "error IST0101" in pushed.text) == (False, True)
        assert (await live.get("/api/v1/status"))["held"] == []


async def test_what_a_proxy_refuses_is_told_to_the_pusher(tmp_path: Path, forge: Forge) -> None:
    """A good commit that a proxy does not take: the proxy, its words, and the file and line that it was made of."""
    async with serving(tmp_path, forge) as live, proxy(live.addresses["xds"], refuse="b.example.com"):
        await live.until("/api/v1/status", lambda status: status["live"]["of"] == 1)
        pushed = await forge.pushing({"b.yaml": document("b", 80)})
        assert pushed.taken
        assert "live on 0 of 1 proxies, refused by 1; `galley status` says what is served" in pushed.text
        assert "no b.example.com here" in pushed.text
        assert "made of b.yaml:1:1 ServiceEntry default/b" in pushed.text


async def test_a_push_that_the_guard_holds_is_told_so(tmp_path: Path, forge: Forge) -> None:
    """It is taken, and not live: the pusher learns at once what lets it through."""
    forge.push({"b.yaml": document("b", 80), "c.yaml": document("c", 80)})
    async with serving(tmp_path, forge, guard={"count": 1}) as live, proxy(live.addresses["xds"]):
        pushed = await forge.pushing({"b.yaml": None, "c.yaml": None})
        assert pushed.taken
        commit = git(forge.bare, "rev-parse", "main")[:9]
        held = f"galley: commit {commit} is held by the shrink guard; `galley confirm 2` lets it through"
        assert held in pushed.text.splitlines()


async def test_a_server_that_does_not_know_the_repository_is_told_how_to(tmp_path: Path, forge: Forge) -> None:
    """One that follows it by URL cannot know that it is this one; the pusher learns what to install."""
    async with running(tmp_path) as live:
        forge.install("--server", live.addresses["admin"])
        pushed = await forge.pushing({"b.yaml": document("b", 80)})
        assert (pushed.taken, "galley hook install REPO --source NAME" in pushed.text) == (True, True)


async def test_with_a_server_only_what_it_follows_is_judged(tmp_path: Path, forge: Forge) -> None:
    """Another branch is taken as it is: nobody follows it."""
    async with serving(tmp_path, forge):
        assert (await forge.pushing({"x.yaml": "a: ["}, "topic")).taken
        assert not (await asyncio.to_thread(forge.push_head, "main")).taken


async def test_a_server_asks_for_no_token_to_judge_and_changes_nothing(tmp_path: Path) -> None:
    """The question is open as reads are; what it asks about is not there afterwards; nonsense is refused."""
    async with running(tmp_path) as live:
        body = {"source": "files", "files": {"a.yaml": document("a", 80).replace("hosts", "host"), "b.yaml": None}}
        answer = await live.http.post("/api/v1/judge", json=body)
        assert answer.status_code == 200
        assert (answer.json()["refused"], answer.json()["errors"]) == (True, 2)
        assert answer.json()["diagnostics"][0]["origin"]["file"] == "a.yaml"
        assert (await live.get("/api/v1/status"))["revision"] == 1
        for wrong in (b'{"files": {"a": 1}}', b'{"files": []}', b"[]", b"{"):
            assert (await live.http.post("/api/v1/judge", content=wrong, headers=JSON)).status_code == 422


@pytest.mark.parametrize("line", ["", "a b c", f"{40 * 'a'} {40 * 'b'}", f"{39 * 'a'} {40 * 'b'} refs/heads/x"])
def test_what_git_would_not_say_is_refused(line: str) -> None:
    """Standard input is believed only in git's own form."""
    with pytest.raises(ValueError, match="OLD NEW REF"):
        read_pushes([line])


def test_what_moves_is_read() -> None:
    """An id of zeros is none; names may be said in short."""
    (push,) = read_pushes([f"{40 * '0'} {40 * 'b'} refs/heads/a b\n"])
    assert push == Push(old="", new=40 * "b", ref="refs/heads/a b")
    assert push.moves("a b")
    assert not push.moves("b")
