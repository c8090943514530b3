"""Did you mean: the name somebody probably wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from schemas.json_name import json_name

_LONGEST = 128


def closest(name: str, known: Iterable[str]) -> str:
    """The known name nearest to `name`, the empty text where none is near; spelling conventions count for nothing."""
    if len(name) > _LONGEST:
        return ""
    folded = {_fold(other): other for other in known}
    if (same := folded.get(_fold(name))) is not None and same != name:
        return same
    found = get_close_matches(_fold(name), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found and folded[found[0]] != name else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name, empty where nothing is near."""
    known = tuple(known)
    camel = json_name(name)
    if camel != name and camel in known:
        return f"did you mean `{camel}`? Field names are written in camelCase"
    near = closest(name, known)
    return f"did you mean `{near}`?" if near else ""


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
