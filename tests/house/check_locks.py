"""Locks: every pin has hashes, every wish has its pin, and nothing says where packages come from."""

import re

from tests.house.tree import Finding, Tree, run

PIN = re.compile(r"^([A-Za-z0-9._-]+)==\S+")
WISH = re.compile(r"^([A-Za-z0-9._-]+)")
SOURCE = re.compile(r"^\s*(?:-i|-f|--(?:index-url|extra-index-url|find-links|trusted-host))\b|://")


def normal(name: str) -> str:
    """A distribution's name in the normal form of PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def unhashed(tree: Tree, name: str) -> list[Finding]:
    """The pins of a lock without a hash, and its lines that name a source."""
    found = []
    lines = tree.text(name).splitlines()
    for number, line in enumerate(lines, 1):
        if SOURCE.search(line):
            found.append(
                Finding(name, number, "says where packages come from; that is the installing machine's affair")
            )
        if PIN.match(line) and "--hash=sha256:" not in "".join(lines[number - 1 : number + 1]):
            found.append(Finding(name, number, "a pin without a hash: write it with `make lock`"))
    return found


def unpinned(tree: Tree, name: str) -> list[Finding]:
    """The wishes of a list that its lock does not hold."""
    lock = name.removesuffix(".in") + ".lock"
    if lock not in tree.files:
        return [Finding(name, 1, f"has no {lock}: write it with `make lock`")]
    pinned = {normal(match[1]) for line in tree.text(lock).splitlines() if (match := PIN.match(line))}
    wishes = ((number, WISH.match(line)) for number, line in enumerate(tree.text(name).splitlines(), 1))
    return [
        Finding(name, number, f"{match[1]} is not in {lock}: write it with `make lock`")
        for number, match in wishes
        if match and normal(match[1]) not in pinned
    ]


def check(tree: Tree) -> list[Finding]:
    """The faults of every lock and list in requirements/."""
    names = [name for name in tree.files if name.startswith("requirements/")]
    locks = [finding for name in names if name.endswith(".lock") for finding in unhashed(tree, name)]
    lists = [finding for name in names if name.endswith(".in") for finding in unpinned(tree, name)]
    return locks + lists


if __name__ == "__main__":
    run(check)
