"""Sizes: no Python file over 400 lines, no function over 50."""

import ast

from tests.house.tree import Finding, Tree, run

FILE_CAP = 400
FUNCTION_CAP = 50


def check(tree: Tree) -> list[Finding]:
    """The files and functions over their caps; a function is counted from its `def`, decorators apart."""
    found = []
    for name, module in tree.modules.items():
        lines = len(tree.text(name).splitlines())
        if lines > FILE_CAP:
            found.append(Finding(name, 1, f"{lines} lines, over the cap of {FILE_CAP}: split it by idea"))
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_CAP:
                    message = f"{node.name} has {length} lines, over the cap of {FUNCTION_CAP}: name its parts"
                    found.append(Finding(name, node.lineno, message))
    return found


if __name__ == "__main__":
    run(check)
