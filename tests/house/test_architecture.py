"""The contracts of import-linter catch an import that the architecture forbids, in a copy of this very tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, Tree

ROWS = "A row imports the rows below it, never one above, and never a sibling"
CORE = "The core does no input or output and knows no time, chance, threads or logs"
CONSUMERS = "A consumer is pure but for its gRPC shell, and for what runs a process or keeps a key"
FAUST = "Faust and its mode are the Kafka engine's alone"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages and their contracts, made once."""
    root = tmp_path_factory.mktemp("tree")
    tree = Tree.of_repository()
    for name in ("pyproject.toml", *tree.shipped):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree.root / name, root / name)
    return root


def broken(root: Path) -> tuple[set[str], str]:
    """The names of the contracts that the tree at `root` breaks, and all that lint-imports said."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    environment = os.environ | {"COLUMNS": "400", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)
    names = set(re.findall(r"^(.+) BROKEN\b", done.stdout, re.MULTILINE))
    assert (done.returncode != 0) == bool(names), done.stdout + done.stderr
    return names, done.stdout


@pytest.mark.parametrize(
    ("module", "imports", "contract"),
    [
        ("pipeline/model/planted.py", "pipeline.stages", ROWS),
        ("schemas/planted.py", "pipeline.model", ROWS),
        ("pipeline/stages/planted.py", "pipeline.log", ROWS),
        ("proxy/planted.py", "citadel", ROWS),
        ("sinks/planted.py", "galley.sources", ROWS),
        ("galley/sources/planted.py", "galley.app", ROWS),
        ("pipeline/derive/planted.py", "galley.documents", ROWS),
        ("schemas/planted.py", "random", CORE),
        ("pipeline/derive/planted.py", "asyncio", CORE),
        ("pipeline/stages/planted.py", "logging", CORE),
        ("galley/documents/planted.py", "watchdog.events", CORE),
        ("proxy/planted.py", "grpc", CONSUMERS),
        ("mixer/planted.py", "time", CONSUMERS),
        ("pipeline/log/planted.py", "faust", FAUST),
        ("sinks/planted.py", "mode.services", FAUST),
    ],
)
def test_a_forbidden_import_breaks_its_contract(copy: Path, module: str, imports: str, contract: str) -> None:
    """The contract of the row is named as broken, and so is the module that broke it."""
    planted = copy / module
    planted.write_text(f"import {imports}\n", encoding="utf-8")
    try:
        names, said = broken(copy)
    finally:
        planted.unlink()
    assert contract in names
    assert module.removesuffix(".py").replace("/", ".") in said


def test_the_shell_of_a_consumer_may_import_grpc(copy: Path) -> None:
    """What a contract excepts is excepted: a planted shell that nobody imports breaks nothing new."""
    before, _ = broken(copy)
    shell = copy / "mixer" / "server.py"
    shell.write_text("import asyncio\nimport grpc\n", encoding="utf-8")
    assert broken(copy)[0] == before


def test_every_package_is_linted() -> None:
    """The packages that the contracts analyse are the packages that are shipped."""
    pyproject = Tree.of_repository().text("pyproject.toml")
    [roots] = re.findall(r"^root_packages = \[(.*)\]$", pyproject, re.MULTILINE)
    assert {name.strip(' "') for name in roots.split(",")} == set(PACKAGES)
