"""References: what a docstring or a page names in backquotes, of our own, exists.

A dotted name that begins with one of our packages leads to a module or a name in it; a path that begins with one of our
folders leads to a file or a folder. So does what code names by text, `package.module:name`, to import it later.
Fenced blocks of a page are examples and are not read.
"""

import ast
import re
from collections.abc import Iterator
from functools import partial

from tests.house.names_of import Names
from tests.house.settings_keys import settings_keys
from tests.house.tree import PACKAGES, Finding, Tree, run

FOLDERS = (*PACKAGES, "tests", "docs", "compose", "examples", "requirements")
DOTTED = re.compile(r"`((?:" + "|".join((*PACKAGES, "tests")) + r")(?:[.:][A-Za-z_]\w*)+)(?:\([^`]*\))?`")
PATH = re.compile(r"`((?:" + "|".join(FOLDERS) + r")/[\w./-]*)`")
LATE = re.compile(r"(?:" + "|".join(PACKAGES) + r")(?:\.[a-z_]\w*)*:[A-Za-z_]\w*")
PLACEHOLDER = re.compile(r"/[A-Z]{2,}(?:/.*)?$")
FENCE = re.compile(r"^\s*(```|~~~)")

ENTRY_POINTS = frozenset({"galley.sources", "galley.sinks", "galley.analyzers", "galley.adapters"})
SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".sqlite", ".db", ".log", ".service", ".svc", ".local", ".com", ".io")
"""Endings of names that are files or hosts, not modules."""


def prose(tree: Tree) -> Iterator[tuple[str, int, str]]:
    """Every line of every docstring and page, and every late import, with its file and number."""
    shipped = frozenset(tree.shipped)
    for name, module in tree.modules.items():
        for node in ast.walk(module):
            match node:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    for offset, line in enumerate(text.splitlines()):
                        yield name, node.lineno + offset, line
                case ast.Constant(value=str(text)) if name in shipped and LATE.fullmatch(text):
                    yield name, node.lineno, f"`{text}`"
                case _:
                    pass
    for name in tree.files:
        if name.endswith(".md"):
            yield from page(tree, name)


def page(tree: Tree, name: str) -> Iterator[tuple[str, int, str]]:
    """The lines of a page outside its fenced blocks."""
    fenced = False
    for number, line in enumerate(tree.text(name).splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield name, number, line


def path_exists(tree: Tree, path: str) -> bool:
    """Whether a path is a file of the tree or a folder with files in it; `CASE` and the like stand for any name."""
    path = PLACEHOLDER.sub("", path)
    folder = path.rstrip("/") + "/"
    return path in tree.files or any(name.startswith(folder) for name in tree.files)


def check(tree: Tree) -> list[Finding]:
    """The dotted names and paths of ours that lead nowhere."""
    names = Names(tree)
    known = ENTRY_POINTS | settings_keys(tree)
    exists = partial(path_exists, tree)
    found = []
    for name, number, line in prose(tree):
        dotted = (match.replace(":", ".") for match in DOTTED.findall(line))
        missing = [one for one in dotted if one not in known and not one.endswith(SUFFIXES) and not names.exist(one)]
        missing += [path for path in PATH.findall(line) if not exists(path)]
        found += [Finding(name, number, f"`{one}` does not exist") for one in missing]
    return found


if __name__ == "__main__":
    run(check)
