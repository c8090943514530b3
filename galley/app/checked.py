"""`Checked`: one thing that `galley doctor` looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing that was looked at: whether it is good, what was seen, and what to do if not."""

    what: str
    good: bool
    seen: str
    remedy: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON data."""
        return asdict(self)
