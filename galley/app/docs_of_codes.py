"""The page of the codes, made from the catalogue: `python -m galley.app.docs_of_codes > docs/diagnostics.md`.

With `--check` it writes nothing, and ends with 1 where the page that is there differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.model.codes import CATALOGUE

PAGE = Path("docs/diagnostics.md")
_HEAD = """# Diagnostics

Every finding has a code that never changes its meaning. Codes that begin with `IST` are Istio's, at Istio's severity:
its own documentation is about the same rule. Those that begin with `GLY` are Galley's. `galley explain CODE` prints
the same text. An object's annotation `galley.istio.io/analyze-suppress: CODE, CODE` silences what is found of it
together with others; patterns such as `IST01*` work.

This page is made from the catalogue: `python -m galley.app.docs_of_codes`.
"""


def page() -> str:
    """Return the page's text."""
    return _HEAD + "".join(
        f"\n## {entry.code}\n\n**{entry.title}** ({entry.severity})\n\n{entry.meaning}\n\n{entry.remedy}\n"
        for _, entry in sorted(CATALOGUE.items())
    )


def main(arguments: list[str]) -> int:
    """Print the page, or compare it."""
    if "--check" in arguments:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
