"""Links: a relative link of a page leads to a file of the tree, and to a heading in it."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from tests.house.check_references import page
from tests.house.tree import Finding, Tree, run

LINK = re.compile(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


def anchor(heading: str) -> str:
    """The anchor that a forge gives a heading: lower case, words joined by hyphens, other marks left out."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(tree: Tree, name: str) -> frozenset[str]:
    """The anchors of a page."""
    return frozenset(anchor(match[1]) for _, _, line in page(tree, name) if (match := HEADING.match(line)))


def target(name: str, link: str) -> str:
    """The path in the tree that a link of a page leads to; with leading dots where it leaves the tree."""
    parts: list[str] = []
    for part in (*PurePosixPath(name).parent.parts, *PurePosixPath(unquote(link)).parts):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def check(tree: Tree) -> list[Finding]:
    """The relative links that lead nowhere."""
    found = []
    for name in (name for name in tree.files if name.endswith(".md")):
        for _, number, line in page(tree, name):
            for link in LINK.findall(line):
                path, _, fragment = link.partition("#")
                if ELSEWHERE.match(link):
                    continue
                aim = target(name, path) if path else name
                if not (tree.root / aim).exists():
                    found.append(Finding(name, number, f"the link to {link} leads nowhere"))
                elif fragment and aim.endswith(".md") and fragment not in anchors(tree, aim):
                    found.append(Finding(name, number, f"{aim} has no heading #{fragment}"))
    return found


if __name__ == "__main__":
    run(check)
