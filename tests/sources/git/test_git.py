"""The git source beyond the contract: commits, references, and what a repository may hold besides files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.model.change import Faulted, Upserted
from pipeline.model.diagnostic import Diagnostic, Severity
from tests.sources.contract import document, eventually, until_synced, value_of
from tests.sources.git.repository import AUTHOR, Repository, git
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from pathlib import Path

    from galley.sources.git.verdict import Verdict
    from pipeline.model.batch import Batch
    from pipeline.model.resource import Resource


@pytest.fixture
def world(tmp_path: Path) -> Repository:
    """A repository with a working tree."""
    return Repository(tmp_path)


def faults(batch: Batch) -> dict[str, str]:
    """Return the codes of a batch's faults, by file."""
    return {
        change.origin.file: change.diagnostics[0].code
        for change in batch.changes
        if isinstance(change, Faulted) and change.diagnostics
    }


async def test_a_commit_is_one_whole_batch_with_author_and_subject(world: Repository) -> None:
    """Its cause names commit, author and subject, its objects commit, author, file and line."""
    commit = world.commit({"mesh/a.yaml": document("a", 1)}, "Say a\n\nat length")
    listener = Listener()
    async with listener.running(world.source()):
        batch = await listener.next()
    assert batch.whole
    assert (batch.cause.commit, batch.cause.author, batch.cause.reason) == (commit, AUTHOR, "Say a")
    change = batch.changes[0]
    assert isinstance(change, Upserted)
    origin = change.resource.origin_of("spec.egress[0].hosts")
    assert (origin.file, origin.line, origin.commit, origin.author) == ("mesh/a.yaml", 7, commit, AUTHOR)


async def test_objects_that_a_commit_leaves_alone_keep_theirs(world: Repository) -> None:
    """What another commit said is not said again, and stays that commit's, also after a restart."""
    first = world.commit({"a.yaml": document("a", 1), "b.yaml": document("b", 1)})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        second = world.commit({"b.yaml": document("b", 2)})
        assert said(await listener.next()) == ["+b"]
    async with listener.running(world.source()):
        assert await until_synced(listener) == ["."]
    commits = {key.name: resource.origin.commit for key, resource in listener.state.mesh.items()}
    assert commits == {"a": first, "b": second}


async def test_many_commits_at_once_are_their_tip(world: Repository) -> None:
    """What counts is where the reference is; what was between is neither said nor fetched."""
    world.change({"a": 1})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        work = world.root.with_name("clone")
        git(world.root, "clone", "--quiet", str(world.root), str(work))
        for value in range(2, 6):
            (work / "a.yaml").write_text(document("a", value))
            git(work, "commit", "--quiet", "--all", "--message", f"value {value}")
        git(world.root, "checkout", "--quiet", "--detach")
        git(world.root, "symbolic-ref", "HEAD", "refs/heads/main")
        git(work, "push", "--quiet", "origin", "HEAD:refs/heads/pushed")
        git(world.root, "update-ref", "refs/heads/main", "refs/heads/pushed")
        batch = await listener.next()
        assert batch.cause.reason == "value 5"
        assert value_of(listener, "a") == "./h5"
        await listener.quiet()


async def test_a_commit_without_effect_is_no_batch(world: Repository) -> None:
    """A commit of other files is dealt with, which the status tells, and says nothing."""
    world.change({"a": 1})
    source, listener = world.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        commit = world.commit({"README.md": "Hello.", ".hidden.yaml": "a: [", ".d/x.yaml": "a: ["})
        await eventually(lambda: source.status.commit == commit)
        await listener.quiet()
        assert source.status.detail == f"main {commit}"


async def test_a_force_push_and_a_rebase_are_ordinary(world: Repository) -> None:
    """History may be rewritten: what is different at the new tip is said, in one batch."""
    world.change({"a": 1})
    world.change({"b": 1})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        git(world.root, "checkout", "--quiet", "-B", "side", "main~1")
        other = world.commit({"c.yaml": document("c", 1)}, "another history")
        git(world.root, "update-ref", "refs/heads/main", other)
        git(world.root, "symbolic-ref", "HEAD", "refs/heads/main")
        batch = await listener.next()
        assert sorted(said(batch)) == ["+c", "-b"]
        assert batch.cause.commit == other
        git(world.root, "checkout", "--quiet", "--orphan", "fresh")
        world.commit({"a.yaml": document("a", 9), "c.yaml": None})
        git(world.root, "branch", "--force", "main", "fresh")
        git(world.root, "symbolic-ref", "HEAD", "refs/heads/main")
        await eventually(lambda: listener.names() == {"a"} and value_of(listener, "a") == "./h9")


async def test_a_merge_commit_is_its_tree(world: Repository) -> None:
    """Both sides of a merge arrive as one batch."""
    world.change({"a": 1})
    listener = Listener()
    async with listener.running(world.source("#main")):
        await until_synced(listener)
        git(world.root, "checkout", "--quiet", "-b", "side")
        world.change({"b": 1})
        world.change({"c": 1})
        git(world.root, "checkout", "--quiet", "main")
        git(world.root, "merge", "--quiet", "--no-ff", "--message", "Merge side", "side")
        batch = await listener.next()
        assert sorted(said(batch)) == ["+b", "+c"]
        assert batch.cause.reason == "Merge side"


async def test_a_file_that_is_renamed_moves_its_objects(world: Repository) -> None:
    """In one batch, so that the object is never missing."""
    world.change({"a": 1})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        world.commit({"a.yaml": None, "deep/er/b.yml": document("a", 1)})
        assert sorted(said(await listener.next())) == ["+a", "-a"]
        assert listener.names() == {"a"}


async def test_a_branch_a_path_and_a_tag(world: Repository) -> None:
    """`URL#BRANCH:PATH` reads one directory of one branch; files are named from the repository's root; tags work."""
    world.commit({"mesh/a.yaml": document("a", 1), "other/b.yaml": document("b", 1)})
    git(world.root, "tag", "--annotate", "--message", "a release", "v1")
    git(world.root, "checkout", "--quiet", "-b", "feature/x")
    world.commit({"mesh/c.yaml": document("c", 1), "other/b.yaml": document("b", 2)})
    for fragment, names in (
        ("#feature/x:mesh", {"a", "c"}),
        ("#main:mesh", {"a"}),
        ("#v1", {"a", "b"}),
        ("#:mesh/", {"a", "c"}),
    ):
        listener = Listener()
        async with listener.running(world.source(fragment)):
            await until_synced(listener)
        assert listener.names() == names, fragment
        assert {resource.origin.file for resource in listener.state.mesh.values()} >= {"mesh/a.yaml"}


async def test_other_branches_do_not_matter(world: Repository) -> None:
    """A push to another branch says nothing."""
    world.change({"a": 1})
    listener = Listener()
    async with listener.running(world.source("#main")):
        await until_synced(listener)
        git(world.root, "checkout", "--quiet", "-b", "side")
        world.change({"a": 2})
        await listener.quiet()


async def test_a_branch_that_is_deleted_keeps_what_it_said(world: Repository) -> None:
    """Its world is lost, not empty: the status says so until the branch is back."""
    world.change({"a": 1})
    git(world.root, "branch", "live")
    source, listener = world.source("#live"), Listener()
    async with listener.running(source):
        await until_synced(listener)
        git(world.root, "branch", "--delete", "--force", "live")
        await eventually(lambda: "no branch or tag live" in " ".join(source.status.errors))
        assert listener.names() == {"a"}
        world.change({"a": 2})
        git(world.root, "branch", "live")
        assert said(await listener.next()) == ["+a"]
        await eventually(lambda: not source.status.errors)


async def test_a_path_that_is_not_there_keeps_what_it_said(world: Repository) -> None:
    """A directory that vanishes from the commit is taken for a mistake, not for an empty mesh."""
    world.commit({"mesh/a.yaml": document("a", 1)})
    source, listener = world.source("#:mesh"), Listener()
    async with listener.running(source):
        await until_synced(listener)
        world.commit({"mesh/a.yaml": None, "b.yaml": document("b", 1)})
        await eventually(lambda: "no directory mesh" in " ".join(source.status.errors))
        assert listener.names() == {"a"}


async def test_a_repository_that_becomes_empty_keeps_what_it_said(world: Repository) -> None:
    """A repository without a commit that had one before was made anew by mistake."""
    world.change({"a": 1})
    source, listener = world.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        git(world.root, "update-ref", "-d", "refs/heads/main")
        await eventually(lambda: "is empty" in " ".join(source.status.errors))
        assert listener.names() == {"a"}


async def test_links_submodules_and_lfs_pointers_are_told_and_not_followed(world: Repository) -> None:
    """Each is a diagnostic at its path; the rest of the commit applies."""
    secret = world.root.with_name("secret.yaml")
    secret.write_text(document("secret", 1))
    world.commit({"a.yaml": document("a", 1), "lfs.yaml": document("lfs", 1)})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        (world.root / "out.yaml").symlink_to(secret)
        (world.root / "in.yaml").symlink_to("a.yaml")
        (world.root / "latest").symlink_to(".")
        pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + 64 * "0" + "\nsize 12345\n"
        (world.root / "lfs.yaml").write_text(pointer)
        (world.root / "a.yaml").write_text(document("a", 2))
        git(world.root, "add", "--all")
        git(world.root, "update-index", "--add", "--cacheinfo", f"160000,{40 * '1'},vendor/other")
        git(world.root, "commit", "--quiet", "--message", "all that is not followed")
        batch = await listener.next()
        assert faults(batch) == {
            "out.yaml": "GLY0401",
            "in.yaml": "GLY0401",
            "latest": "GLY0401",
            "vendor/other": "GLY0402",
            "lfs.yaml": "GLY0403",
        }
        assert listener.names() == {"a", "lfs"}
        assert value_of(listener, "a") == "./h2"
    async with listener.running(world.source()):
        assert await until_synced(listener) == ["."]


async def test_a_bad_object_is_held_and_the_rest_of_the_commit_applies(world: Repository) -> None:
    """As with files: one bad object holds nobody else."""
    world.commit({"a.yaml": document("a", 1), "b.yaml": document("b", 1)})
    verdicts: list[Verdict] = []
    source, listener = world.source(), Listener()
    source.heard.append(verdicts.append)
    async with listener.running(source):
        await until_synced(listener)
        commit = world.commit({"a.yaml": "a: [", "b.yaml": document("b", 2)})
        assert sorted(said(await listener.next())) == ["!a.yaml", "+b"]
        assert value_of(listener, "a") == "./h1"
        assert value_of(listener, "b") == "./h2"
        await eventually(lambda: len(verdicts) == 2)
    verdict = verdicts[-1]
    assert (verdict.commit.oid, verdict.refused, verdict.files) == (commit, False, ("a.yaml", "b.yaml"))
    assert [(one.code, one.origin.file, one.origin.commit) for one in verdict.found] == [("GLY0001", "a.yaml", commit)]


def no_nines(resource: Resource) -> tuple[Diagnostic, ...]:
    """Judge that a value of 9 is wrong."""
    if b"./h9" not in resource.spec:
        return ()
    origin = resource.origin_of("spec.egress[0].hosts[0]")
    return (Diagnostic(code="GLY0101", severity=Severity.ERROR, message="no nines", origin=origin, key=resource.key),)


@pytest.mark.parametrize("bad", ["a: [", document("a", 9)], ids=["unparsed", "judged bad"])
async def test_all_or_nothing_refuses_a_commit_with_an_error_whole(world: Repository, bad: str) -> None:
    """Nothing of it is said but why; the next good commit brings everything, and ends the complaint."""
    world.commit({"a.yaml": document("a", 1), "b.yaml": document("b", 1)})
    verdicts: list[Verdict] = []
    source, listener = world.source(judge=no_nines, all_or_nothing=True), Listener()
    source.heard.append(verdicts.append)
    async with listener.running(source):
        await until_synced(listener)
        commit = world.commit({"a.yaml": bad, "b.yaml": document("b", 2), "c.yaml": document("c", 1)}, "bad")
        batch = await listener.next()
        assert said(batch) == ["!."]
        (change,) = batch.changes
        assert isinstance(change, Faulted)
        assert [one.code for one in change.diagnostics][:1] == ["GLY0406"]
        assert [one.origin.file for one in change.diagnostics] == [".", "a.yaml"]
        assert {one.origin.commit for one in change.diagnostics} == {commit}
        assert listener.names() == {"a", "b"}
        assert value_of(listener, "b") == "./h1"
        await eventually(lambda: source.status.commit == commit)
        assert "not applied" in source.status.refused
        assert verdicts[-1].refused
    async with listener.running(world.source(judge=no_nines, all_or_nothing=True)):
        assert await until_synced(listener) == ["."]
        world.commit({"d.yaml": document("d", 1)}, "still bad")
        assert said(await listener.next()) == ["!."]
        world.commit({"a.yaml": document("a", 3)}, "good")
        assert sorted(said(await listener.next())) == ["+a", "+b", "+c", "+d", "=."]
        assert not listener.state.faults


async def test_all_or_nothing_takes_what_has_warnings(world: Repository) -> None:
    """Only errors refuse."""
    world.commit({"a.yaml": document("a", 1), "latest": "x"})
    (world.root / "in.yaml").symlink_to("a.yaml")
    world.commit({})
    listener = Listener()
    async with listener.running(world.source(judge=no_nines, all_or_nothing=True)):
        assert sorted(await until_synced(listener)) == ["!in.yaml", "+a", "."]
