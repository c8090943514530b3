"""Sources as the API tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.api.answers import SourceAnswer
from galley.app.convert import time_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.sources.contract import Source


def source_answers(sources: Sequence[Source], now: float) -> list[SourceAnswer]:
    """Return how each source is at `now` (seconds since the epoch)."""
    return [
        SourceAnswer(
            name=status.name,
            kind=status.kind,
            location=status.location,
            objects=status.objects,
            synced=status.synced,
            last_sync=time_text(status.last_sync),
            age=max(0.0, now - status.last_sync) if status.last_sync else 0.0,
            errors=list(status.errors),
        )
        for status in (source.status for source in sources)
    ]
