"""The page of the diagnostic codes."""

from __future__ import annotations

from pathlib import Path

from galley.app.docs_of_codes import PAGE, page

_ROOT = Path(__file__).parents[2]


def test_the_page_is_that_of_the_catalogue() -> None:
    """After a change of the catalogue: `python -m galley.app.docs_of_codes > docs/diagnostics.md`."""
    assert (_ROOT / PAGE).read_text(encoding="utf-8") == page()
