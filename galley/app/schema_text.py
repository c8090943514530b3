"""The schema of a kind, or of all, as text."""

from __future__ import annotations

from difflib import get_close_matches

import orjson
import yaml

from schemas.crd import crd_of, crds, has_crd
from schemas.json_schema import json_schema
from schemas.registry import DEFAULT_REGISTRY


class UnknownKind(ValueError):
    """There is no such schema; `hint` names near ones."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep the hint."""
        super().__init__(message)
        self.hint = hint


def schema_text(word: str, *, crd: bool) -> str:
    """Return a kind's schema (all: JSON Schemas by kind, or a stream of CRDs); raise `UnknownKind`."""
    if not word:
        return _all_crds() if crd else _json({kind.name: json_schema(kind) for kind in DEFAULT_REGISTRY if kind.model})
    kind = next((kind for kind in DEFAULT_REGISTRY if word.lower() in {kind.name.lower(), *kind.short_names}), None)
    if kind is None:
        near = get_close_matches(word, [kind.name for kind in DEFAULT_REGISTRY])
        raise UnknownKind(
            f"there is no kind {word}", f"did you mean {' or '.join(near)}?" if near else "`galley schema`"
        )
    if not crd:
        return _json(json_schema(kind))
    if not has_crd(kind):
        raise UnknownKind(f"{kind.name} is Kubernetes' own: it has no CRD", "`galley schema --format crd` prints all")
    return str(yaml.safe_dump(crd_of(kind), sort_keys=False))


def _all_crds() -> str:
    return "---\n".join(str(yaml.safe_dump(crd, sort_keys=False)) for crd in crds())


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
