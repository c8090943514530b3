"""The schema of a kind, or of all, as text."""

from __future__ import annotations

from difflib import get_close_matches

import orjson
import yaml

from schemas.crd import crd_of, crds, has_crd
from schemas.json_schema import json_schema
from schemas.kind import Kind
from schemas.registry import Registry


class UnknownKind(ValueError):
    """There is no such schema; `hint` names near ones."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep the hint."""
        super().__init__(message)
        self.hint = hint


def schema_text(word: str, registry: Registry, *, crd: bool) -> str:
    """Return a kind's schema (all: JSON Schemas by kind, or a stream of CRDs); raise `UnknownKind`."""
    if not word:
        return _all_crds(registry) if crd else _json(_all_schemas(registry))
    kind = next((kind for kind in registry if word.lower() in _words(registry, kind)), None)
    if kind is None:
        near = get_close_matches(word, [kind.name for kind in registry])
        raise UnknownKind(
            f"there is no kind {word}", f"did you mean {' or '.join(near)}?" if near else "`galley schema`"
        )
    if not crd:
        return _json(json_schema(kind))
    if not has_crd(kind):
        whose = "a kind of your own: its CRD is yours" if kind.schema else "not a custom kind of ours: it has no CRD"
        raise UnknownKind(f"{kind.name} is {whose}", "`galley schema --format crd` prints those there are")
    return str(yaml.safe_dump(crd_of(kind), sort_keys=False))


def _words(registry: Registry, kind: Kind) -> set[str]:
    return {registry.word(kind).lower(), kind.name.lower(), *kind.short_names}


def _all_schemas(registry: Registry) -> dict[str, object]:
    return {registry.word(kind): json_schema(kind) for kind in registry if not kind.carried}


def _all_crds(registry: Registry) -> str:
    return "---\n".join(str(yaml.safe_dump(crd, sort_keys=False)) for crd in crds(registry))


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
