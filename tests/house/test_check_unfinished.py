"""Markers of unfinished work, skipped tests and rules silenced without a reason are found."""

from pathlib import Path

import pytest

from tests.house.check_unfinished import check
from tests.house.tree import Tree


@pytest.mark.parametrize(
    "line",
    [
        "# TODO: later",
        "# FIXME",
        "raise NotImplementedError",
        "if x:  # pragma: no cover",
        "@pytest.mark.skip",
        "@pytest.mark.skipif(True, reason='no')",
        "pytest.importorskip('faust')",
        "@pytest.mark.xfail",
        "x = 1  # noqa",
        "x = 1  # noqa: S101",
        "x = y()  # type: ignore",
    ],
)
def test_unfinished_work_is_found(tmp_path: Path, line: str) -> None:
    """Each is found in its line."""
    assert [finding.line for finding in check(Tree.planted(tmp_path, {"proxy/a.py": f"x = 1\n{line}\n"}))] == [2]


@pytest.mark.parametrize(
    "line",
    [
        "return NotImplemented",
        "x = y()  # noqa: S101, BLE001  the guard around each record",
        "x = y()  # type: ignore[no-any-return]",
        "# a todo list",
        "skipped = 1",
    ],
)
def test_finished_work_is_not(tmp_path: Path, line: str) -> None:
    """A rule may be silenced with its code, and with a reason where it is ruff's; words that only sound alike pass."""
    assert check(Tree.planted(tmp_path, {"proxy/a.py": line})) == []


def test_a_marker_in_a_page_is_found(tmp_path: Path) -> None:
    """Markers count in every file, the rules of Python in Python alone."""
    found = check(Tree.planted(tmp_path, {"docs/a.md": "# noqa\nTODO: write\n"}))
    assert [finding.line for finding in found] == [2]
