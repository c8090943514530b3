"""An origin in words, for sentences that name several: the place, who wrote it, and the source. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.origin import Origin

_SHORT = 12


def origin_words(origin: Origin) -> str:
    """Return `mesh/a.yaml:3 (git, commit 1f2e3d4c5b6a by Ann)`, `cluster prod (kubernetes)`, or the source alone."""
    place = f"{origin.file}:{origin.line}" if origin.file and origin.line else origin.file
    where = place or (f"cluster {origin.cluster}" if origin.cluster else "")
    if not where:
        return origin.source
    about = [origin.source]
    if origin.file and origin.cluster:
        about.append(f"cluster {origin.cluster}")
    if origin.commit:
        about.append(f"commit {origin.commit[:_SHORT]}" + (f" by {origin.author}" if origin.author else ""))
    return f"{where} ({', '.join(about)})"
