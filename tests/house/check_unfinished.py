"""Unfinished work: no marker of things to come, no skipped test, no rule silenced without its reason.

The words are put together here, or this file would be found by itself.
"""

import re

from tests.house.tree import Finding, Tree, run

MARKERS = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK", "XX" + "X")) + r")\b")
PYTHON_ONLY = (
    (re.compile("Not" + r"ImplementedError\b"), "is a stub"),
    (re.compile("pragma:" + " no cover"), "hides a line from coverage"),
    (re.compile(r"pytest\.(?:mark\.)?(?:sk" + r"ip|sk" + r"ipif|xf" + r"ail|importor" + r"skip)\b"), "skips a test"),
    (
        re.compile(r"#\s*no" + r"qa(?!: [A-Z]+\d+(?:, [A-Z]+\d+)*  ?\S)"),
        "silences a rule without its code and its reason",
    ),
    (re.compile(r"#\s*type:" + r" ignore(?!\[[\w, -]+\])"), "silences mypy without its code"),
)
OWN_FILES = ("tests/house/check_unfinished.py", "tests/house/test_check_unfinished.py")


def faults(name: str, line: str) -> list[str]:
    """What one line leaves unfinished or silences."""
    found = [f"`{match[0]}`: do it now, or leave it out" for match in MARKERS.finditer(line)]
    if name.endswith(".py"):
        found += [f"`{match[0].strip()}` {why}" for pattern, why in PYTHON_ONLY if (match := pattern.search(line))]
    return found


def check(tree: Tree) -> list[Finding]:
    """The lines of any file that are unfinished, skip a test, or silence a rule without saying why."""
    return [
        Finding(name, number, message)
        for name, number, line in tree.lines()
        if name not in OWN_FILES
        for message in faults(name, line)
    ]


if __name__ == "__main__":
    run(check)
