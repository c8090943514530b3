"""Hostile repositories: nothing escapes, nothing is run, nothing hangs, and what was good before stays."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import document, eventually, until_synced, value_of
from tests.sources.git.plumbing import DIRECTORY, FILE, LINK, MODULE, PERSON, Plumbing
from tests.sources.git.repository import Repository, git
from tests.sources.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from galley.sources.git.source import GitSource

    Making = Callable[["Hostile"], list[tuple[bytes, bytes, str]]]


class Hostile(Repository):
    """A repository that its owner fills with what no porcelain makes."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.settings = self.settings.model_copy(update={"timeout": 20.0})
        self.raw = Plumbing(self.root / ".git")
        self.evil = self.raw.blob(document("evil", 1))
        (root / "evil.yaml").write_text(document("evil", 1))

    def push(self, *entries: tuple[bytes, bytes, str], message: bytes = b"x\n", person: bytes = PERSON) -> str:
        """Make `main` a commit with these entries and a new version of the good object."""
        good = self.raw.blob(document("good", 2))
        commit = self.raw.commit(self.raw.tree([(FILE, b"good.yaml", good), *entries]), message, person)
        self.raw.point(commit)
        return commit


@pytest.fixture
def world(tmp_path: Path) -> Hostile:
    """A repository with one good object."""
    world = Hostile(tmp_path)
    world.change({"good": 1})
    return world


async def survives(world: Hostile, source: GitSource, do: Callable[[], object]) -> tuple[Listener, list[str]]:
    """Let something hostile happen to a repository that is followed; return once it is applied or refused."""
    listener = Listener()
    async with listener.running(source):
        await until_synced(listener)
        do()
        await eventually(lambda: bool(source.status.errors) or value_of(listener, "good") == "./h2", 30)
        errors = list(source.status.errors)
    assert listener.names() == {"good"}
    assert not list(world.root.parent.rglob("pwned*"))
    return listener, errors


def below(world: Hostile, *names: bytes, leaf: bytes = b"evil.yaml") -> tuple[bytes, bytes, str]:
    """Return the entry of a directory in a directory with the evil file at its end."""
    entry = (FILE, leaf, world.evil)
    for name in reversed(names):
        entry = (DIRECTORY, name, world.raw.tree([entry]))
    return entry


NAMES = [
    *(b"..", b".", b".git", b".GIT", b"git~1", b".git ", b".git.", b".g\xe2\x80\x8cit", b".git::$INDEX_ALLOCATION"),
    *(b"../../evil.yaml", b"/etc/evil.yaml", b"..\\evil.yaml", b"C:\\evil.yaml", b"a/b.yaml", b"\xff\xfe.yaml"),
    *(b"a\nb.yaml", b"\x1b[2J.yaml", b"a\rb.yaml", b"\xe2\x80\xaelmay.yaml", 300 * b"n" + b".yaml", b"a\\b.yaml"),
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
@pytest.mark.parametrize("mode", [FILE, DIRECTORY], ids=["file", "directory"])
async def test_names_that_would_lead_elsewhere(world: Hostile, name: bytes, mode: bytes) -> None:
    """Refused by git's own check, or not read because of the name; never a file, never an object."""
    if mode == DIRECTORY:
        entry = below(world, name)
        if name == b"git~1":
            entry = (DIRECTORY, name, world.raw.tree([(FILE, b"readme", world.evil)]))
    else:
        entry = (FILE, name, world.evil)
    listener, errors = await survives(world, world.source(), lambda: world.push(entry))
    for place in listener.state.faults:
        assert place[1].isprintable()
    assert all(error.isprintable() for error in errors)


@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../evil.yaml", "evil.yaml", ".git/config", "/dev/zero", "/proc/self/environ", "good.yaml"],
)
async def test_links_are_never_followed(world: Hostile, target: str) -> None:
    """Whatever they lead to."""
    link = (LINK, b"evil.yaml", world.raw.blob(target))
    directory = (LINK, b"etc", world.raw.blob("/etc"))
    listener, errors = await survives(world, world.source(), lambda: world.push(link, directory))
    assert not errors
    assert {file for _, file in listener.state.faults} == {"evil.yaml", "etc"}


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c 'touch pwned'", "--upload-pack=touch pwned", "file:///etc", "../../evil", "https://127.0.0.1:1/"],
)
async def test_submodules_are_never_fetched(world: Hostile, url: str) -> None:
    """Neither their URLs nor their names are heeded; git's own check may refuse the commit."""
    modules = world.raw.blob(f'[submodule "../../x"]\n\tpath = sub\n\turl = "{url}"\n\tupdate = !touch pwned\n')
    entries = (FILE, b".gitmodules", modules), (MODULE, b"sub", 40 * "1")
    await survives(world, world.source(), lambda: world.push(*entries))


async def test_a_deep_tree_is_read_to_a_bound(world: Hostile) -> None:
    """Directories in directories, thousands of them, cost neither the stack nor the time."""
    entry = below(world, *[b"d"] * 3_000)
    listener, errors = await survives(world, world.source(), lambda: world.push(entry))
    assert errors or [fault.diagnostics[0].code for fault in listener.state.faults.values()] == ["GLY0405"]


async def test_a_tree_that_stands_for_more_paths_than_there_are_atoms(world: Hostile) -> None:
    """A few objects that share each other are counted by path, and refused."""
    tree = world.raw.tree([(FILE, b"evil.yaml", world.evil)])
    for _ in range(40):
        tree = world.raw.tree([(DIRECTORY, b"%02d" % number, tree) for number in range(20)])
    _, errors = await survives(world, world.source(), lambda: world.push((DIRECTORY, b"bomb", tree)))
    assert "git.max_files" in errors[0]


async def test_too_many_files_are_refused(world: Hostile) -> None:
    """The bound is a setting."""
    world.settings = world.settings.model_copy(update={"max_files": 50})
    entries = [(FILE, b"f%03d" % number, world.evil) for number in range(60)]
    _, errors = await survives(world, world.source(), lambda: world.push(*entries))
    assert "more than 50 files" in errors[0]


async def test_a_huge_file_is_not_read(world: Hostile) -> None:
    """It is told of, and costs no memory; the rest of the commit applies."""
    blob = world.raw.blob(b"#" * (80 << 20))
    listener, errors = await survives(world, world.source(), lambda: world.push((FILE, b"huge.yaml", blob)))
    assert not errors
    assert [fault.diagnostics[0].code for fault in listener.state.faults.values()] == ["GLY0003"]


async def test_a_fetch_that_brings_too_much_is_stopped(world: Hostile) -> None:
    """By the operating system, while it is written; nothing is left behind."""
    world.settings = world.settings.model_copy(update={"max_bytes": 1 << 20})
    blob = world.raw.blob(os.urandom(5 << 20))
    _, errors = await survives(world, world.source(), lambda: world.push((FILE, b"random.bin", blob)))
    assert "git.max_bytes" in errors[0]
    assert sum(path.stat().st_size for path in world.home.rglob("*") if path.is_file()) < 1 << 20


@pytest.mark.parametrize(
    "entries",
    [
        [(FILE, b"a.yaml", 40 * "0")],
        [(b"777777777", b"a.yaml", "evil")],
        [(b"104755", b"a.yaml", "evil")],
        [(b"0100644", b"a.yaml", "evil")],
        [(FILE, b"good.yaml", "evil")],
        [(FILE, b"", "evil")],
        [(DIRECTORY, b"a", "evil")],
        [(FILE, b"a.yaml", 40 * "7")],
    ],
    ids=["null id", "huge mode", "odd mode", "padded mode", "twice", "no name", "file as directory", "missing"],
)
async def test_trees_that_are_no_trees(world: Hostile, entries: list[tuple[bytes, bytes, str]]) -> None:
    """What git itself would not write is refused, or told of."""
    made = [(mode, name, world.raw.blob("# a comment") if oid == "evil" else oid) for mode, name, oid in entries]
    await survives(world, world.source(), lambda: world.push(*made))


async def test_what_people_wrote_cannot_move_a_cursor(world: Hostile) -> None:
    """Author and subject are shown in terminals and logs: no control characters, no turned text, one line, bounded."""
    person = b"\x1b]0;owned\x07 A\xe2\x80\xae\tB <a\x1b[31m@example.com> 1700000000 +0000"
    world.push(message=b"\x1b[2Jsub\rject " + 5000 * b"x" + b"\n\nbody", person=person)
    listener = Listener()
    async with listener.running(world.source()):
        batch = await listener.next()
    for text in (batch.cause.author, batch.cause.reason):
        assert text.isprintable()
        assert len(text) < 500


@pytest.mark.parametrize(
    "ref", ["--upload-pack=touch pwned", "-x", "--help", "$(touch pwned)", "`touch pwned`", ";touch pwned;"]
)
async def test_branches_that_look_like_options_or_commands(world: Hostile, ref: str) -> None:
    """A reference's name is data, also where HEAD leads to it."""

    def push() -> None:
        commit = world.push()
        world.raw.point(commit, f"refs/heads/{ref}")
        (world.root / ".git" / "HEAD").write_text(f"ref: refs/heads/{ref}\n")

    await survives(world, world.source(), push)


COMMANDS = """
[core]
    fsmonitor = touch {0}/pwned-fsmonitor
    sshCommand = touch {0}/pwned-ssh
    hooksPath = {0}/hooks
    alternateRefsCommand = touch {0}/pwned-alternate-refs
    editor = touch {0}/pwned-editor
    pager = touch {0}/pwned-pager
    gitProxy = {0}/hooks/any
[uploadpack]
    packObjectsHook = {0}/hooks/any
[credential]
    helper = !touch {0}/pwned-credential
[extensions]
    partialClone = evil
[remote "evil"]
    url = {0}
    uploadpack = touch {0}/pwned-uploadpack
    promisor = true
    partialclonefilter = blob:none
[filter "x"]
    clean = touch {0}/pwned-filter
    smudge = touch {0}/pwned-filter
[diff]
    external = touch {0}/pwned-diff
[gpg]
    program = touch {0}/pwned-gpg
[protocol]
    allow = always
"""
HOOKS = (
    "any",
    "post-update",
    "pre-receive",
    "reference-transaction",
    "post-checkout",
    "post-index-change",
    "pre-auto-gc",
)


async def test_nothing_in_a_local_repository_is_run(world: Hostile) -> None:
    """Neither its hooks, nor the commands in its configuration, nor what its missing objects would be fetched with."""
    root = world.root.parent
    directories = [root / "hooks", world.root / ".git" / "hooks"]
    for directory in directories:
        directory.mkdir(exist_ok=True)
        for hook in HOOKS:
            path = directory / hook
            path.write_text(f"#!/bin/sh\ntouch {root}/pwned-hook-{hook}\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
    with (world.root / ".git" / "config").open("a") as config:
        config.write(COMMANDS.format(root))
    await survives(world, world.source(), world.push)
    source, listener = world.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        world.push((FILE, b"a.yaml", 40 * "7"))
        await eventually(lambda: bool(source.status.errors))
    assert not list(world.root.parent.rglob("pwned*"))


@pytest.mark.parametrize("borrowed", ["info/alternates", "objects"])
async def test_objects_of_other_repositories_are_not_borrowed(world: Hostile, borrowed: str) -> None:
    """A repository that would have us read what lies elsewhere is refused, unless somebody set that it may."""
    other = world.root.with_name("other")
    git(world.root, "clone", "--quiet", "--bare", "--no-hardlinks", str(world.root), str(other))
    objects = world.root / ".git" / "objects"

    def borrow() -> None:
        if borrowed == "objects":
            objects.rename(world.root / ".git" / "own")
            objects.symlink_to(other / "objects")
        else:
            (objects / "info").mkdir(exist_ok=True)
            (objects / borrowed).write_text(f"{other}/objects\n")
        world.push()

    _, errors = await survives(world, world.source(), borrow)
    assert "borrows objects" in errors[0]
    assert "alternates: true" in errors[0]
    listener = Listener()
    async with listener.running(world.source(alternates=True)):
        await until_synced(listener)
    assert listener.names() == {"good"}


@pytest.mark.parametrize("what", ["HEAD", "packed-refs", "commondir", "objects/info/alternates", "included"])
async def test_files_that_never_end_are_not_waited_for(world: Hostile, what: str) -> None:
    """A FIFO in the place of a file of git's keeps neither us nor, for long, the git that reads it."""
    world.settings = world.settings.model_copy(update={"timeout": 1.0})

    def block() -> None:
        path = world.root / ".git" / what
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        if what == "included":
            with (world.root / ".git" / "config").open("a") as config:
                config.write(f"[include]\n\tpath = {path}\n")
        world.push()

    before = _children()
    async with asyncio.timeout(20):
        await survives(world, world.source(), block)
    assert _children() <= before


async def test_replaced_objects_are_not(world: Hostile) -> None:
    """`refs/replace` and grafts tell git to lie about objects; nobody asks them."""

    def replace() -> None:
        world.push()
        good = world.raw.blob(document("good", 2))
        world.raw.point(world.evil, f"refs/replace/{good}")
        (world.root / ".git" / "info").mkdir(exist_ok=True)
        (world.root / ".git" / "info" / "grafts").write_text(f"{40 * '1'} {40 * '2'}\n")

    _, errors = await survives(world, world.source(), replace)
    assert not errors


async def test_a_directory_that_only_looks_like_a_repository(world: Hostile) -> None:
    """A `.git` that leads elsewhere, or whose references do, is not followed there."""

    def mislead() -> None:
        (world.root / ".git").rename(world.root / "was")
        (world.root / ".git").write_text("gitdir: /etc\n")

    _, errors = await survives(world, world.source(), mislead)
    assert "is no git repository" in errors[0]


def _children() -> set[str]:
    """Return the ids of git processes that this process started, or left."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
                name = (entry / "comm").read_text("ascii", "replace")
            except OSError:
                continue
            if name.startswith("git") and int(words[1]) in {1, os.getpid()} and words[0] != "Z":
                found.add(entry.name)
    return found
