"""Places: no host of a package registry, no path of somebody's machine, in any file.

Which registry a package comes from is the installing machine's affair, so that mirrors work; a lock holds names and
hashes. The strings are put together here, or this file would be found by itself.
"""

import re

from tests.house.tree import Finding, Tree, run

REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("proxy", "golang", "org"),
            ("sum", "golang", "org"),
            ("repo", "maven", "apache"),
            ("repo1", "maven"),
            ("deb", "debian"),
            ("archive", "ubuntu"),
            ("index", "crates"),
            ("static", "crates"),
        )
    )
)
MACHINES = re.compile(r"(?<![\w.~-])/(?:work|root|farm|home/\w+|Users/\w+)/\w")


def check(tree: Tree) -> list[Finding]:
    """The lines that name a registry's host or a machine's path."""
    found = []
    for name, number, line in tree.lines():
        if match := REGISTRIES.search(line):
            found.append(Finding(name, number, f"names a package registry, {match[0]}"))
        if match := MACHINES.search(line):
            found.append(Finding(name, number, f"names a path of one machine, {match[0]}..."))
    return found


if __name__ == "__main__":
    run(check)
