"""Trees, commits and texts of strangers, whatever their bytes: our own reading, without git's check before it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.sources.git.commit import read_commit
from galley.sources.git.git_error import GitError
from galley.sources.git.plain import plain, scrubbed
from galley.sources.git.tree import Blob, Entry, Extent, Listing, changed, flatten, parse_tree
from galley.sources.scan import Problem

A, B = 40 * "a", 40 * "b"
NAMES = st.one_of(
    st.sampled_from(
        [b"..", b".", b"", b".git", b"a/b.yaml", b"..\\x.yaml", b"\x1b.yaml", b"a.yaml", b"d", b"\xff.json"]
    ),
    st.binary(max_size=12).map(lambda name: name.replace(b"\0", b"") + b".yaml"),
)
MODES = st.sampled_from([0o100644, 0o100755, 0o040000, 0o120000, 0o160000, 0, 0o777777, 0o010644])


@given(st.binary(max_size=200))
def test_any_bytes_are_entries_or_an_error(data: bytes) -> None:
    """Nothing else comes of them."""
    with suppress(GitError):
        for entry in parse_tree(data):
            assert len(entry.oid) == 40
            assert b"\0" not in entry.name


@given(st.lists(st.builds(Entry, MODES, NAMES, st.just(A)), max_size=8))
def test_paths_are_plain_and_below(entries: list[Entry]) -> None:
    """Whatever names a tree has, a path is shown as it is, leads nowhere else, and only sound names are read."""
    listing = flatten({A: tuple(entries)}, A, Extent(path="mesh", most=10_000_000)) if not _loops(entries) else {}
    for path, place in listing.items():
        assert path.startswith("mesh/")
        assert path.isprintable()
        assert ".." not in path.split("/")
        if isinstance(place, Blob):
            assert "\\" not in path
            assert path.encode().removeprefix(b"mesh/") in {entry.name for entry in entries}
        else:
            assert isinstance(place, Problem)


def _loops(entries: list[Entry]) -> bool:
    """Whether a directory holds itself, as no real one can."""
    return any(entry.is_directory for entry in entries)


def test_a_directory_is_read_to_a_number_of_paths_not_of_objects() -> None:
    """Few objects that share each other may stand for any number of paths."""
    trees = {A: tuple(Entry(0o040000, b"%d" % number, A) for number in range(3))}
    with pytest.raises(GitError, match=r"git\.max_files"):
        flatten(trees, A, Extent(most=1_000))


def test_what_changed_is_what_has_another_place() -> None:
    """New, other and gone; a link that became a file too."""
    link = Problem("GLY0401", "is a symbolic link")
    before: Listing = {"a": Blob(A), "b": Blob(A), "c": Blob(A), "d": link}
    after: Listing = {"a": Blob(A), "b": Blob(B), "d": Blob(A), "e": Blob(A)}
    assert changed(before, after) == {"b": Blob(B), "c": None, "d": Blob(A), "e": Blob(A)}


@given(st.binary(max_size=300))
def test_any_bytes_are_a_commit_or_an_error(data: bytes) -> None:
    """What is shown of a commit is one line of plain text, whatever it says."""
    for content in (data, b"tree " + A.encode() + b"\nauthor " + data, b"tree " + A.encode() + b"\n\n" + data):
        with suppress(GitError):
            commit = read_commit(B, content)
            assert commit.tree == A
            assert commit.author.isprintable()
            assert commit.subject.isprintable()


def test_a_commit_s_author_and_subject() -> None:
    """The first line of the message; headers that go on over several lines are no others."""
    data = (
        f"tree {A}\nparent {B}\nauthor Jürgen Ü <j@example.com> 1700000000 +0100\ncommitter C <c> 1 +0000\n"
        "gpgsig -----BEGIN\n tree 00\n author X <x> 0 +0000\n\nSubject  line\n\nBody\n"
    ).encode()
    commit = read_commit(B, data)
    assert commit == (B, A, "Jürgen Ü <j@example.com>", 1_700_000_000.0, "Subject line")


@given(st.text(max_size=500))
def test_plain_text_is_one_bounded_line(text: str) -> None:
    """Nothing in it moves a cursor, turns text around or begins a line."""
    shown = plain(text, 50)
    assert len(shown) <= 50
    assert shown.isprintable()


def test_users_and_secrets_are_taken_out() -> None:
    """Of URLs, and wherever a secret stands."""
    text = scrubbed("fatal: unable to access 'https://ann:pw@h/x': token abc refused", ("abc",))
    assert text == "fatal: unable to access 'https://***@h/x': token *** refused"
