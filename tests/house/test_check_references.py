"""A name in backquotes that leads nowhere is found; one that leads somewhere, by whatever way, is not."""

from pathlib import Path

import pytest

from tests.house.check_references import check
from tests.house.tree import Tree

MODULE = """
from typing import Protocol
from pipeline.model.key import Key as ResourceKey

class Seam(Protocol):
    def step(self) -> None: ...

class Cache(Seam):
    size: int = 0
    def __init__(self) -> None:
        self.watchers = []

VERSION = 1
"""
SETTINGS = """
class Listen(Model):
    address: str = ""

class Settings(Model):
    mixer: Listen
    data: str
"""
FILES = {
    "proxy/__init__.py": "",
    "proxy/cache.py": MODULE,
    "pipeline/model/key.py": "class Key:\n    name: str\n",
    "galley/settings.py": SETTINGS,
}


@pytest.mark.parametrize(
    "name",
    [
        "proxy.cache",
        "proxy.cache.Cache",
        "proxy.cache.Cache.size",
        "proxy.cache.Cache.watchers",
        "proxy.cache.Cache.step()",
        "proxy.cache:VERSION",
        "proxy.cache.ResourceKey.name",
        "pipeline.model",
        "mixer.address",
        "galley.sinks",
        "galley.yaml",
        "proxy/cache.py",
        "pipeline/model/",
        "pipeline/model/KIND/any.py",
        "elsewhere.cache.Cache",
        "proxy",
    ],
)
def test_what_exists_passes(tmp_path: Path, name: str) -> None:
    """Modules, members, members of bases, imported names, keys of settings, entry points and paths lead somewhere."""
    files = FILES | {"docs/a.md": f"See `{name}`.\n", "sinks/a.py": f'"""Gives what `{name}` gives."""\n'}
    assert check(Tree.planted(tmp_path, files)) == []


@pytest.mark.parametrize(
    "name",
    [
        "proxy.store",
        "proxy.cache.Store",
        "proxy.cache.Cache.colour",
        "proxy.cache.ResourceKey.colour",
        "proxy.cache.missing(x)",
        "pipeline.model.value",
        "mixer.colour",
        "proxy/store.py",
        "tests/proxy/",
        "tests/golden/CASE",
    ],
)
def test_what_does_not_exist_is_found(tmp_path: Path, name: str) -> None:
    """Each is found in a page and in a docstring, with its line; a fenced block is not read."""
    page = f"```\n`{name}`\n```\nSee `{name}`.\n"
    files = FILES | {"docs/a.md": page, "sinks/a.py": f'def f():\n    """One.\n\n    Gives `{name}`.\n    """\n'}
    found = check(Tree.planted(tmp_path, files))
    assert [(finding.path, finding.line) for finding in found] == [("sinks/a.py", 4), ("docs/a.md", 4)]


def test_a_late_import_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    """Text of the form that names a thing to import is followed; text that only looks alike is not."""
    code = 'A = "proxy.cache:Cache"\nB = "proxy.cache:Store"\nC = "proxy:80"\nD = "galley: ready"\n'
    found = check(Tree.planted(tmp_path, FILES | {"sinks/a.py": code}))
    assert [(finding.path, finding.line) for finding in found] == [("sinks/a.py", 2)]
