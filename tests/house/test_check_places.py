"""A registry's host and a machine's path are found in any file."""

from pathlib import Path

import pytest

from tests.house.check_places import check
from tests.house.tree import Tree

REGISTRY = "py" + "pi.org"


@pytest.mark.parametrize(
    "line", [f"https://files.{REGISTRY}/simple", "/" + "root/mesh", "cd /" + "home/somebody/galley"]
)
def test_a_place_is_found(tmp_path: Path, line: str) -> None:
    """Each is found with the line it stands in, in a page as in a program."""
    [finding] = check(Tree.planted(tmp_path, {"docs/a.md": f"first\n{line}\n"}))
    assert (finding.path, finding.line) == ("docs/a.md", 2)


@pytest.mark.parametrize("line", ["/etc/galley/mesh", "https://host.example/work/a", "~/galley", "/roots/a", "/home"])
def test_what_is_the_same_everywhere_is_not(tmp_path: Path, line: str) -> None:
    """Paths of a standard, of a route or of a home at large are no fault."""
    assert check(Tree.planted(tmp_path, {"docs/a.md": line})) == []
