"""Laws of reading: it is total, bounded, and faithful."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from galley.documents.limits import Limits
from galley.documents.read import parse, read
from galley.documents.tree import Tree
from pipeline.model.codes import CATALOGUE
from pipeline.model.path import format_path
from tests.documents.builders import value
from tests.documents.test_json import PLAIN
from tests.documents.test_yaml import LAUGHS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.positions import Step

PIECES = (
    "apiVersion: v1\n", "kind: Service\n", "kind: List\n", "items:\n", "- ", "  ", "metadata:\n", "  name: a\n",
    "spec:\n",
    "---\n", "...\n", "a: &a ", "*a", "<<: *a\n", "[", "]", "{", "}", ",", ": ", "'", '"', "|\n", ">-\n", "? ", "!x ",
    "%YAML 1.1\n", "# c\n", "\t", "\r\n", "on", "010", ".inf", "~", "\u2028", "\x00", "\ufeff", "x" * 50, "\n",
)  # fmt: skip
NAMES = st.sampled_from(
    ["apiVersion", "kind", "metadata", "spec", "status", "items", "name", "labels", "namespace", "a"]
)
DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "apiVersion": st.sampled_from(["v1", "networking.istio.io/v1", "", None, 1, ["v1"], "a/b/c"]),
        "kind": st.sampled_from(["Service", "List", "SidecarList", "Namespace", "Odd", None, {}]),
        "metadata": st.dictionaries(NAMES, PLAIN, max_size=4) | st.just({"name": "a"}) | PLAIN,
        "items": st.lists(st.dictionaries(NAMES, PLAIN, max_size=3), max_size=3) | PLAIN,
        "spec": PLAIN,
        "extra": PLAIN,
    },
)
SMALL = Limits(size=4096, documents=5, depth=8, nesting=2, nodes=60, file_nodes=100, expansion=500)


def check(data: bytes, file: str) -> None:
    """Read under small limits and see that they hold and everything said is well formed."""
    found = read(data, "files", file, SMALL)
    assert found.documents <= SMALL.documents + 1 + SMALL.nodes
    for diagnostic in (*found.faults, *(one for each in found.resources for one in each.diagnostics)):
        assert diagnostic.code in CATALOGUE
        assert diagnostic.origin.line >= 1
        assert diagnostic.origin.column >= 1
        assert diagnostic.message
    for one in found.resources:
        assert len(one.resource.spec) <= SMALL.size + 6 * SMALL.expansion
        assert one.resource.key.name
        assert len(one.resource.origin.positions) == 8 * len(list(nodes(one.resource.tree())))
    assert found.parsed or found.faults


def nodes(tree: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Give the path of every node."""
    yield path
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from nodes(inner, (*path, key))
    if isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from nodes(inner, (*path, index))


@given(st.binary(max_size=200), st.sampled_from(["a.yaml", "a.json"]))
def test_any_bytes_are_read_within_limits(data: bytes, file: str) -> None:
    """No bytes raise."""
    check(data, file)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["a.yaml", "a.json"]))
def test_any_pieces_of_yaml_are_read_within_limits(pieces: list[str], file: str) -> None:
    """Nor does what looks like YAML."""
    check("".join(pieces).encode(), file)


@settings(max_examples=300)
@given(DOCUMENT)
def test_any_document_is_read_within_limits(document: object) -> None:
    """Nor do values where they do not belong."""
    check(orjson.dumps(document), "a.json")
    check(yaml.safe_dump(document).encode(), "a.yaml")


@given(PLAIN)
def test_what_is_dumped_is_read_back(content: object) -> None:
    """Any JSON value that is dumped as YAML is read as that value, or with a warning that says to quote it.

    PyYAML writes by its own reading of YAML 1.1, which is not kubectl's: it leaves `y` without quotes, for one.
    """
    (tree,) = parse(yaml.safe_dump({"a": content}).encode())
    assert isinstance(tree, Tree)
    assert tree.root.value == {"a": content} or {one.code for one in tree.findings} >= {"GLY0009"}
    if isinstance(content, str):
        assert value(yaml.safe_dump({"a": content}, default_style='"')) == {"a": content}


@given(PLAIN.filter(lambda content: isinstance(content, dict)))
def test_every_node_has_the_place_of_its_text(content: object) -> None:
    """At the position of a map's entry stands its key, at that of a list's item the item.

    NEL, LS and PS are left out: YAML 1.1 takes them for line breaks, editors do not.
    """
    text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  x: "
    text += orjson.dumps(content).decode().replace(",", ",\n   ") + "\n"
    assume(not set(text) & set("\x85\u2028\u2029"))
    found = read(text.encode(), "files", "a.yaml")
    if not found.resources:
        return
    resource = found.resources[0].resource
    lines = text.split("\n")
    for path in nodes(resource.tree()):
        if path[:1] != ("spec",) or not isinstance(path[-1], str):
            continue
        at = resource.origin_of(format_path(path))
        here = lines[at.line - 1][at.column - 1 :]
        assert here.startswith((path[-1], orjson.dumps(path[-1]).decode()))


MEASURE = """
import resource, sys, time
from galley.documents.read import parse, read
from galley.documents.tree import Tree
text = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.process_time()
found = read(text, "files", "a.yaml")
took = time.process_time() - begin
assert found.faults[0].code == "GLY0006", found
print(int(took * 1000), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_billion_laughs_cost_little() -> None:
    """Under 100 ms of processor time and 64 MB of memory, measured in a process of its own."""
    done = subprocess.run([sys.executable, "-c", MEASURE], input=LAUGHS.encode(), capture_output=True, check=True)
    milliseconds, kilobytes = map(int, done.stdout.split())
    assert milliseconds < 100
    assert kilobytes < 64 * 1024
