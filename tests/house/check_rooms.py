"""Rooms: every package says in its docstring what may live there, and every room has a row of the architecture.

import-linter judges the modules that its rows name; a new module beside them would be judged by nobody.
"""

import ast
import re
import tomllib
from pathlib import PurePosixPath

from tests.house.tree import Finding, Tree, run

NAMED = re.compile(r"[a-z_]+(?:\.[a-z_]+)*")
FREE = frozenset({"galley.__main__"})
"""Modules that need no row: nothing can import them."""


def silent(tree: Tree) -> list[Finding]:
    """The packages without an `__init__` that states their rule."""
    found = []
    for folder in sorted({str(PurePosixPath(name).parent) for name in tree.shipped}):
        name = f"{folder}/__init__.py"
        module = tree.modules.get(name)
        if module is None:
            found.append(Finding(folder, 1, "a package without `__init__.py`"))
        elif not ast.get_docstring(module):
            found.append(Finding(name, 1, "a package's docstring states what may live there"))
    return found


def rows(tree: Tree) -> frozenset[str]:
    """The modules that the contract `rows` of pyproject.toml names."""
    contracts = tomllib.loads(tree.text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "rows")
    return frozenset(name for layer in layers for name in NAMED.findall(layer))


def homeless(tree: Tree) -> list[Finding]:
    """The modules directly in a package whose rooms have rows, that have none themselves."""
    known = rows(tree)
    found: dict[str, Finding] = {}
    for name in tree.shipped:
        parts = PurePosixPath(name).with_suffix("").parts
        if parts[0] in known or parts[1:] == ("__init__",):
            continue
        room = ".".join(parts[:2])
        if room not in known | FREE:
            found.setdefault(room, Finding(name, 1, f"`{room}` has no row in the architecture (pyproject.toml)"))
    return list(found.values())


def check(tree: Tree) -> list[Finding]:
    """The packages that do not state their rule, and the modules that no row holds."""
    return silent(tree) + (homeless(tree) if "pyproject.toml" in tree.files else [])


if __name__ == "__main__":
    run(check)
