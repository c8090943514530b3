"""The names that a tree of modules defines, read from syntax alone: what `check_references` resolves against."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tests.house.tree import Tree

Scope = dict[str, ast.AST]
"""The names of a module or of a class, each with the node that binds it."""


def bindings(body: list[ast.stmt]) -> Iterator[tuple[str, ast.AST]]:
    """Every name that a body binds, also inside `if`, `try` and `with`."""
    for node in body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node
            case ast.Assign(targets=targets):
                yield from (
                    (name.id, node) for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
                )
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name.split(".")[0], node) for alias in names)
            case ast.If() | ast.Try() | ast.With():
                blocks = [getattr(node, part, []) for part in ("body", "orelse", "finalbody")]
                yield from bindings([statement for block in blocks for statement in block])
            case _:
                pass


def members(node: ast.ClassDef) -> Scope:
    """The members of a class: what its body binds, its slots, and what its methods set on `self`."""
    scope = dict(bindings(node.body))
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            scope.setdefault(inner.attr, inner)
    return scope


@dataclass
class Names:
    """The modules of a tree by dotted name, and whether a dotted name leads to something in them."""

    tree: Tree
    files: dict[str, str] = field(init=False)
    packages: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.files = {}
        self.packages = set()
        for name in self.tree.sources:
            parts = PurePosixPath(name).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            self.files[".".join(parts)] = name
            self.packages.update(".".join(parts[:length]) for length in range(1, len(parts)))

    def exist(self, dotted: str) -> bool:
        """Whether a dotted name leads to a package, a module, or a name in one; a member of a class included."""
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            module = ".".join(parts[:length])
            if module in self.files:
                tree = self.tree.modules.get(self.files[module])
                return tree is None or self._in_scope(dict(bindings(tree.body)), parts[length:])
            if module in self.packages:
                return length == len(parts)
        return False

    def _in_scope(self, scope: Scope, rest: list[str]) -> bool:
        """Whether the remaining parts lead from a scope to something."""
        if not rest:
            return True
        node = scope.get(rest[0])
        if node is None:
            return False
        match node:
            case ast.ClassDef():
                return self._in_class(scope, node, rest[1:])
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in self.packages | self.files.keys():
                source = next(alias.name for alias in node.names if (alias.asname or alias.name) == rest[0])
                return self.exist(".".join([module, source, *rest[1:]]))
            case _:
                return True

    def _in_class(self, scope: Scope, node: ast.ClassDef, rest: list[str]) -> bool:
        """Whether a member exists in a class or its bases; a base from elsewhere may have any member."""
        if not rest or rest[0] in members(node):
            return True
        for base in node.bases:
            known = scope.get(base.id) if isinstance(base, ast.Name) else None
            if not isinstance(known, ast.ClassDef):
                return getattr(base, "id", "") not in {"Protocol", "NamedTuple", "Enum", "StrEnum", "IntEnum"}
            if self._in_class(scope, known, rest):
                return True
        return False
