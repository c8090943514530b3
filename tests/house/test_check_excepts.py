"""A broad handler that is not listed is found, and a listing that is no longer needed."""

from pathlib import Path

import pytest

from tests.house.check_excepts import ALLOWED, check
from tests.house.tree import Tree


@pytest.mark.parametrize(
    "caught", ["except:", "except Exception:", "except (OSError, BaseException) as e:", "except* Exception:"]
)
def test_a_broad_handler_is_found(tmp_path: Path, caught: str) -> None:
    """Every spelling is found, under the name of the function that it stands in."""
    text = f"class A:\n    def guard(self):\n        try:\n            pass\n        {caught}\n            pass\n"
    tree = Tree.planted(tmp_path, {"proxy/a.py": text})
    assert [(finding.line, "`A.guard`" in finding.message) for finding in check(tree, {})] == [(5, True)]
    assert check(tree, {"proxy/a.py::A.guard": "the guard around each record"}) == []


def test_a_broad_suppress_is_found(tmp_path: Path) -> None:
    """`contextlib.suppress` of everything is a broad handler too."""
    text = "def stop():\n    with contextlib.suppress(Exception):\n        pass\n"
    assert [finding.line for finding in check(Tree.planted(tmp_path, {"proxy/a.py": text}), {})] == [2]


def test_a_narrow_handler_is_not(tmp_path: Path) -> None:
    """Handlers that name what they catch are no fault, nor is one that tidies up and raises again."""
    text = "def read():\n    try:\n        pass\n    except (OSError, ValueError):\n        pass\n"
    text += "    try:\n        pass\n    except BaseException:\n        tidy()\n        raise\n"
    assert check(Tree.planted(tmp_path, {"proxy/a.py": text}), {}) == []


def test_a_needless_listing_is_found(tmp_path: Path) -> None:
    """A function that is listed but catches nothing broad is found."""
    [finding] = check(Tree.planted(tmp_path, {"proxy/a.py": "x = 1\n"}), {"proxy/a.py::f": "once"})
    assert finding.message == "proxy/a.py::f is listed but catches nothing broad"


def test_each_listing_has_a_reason() -> None:
    """The list says why each function may catch everything."""
    assert all(ALLOWED.values())
