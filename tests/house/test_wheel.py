"""The wheel holds the program: every module, every file of data, and the command."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from tests.house.tree import PACKAGES, Tree

DATA = frozenset({".py", ".json", ".yaml", ".proto", ".typed"})
BUILD = "import sys, setuptools.build_meta as b; print(b.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel of this tree, built once in a copy by the backend that pyproject.toml names."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    tree = Tree.of_repository()
    for name in shipped(tree) | {"pyproject.toml", "README.md", "LICENSE", *requirements(tree)}:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree.root / name, source / name)
    subprocess.run([sys.executable, "-c", BUILD, str(target)], cwd=source, check=True, capture_output=True, text=True)
    [built] = Path(target).glob("*.whl")
    return zipfile.ZipFile(built)


def shipped(tree: Tree) -> set[str]:
    """The files of the packages, data included."""
    paths = (PurePosixPath(name) for name in tree.files)
    return {str(path) for path in paths if path.parts[0] in PACKAGES and path.suffix in DATA}


def requirements(tree: Tree) -> list[str]:
    """The lists that pyproject.toml reads."""
    return [name for name in tree.files if name.startswith("requirements/") and name.endswith(".in")]


def test_the_wheel_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Modules and data of every package are in it, and nothing of the tests."""
    names = set(wheel.namelist())
    assert shipped(Tree.of_repository()) <= names
    assert not any(name.startswith("tests/") for name in names)


def test_the_wheel_brings_the_command_and_the_dependencies(wheel: zipfile.ZipFile) -> None:
    """The command is `galley`, and every line of base.in is a dependency."""
    [entry_points] = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "galley = galley.app.cli:main" in wheel.read(entry_points).decode()
    [metadata] = (name for name in wheel.namelist() if name.endswith("dist-info/METADATA"))
    required = wheel.read(metadata).decode()
    wishes = [
        line for line in Tree.of_repository().text("requirements/base.in").splitlines() if line[:1] not in {"", "#"}
    ]
    assert all(f"Requires-Dist: {wish}\n" in required for wish in wishes)
