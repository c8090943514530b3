"""YAML text into trees: structure, positions, faults, recovery."""

from __future__ import annotations

import pytest

from galley.documents.limits import Limits
from galley.documents.read import parse
from galley.documents.tree import Tree
from tests.documents.builders import HEAD, faults, only, reading, value


def test_documents_are_separated() -> None:
    """Each has its own lines; empty ones, and those with comments only, are none."""
    text = f"# nothing\n---\n---\n{HEAD}---\n# only this\n---\n{HEAD.replace('a}', 'b}')}...\n---\n~\n"
    found = reading(text)
    assert [(one.resource.key.name, one.resource.origin.line) for one in found.resources] == [("a", 4), ("b", 10)]
    assert (found.documents, found.parsed, found.faults) == (2, True, ())


def test_nothing_is_nothing() -> None:
    """An empty file has no objects and no faults."""
    for text in ("", "\n\n", "# c\n", "---\n", "--- \n...\n", "\ufeff"):
        assert reading(text).documents == 0
        assert not reading(text).faults


def test_line_ends_are_of_any_kind() -> None:
    """Carriage returns change nothing, nor does a byte order mark."""
    plain = only(HEAD + "spec:\n  egress:\n  - hosts: ['./*']\n").resource
    for text in (HEAD + "spec:\n  egress:\n  - hosts: ['./*']\n",):
        for data in (text.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + text.encode()):
            assert only(data).resource == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1\nb: 2\n", "GLY0001 2:2"),
        ("a: 'x\nb: 1\n", "GLY0001 3:1"),
        ("\ta: 1\n", "GLY0001 1:1"),
        ("a: b: c\n", "GLY0001 1:5"),
        ("a:\n  - 1\n b: 2\n", "GLY0001 3:2"),
        ("a: @b\n", "GLY0001 1:4"),
        ("%YAML 3.0\n---\n", "GLY0001 1:1"),
        ("a: 1\na\u0007: 2\n", "GLY0002 2:2"),
        (b"a: \xff\n", "GLY0002 1:4"),
        ("é: \x00\n", "GLY0002 1:4"),
        ("a: 1\n".encode("utf-16"), "GLY0002 1:1"),
        ("a: 1\n".encode("utf-32"), "GLY0002 1:1"),
        ("a: 1\n".encode("utf-16-le"), "GLY0002 1:2"),
        ("a: 1\n\ufeffb: 1\n", "GLY0001 2:2"),
    ],
)
def test_a_text_that_is_no_yaml_is_a_fault_with_its_place(text: str | bytes, expected: str) -> None:
    """One fault, at line and column, and the file counts as not parsed."""
    found = reading(text)
    assert faults(text) == [expected]
    assert not found.parsed
    assert found.resources == ()


def test_a_fault_says_where_the_unclosed_began() -> None:
    """The line of the opening quote is in the message."""
    (fault,) = reading("a: 1\nb: 'x\nc: 1\n").faults
    assert "line 2" in fault.message


def test_a_bad_document_hides_no_other() -> None:
    """After a document that does not parse the next is read, with its right lines; the file is not parsed."""
    text = f"{HEAD}---\na: [\n---\n{HEAD.replace('a}', 'b}')}---\nb: '\n---\n{HEAD.replace('{name: a}', '{}')}"
    found = reading(text)
    assert [(one.resource.key.name, one.resource.origin.line) for one in found.resources] == [("a", 1), ("b", 7)]
    assert [(one.code, one.origin.line) for one in found.faults] == [("GLY0001", 6), ("GLY0001", 12), ("GLY0013", 15)]
    assert not found.parsed


def test_recovery_has_an_end() -> None:
    """Thousands of bad documents are not tried one by one."""
    assert len(reading("---\n[\n" * 5000).faults) == 20


def test_duplicate_keys_are_refused_with_both_lines() -> None:
    """The object is known, so it alone has the error."""
    (found,) = only(HEAD + "spec:\n  a: 1\n  b: 2\n  a: 3\n").diagnostics
    assert (found.code, found.severity, found.path) == ("GLY0007", "error", "spec.a")
    assert (found.origin.line, found.related[0].origin.line) == (7, 5)


@pytest.mark.parametrize("line", ["kind: Gateway", "apiVersion: v1", "metadata: {name: b}"])
def test_a_duplicate_of_what_identifies_leaves_the_object_unknown(line: str) -> None:
    """Which of the two names is meant? It is a fault of the file, so that everything it had is held."""
    found = reading(HEAD + line + "\n")
    assert found.resources == ()
    assert [one.code for one in found.faults] == ["GLY0007"]
    assert found.parsed


@pytest.mark.parametrize("text", ["!!str a", "!x a", "!!binary YQ==", "!!python/object:os.system {}", "!<tag:a> [1]"])
def test_tags_are_refused(text: str) -> None:
    """Whatever they mean."""
    assert faults(HEAD + f"spec: {{a: {text}}}\n") == ["GLY0008 4:11 spec.a"]


@pytest.mark.parametrize(("key", "place"), [("? [1]\n  : 2", "5:5"), ("~: 1", "5:3"), ("? {a: b}\n  : 1", "5:5")])
def test_keys_must_be_text(key: str, place: str) -> None:
    """What cannot be a key in JSON is refused; the rest of the object is read."""
    found = only(HEAD + f"spec:\n  {key}\n  b: 2\n")
    assert [f"{one.code} {one.origin.line}:{one.origin.column}" for one in found.diagnostics] == [f"GLY0018 {place}"]
    assert found.resource.spec == b'{"b":2}'


def test_anchors_are_shared() -> None:
    """An alias is what its anchor is, at its own place; within, the lines are those of the anchor."""
    found = only(HEAD + "spec:\n  a: &x {p: 1, q: [&y z]}\n  b: *x\n  c: [*y, *x]\n")
    assert found.resource.spec == b'{"a":{"p":1,"q":["z"]},"b":{"p":1,"q":["z"]},"c":["z",{"p":1,"q":["z"]}]}'
    assert found.diagnostics == ()
    places = {path: found.resource.origin_of(f"spec.{path}") for path in ("b", "b.q", "c[0]", "c[1]", "c[1].p")}
    assert {path: (at.line, at.column) for path, at in places.items()} == {
        "b": (6, 3),
        "b.q": (5, 16),
        "c[0]": (7, 7),
        "c[1]": (7, 11),
        "c[1].p": (5, 10),
    }


def test_unknown_and_circular_aliases_are_errors_of_their_object() -> None:
    """They are null, and said."""
    assert faults(HEAD + "spec: {a: *b}\n") == ["GLY0001 4:11 spec.a"]
    assert faults(HEAD + "spec: &s {a: [*s]}\n") == ["GLY0006 4:15 spec.a[0]"]


def test_merge_keys_work_as_in_kubectl() -> None:
    """They bring keys in, which the object's own later ones override; of several maps the first wins."""
    assert value("a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}\n") == {"a": {"x": 1, "z": 2}, "b": {"x": 1, "z": 3}}
    text = "a: &a {x: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b]}\nd: {<<: {q: 1}}\ne: {'<<': 1}\n"
    assert value(text) == {
        "a": {"x": 1},
        "b": {"x": 2, "z": 2},
        "c": {"x": 1, "z": 2},
        "d": {"q": 1},
        "e": {"<<": 1},
    }


def test_a_merge_that_overrides_is_warned_of() -> None:
    """What comes last counts for kubectl, for other parsers the object's own; both lines are named."""
    text = HEAD + "spec:\n  a: &a {x: 1}\n  b:\n    x: 2\n    <<: *a\n"
    found = only(text)
    assert found.resource.spec == b'{"a":{"x":1},"b":{"x":1}}'
    (one,) = found.diagnostics
    assert (one.code, one.severity, one.path) == ("GLY0020", "warning", "spec.b.x")
    assert (one.origin.line, one.related[0].origin.line) == (8, 7)
    assert faults(HEAD + "spec: {<<: 1}\n") == ["GLY0001 4:8 spec.<<".replace("spec.<<", 'spec["<<"]')]


def test_merged_keys_have_the_lines_where_they_are_written() -> None:
    """A merged key's place is in the anchor."""
    found = only(HEAD + "spec:\n  a: &a\n    x: 1\n  b:\n    <<: *a\n    w: 0\n    z: 2\n")
    places = [found.resource.origin_of(f"spec.b.{key}").line for key in "wxz"]
    assert places == [9, 6, 10]


LAUGHS = "a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_an_alias_bomb_is_refused() -> None:
    """A billion laughs are counted before they are told."""
    (fault,) = reading(LAUGHS).faults
    assert (fault.code, fault.origin.line) == ("GLY0006", 6)
    assert not reading(LAUGHS).parsed


def test_long_text_in_aliases_counts_too() -> None:
    """A few aliases of much text are as bad as many of little."""
    text = f"a: &a {'x' * 200_000}\nb: [{','.join(['*a'] * 10)}]\n"
    assert faults(text) == ["GLY0006 2:20 b[5]"]


def test_aliases_of_all_documents_count_together() -> None:
    """A bomb cannot be split over documents."""
    text = f"---\na: &a {'x' * 200_000}\nb: [*a, *a]\n" * 3
    assert "GLY0006" in [one.code for one in reading(text).faults]


def test_aliases_do_not_nest_beyond_the_limit() -> None:
    """Depth counts what aliases stand for."""
    text = "".join(f"a{n}: &a{n} {'[' * 60}{f'*a{n - 1}' if n else '1'}{']' * 60}\n" for n in range(3))
    assert [line.split()[0] for line in faults(HEAD + "spec:\n  " + text.replace("\n", "\n  "))] == ["GLY0005"]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000, "a: [" * 9000])
def test_deep_nesting_is_refused(text: str) -> None:
    """Whatever the brackets, no stack overflows."""
    assert reading(text).faults
    assert reading(text).resources == ()


def test_the_limits_of_size_and_number() -> None:
    """Each limit has its code and leaves the file unparsed."""
    limits = Limits(size=1000, documents=2, depth=5, nodes=30, file_nodes=50)
    assert faults("#" * 1001, limits=limits) == ["GLY0003 1:1"]
    many = "---\n".join(HEAD.replace("a}", f"a{n}}}") for n in range(3))
    assert faults(many, limits=limits) == ["GLY0004 9:1"]
    assert [line.split()[0] for line in faults("- 1\n" * 31, limits=limits)] == ["GLY0021"]
    assert "file" in reading("---\n" + "---\n".join(["- 1\n" * 20] * 3), limits=limits).faults[-1].message
    assert faults(HEAD + "spec: [[[[[1]]]]]\n", limits=limits) == ["GLY0005 4:11 spec[0][0][0][0]"]
    assert not reading(many, limits=limits).parsed


def test_trees_are_given_for_any_document() -> None:
    """`parse` asks for no kind."""
    (tree,) = parse(b"defaultConfig:\n  holdApplicationUntilProxyStarts: true\n")
    assert isinstance(tree, Tree)
    assert tree.root.value == {"defaultConfig": {"holdApplicationUntilProxyStarts": True}}
    assert tree.root.marks == [1, 1, 1, 1, 2, 3]


def test_what_would_take_libyaml_long_is_refused_first() -> None:
    """Each of these took minutes or more before it was."""
    assert faults("%TAG !a! b\n" * 100_000 + "---\na: 1\n") == ["GLY0008 1:1"]
    limits = Limits(documents=1000)
    assert [line.split()[0] for line in faults("---\n" * 500_000, limits=limits)] == ["GLY0004"]
    keys = ",".join(f"k{n}: 1" for n in range(20_000))
    assert [line.split()[0] for line in faults(f"x: &a {{{keys}}}\nb: {'{<<: ' * 90}*a{'}' * 90}\n")] == ["GLY0021"]
