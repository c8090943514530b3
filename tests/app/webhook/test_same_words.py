"""The webhook says of an object what `galley validate` says of it among the others: word for word."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
import pytest
import yaml

from galley.app.offline.mesh import load
from galley.app.webhook.triage import Care
from pipeline.model.diagnostic import Severity
from tests.app.webhook.judge import judging, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipeline.model.diagnostic import Diagnostic

    Tree: TypeAlias = dict[str, Any]

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(case.name for case in GOLDEN.iterdir() if (case / "input.yaml").exists())


def _rename(tree: Tree) -> None:
    spec = tree["spec"]
    name = min(spec)
    spec[f"{name[:-1]}x"] = spec.pop(name)


def _retype(tree: Tree) -> None:
    tree["spec"][max(tree["spec"])] = 7


def _misplace(tree: Tree) -> None:
    tree["host"] = "misplaced.example.com"
    tree["metadata"]["labels"] = {"version": 1}


def _misname(tree: Tree) -> None:
    tree["metadata"]["labels"] = {"not a label": "x" * 64}


def _redirect(tree: Tree) -> None:
    """Every host is another one, which the mesh does not know; every subset and gateway likewise."""
    text = orjson.dumps(tree["spec"]).decode()
    for old, new in ((".example", ".exampel"), ('"v1"', '"v8"'), ('"subset":"', '"subset":"no-'), ("reviews", "revs")):
        text = text.replace(old, new)
    tree["spec"] = orjson.loads(text)


CHANGES: tuple[Callable[[Tree], None], ...] = (lambda _: None, _rename, _retype, _misplace, _misname, _redirect)


@pytest.mark.parametrize("case", CASES)
async def test_the_words_are_those_of_validate(case: str, tmp_path: Path) -> None:
    """Whether the object is good, wrong in itself, or wrong among the others."""
    trees = [_stored(tree) for tree in yaml.safe_load_all((GOLDEN / case / "input.yaml").read_text()) if tree]
    compared = passed = 0
    async with judging(tmp_path, trees) as judge:
        for number, tree in enumerate(trees):
            for new in _changed(tree):
                verdict = await judge.ask(new)
                if verdict.care is Care.PASS:
                    passed += 1
                    continue
                expected = _validated(tmp_path, trees, number, new)
                said = (*verdict.errors, *verdict.noted)
                assert _words(one for one in said if one.key in {None, key_of(tree)}) == _words(expected)
                assert bool(verdict.errors) >= any(found.severity is Severity.ERROR for found in expected)
                compared += len(expected)
    assert compared or passed


def _stored(tree: Tree) -> Tree:
    """Return a document as an API server has it."""
    found: Tree = orjson.loads(orjson.dumps(tree, default=str))
    found["metadata"].setdefault("namespace", "default")
    return found


def _changed(tree: Tree) -> Iterator[Tree]:
    for change in CHANGES:
        new = copy.deepcopy(tree)
        if new.get("spec"):
            change(new)
            yield new


def _validated(root: Path, trees: list[Tree], number: int, new: Tree) -> list[Diagnostic]:
    folder = root / "mesh"
    folder.mkdir(exist_ok=True)
    for index, tree in enumerate(trees):
        (folder / f"{index}.json").write_bytes(orjson.dumps(new if index == number else tree))
    file = str(folder / f"{number}.json")
    return [found for found in load([str(folder)]).diagnostics() if found.origin.file == file]


def _words(found: Iterable[Diagnostic]) -> list[tuple[object, ...]]:
    return sorted(
        (
            one.code,
            one.severity,
            one.message,
            one.path,
            one.hint,
            str(one.key),
            str([(str(other.key), other.note) for other in one.related]),
        )
        for one in set(found)
    )
