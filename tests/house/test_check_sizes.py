"""The caps on sizes hold, and a file or function over one is found."""

from pathlib import Path

from tests.house.check_sizes import FILE_CAP, FUNCTION_CAP, check
from tests.house.tree import Tree


def test_a_long_file_is_found(tmp_path: Path) -> None:
    """A file of one line more than the cap is found, one of just the cap is not."""
    files = {"proxy/long.py": "x = 1\n" * (FILE_CAP + 1), "proxy/fits.py": "x = 1\n" * FILE_CAP}
    assert [finding.path for finding in check(Tree.planted(tmp_path, files))] == ["proxy/long.py"]


def test_a_long_function_is_found(tmp_path: Path) -> None:
    """A function of one line more than the cap is found by name, one of just the cap is not."""
    long = "def long():\n" + "    x = 1\n" * FUNCTION_CAP
    fits = "@decorated\nasync def fits():\n" + "    x = 1\n" * (FUNCTION_CAP - 1)
    [finding] = check(Tree.planted(tmp_path, {"proxy/a.py": long + fits}))
    assert finding.line == 1
    assert "long has 51 lines" in finding.message
