"""A package that does not state its rule, and a module without a row, are found."""

from pathlib import Path

from tests.house.check_rooms import check
from tests.house.tree import Tree

ROWS = '[[tool.importlinter.contracts]]\nid = "rows"\nlayers = ["(galley.app)", "proxy | mixer", "(pipeline.log)"]\n'


def test_a_silent_package_is_found(tmp_path: Path) -> None:
    """A package without an `__init__`, or with one that says nothing, is found."""
    files = {"proxy/__init__.py": '"""Rule."""', "proxy/a/b.py": "", "mixer/__init__.py": "import proxy\n"}
    assert [finding.path for finding in check(Tree.planted(tmp_path, files))] == ["mixer/__init__.py", "proxy/a"]


def test_a_room_without_a_row_is_found(tmp_path: Path) -> None:
    """A module directly in `galley` or `pipeline` needs a row; one in a package that is a row itself does not."""
    rule = '"""Rule."""'
    files = {
        "pyproject.toml": ROWS,
        "galley/__init__.py": rule,
        "galley/__main__.py": rule,
        "galley/app/__init__.py": rule,
        "galley/app/cli.py": rule,
        "galley/stray.py": rule,
        "pipeline/__init__.py": rule,
        "pipeline/lost/__init__.py": rule,
        "proxy/__init__.py": rule,
        "proxy/anything.py": rule,
    }
    assert [finding.path for finding in check(Tree.planted(tmp_path, files))] == [
        "galley/stray.py",
        "pipeline/lost/__init__.py",
    ]
