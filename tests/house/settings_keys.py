"""The keys of the settings tree, such as `xds.address`, read from the syntax of the models in galley/settings."""

import ast

from tests.house.tree import Tree


def settings_keys(tree: Tree) -> frozenset[str]:
    """The dotted keys under the class `Settings`; none where it is not there."""
    classes = {
        node.name: node
        for name, module in tree.modules.items()
        if name.startswith(("galley/settings/", "galley/settings.py"))
        for node in module.body
        if isinstance(node, ast.ClassDef)
    }
    return frozenset(_keys(classes, classes.get("Settings"), ""))


def _keys(classes: dict[str, ast.ClassDef], node: ast.ClassDef | None, prefix: str) -> set[str]:
    """The keys of one model, and of the models that its fields are of."""
    keys = set()
    for statement in node.body if node else []:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            key = prefix + statement.target.id
            keys.add(key)
            inner = classes.get(ast.unparse(statement.annotation).removesuffix(" | None"))
            keys |= _keys(classes, inner, f"{key}.")
    return keys
