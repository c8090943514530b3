"""Where something was written, as people read it."""

from __future__ import annotations

import pytest

from galley.app.place_text import place_text


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (("files", "a/b.yaml", 3), "a/b.yaml:3"),
        (("files", "a/b.yaml", 3, 7), "a/b.yaml:3:7"),
        (("consul", "ratings", 0), "consul: ratings"),
        (("git", ".", 1), "git"),
        (("mesh-config", "", 1), "mesh-config"),
    ],
)
def test_a_place_is_told_with_what_it_has(place: tuple[str, str, int], text: str) -> None:
    """A line where there are lines, the source where a place means nothing without it, no line of a directory."""
    assert place_text(*place) == text
