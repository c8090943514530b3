"""A relative link that leads nowhere is found."""

from pathlib import Path

import pytest

from tests.house.check_links import check
from tests.house.tree import Tree

OTHER = "# How to add a kind\n\n```\n# not a heading\n```\n## `galley serve`, at length\n"


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("other.md", True),
        ("../README.md", True),
        ("decisions/", True),
        ("other.md#how-to-add-a-kind", True),
        ("other.md#galley-serve-at-length", True),
        ("#own", True),
        ("https://host.example/nothing", True),
        ("missing.md", False),
        ("other.md#not-a-heading", False),
        ("#other", False),
    ],
)
def test_a_link_leads_somewhere_or_is_found(tmp_path: Path, link: str, *, whole: bool) -> None:
    """Files, folders and headings of the tree are followed; links to elsewhere are not."""
    files = {
        "README.md": "",
        "docs/a.md": f"# Own\n\n[there]({link})\n",
        "docs/other.md": OTHER,
        "docs/decisions/1.md": "",
    }
    assert [finding.line for finding in check(Tree.planted(tmp_path, files))] == ([] if whole else [3])
