"""The schema of a kind, or of all, as text."""

from __future__ import annotations

from difflib import get_close_matches

import orjson

from schemas.crd import crd_of, crds
from schemas.generate import json_schema
from schemas.registry import DEFAULT_REGISTRY


class UnknownKind(ValueError):  # noqa: N818  named for what it is
    """There is no schema for that kind; `hint` names near ones."""

    def __init__(self, word: str, hint: str) -> None:
        """Keep the hint."""
        super().__init__(f"there is no kind {word}")
        self.hint = hint
