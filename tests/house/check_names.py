"""Names: no file, folder or class is called after what it is for nobody in particular."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.house.tree import Finding, Tree, run

FORBIDDEN = frozenset({"util", "utils", "helper", "helpers", "common", "manager", "managers", "base"})
FIELD_TERMS = frozenset({"connection_manager"})
"""Terms of Envoy and Istio that hold a forbidden word; they keep their name."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def forbidden_word(name: str) -> str | None:
    """The forbidden word in a name of either case style, or None."""
    snake = "_".join(word.lower() for word in WORD.findall(name))
    for term in FIELD_TERMS:
        snake = snake.replace(term, "")
    return next((word for word in snake.split("_") if word in FORBIDDEN), None)


def named(tree: Tree) -> Iterator[tuple[str, int, str]]:
    """Every name that counts, with its file and line: path parts of Python files, and classes."""
    for name in tree.sources:
        for part in PurePosixPath(name).with_suffix("").parts:
            yield name, 1, part
    for name, module in tree.modules.items():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                yield name, node.lineno, node.name


def check(tree: Tree) -> list[Finding]:
    """The names with a forbidden word in them."""
    return [
        Finding(path, line, f"`{name}` has `{word}` in it: say what it is")
        for path, line, name in named(tree)
        if (word := forbidden_word(name))
    ]


if __name__ == "__main__":
    run(check)
