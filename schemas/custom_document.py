"""`own_form`: a JSON Schema of whole documents, as a definition in our own form (`schemas.custom`). Pure.

It is what `galley schema KIND` prints, and what editors and kubeconform read: `properties.kind` and
`properties.apiVersion` say by `const` or `enum` which objects it is of, or `x-kubernetes-group-version-kind` does. Of
the rest, the schema of `spec` counts, with the root's `$defs` and `definitions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

_SHARED: Final = ("$defs", "definitions")
_KUBERNETES: Final = "x-kubernetes-group-version-kind"


def is_document_schema(document: Mapping[str, object]) -> bool:
    """Whether it is a JSON Schema rather than a definition, which has a `kind`."""
    return "kind" not in document and not document.keys().isdisjoint({"$schema", "properties", _KUBERNETES})


def own_form(document: Mapping[str, object]) -> dict[str, object] | None:
    """The definition of the one kind that the schema is of; None where it does not say which."""
    named = set(_named(document))
    kinds, groups = {kind for kind, _, _ in named}, {group for _, group, _ in named}
    if len(kinds) != 1 or len(groups) != 1:
        return None
    content = _mapping(_mapping(document.get("properties")).get("spec", {"type": "object"}))
    shared = {name: document[name] for name in _SHARED if name in document and name not in content}
    return {
        "kind": kinds.pop(),
        "group": groups.pop(),
        "versions": sorted(version for _, _, version in named),
        "schema": {**content, **shared},
    }


def _named(document: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Kind, group and version of each sort of object that the schema is of."""
    listed = document.get(_KUBERNETES)
    for one in listed if isinstance(listed, list) else ():
        names = _mapping(one)
        yield str(names.get("kind", "")), str(names.get("group", "")), str(names.get("version", ""))
    if not listed:
        properties = _mapping(document.get("properties"))
        for kind in _values(properties.get("kind")):
            for text in _values(properties.get("apiVersion")):
                group, _, version = text.rpartition("/")
                yield kind, group, version


def _values(schema: object) -> list[str]:
    """The texts that a schema allows by name."""
    known = _mapping(schema)
    values = [known["const"]] if "const" in known else known.get("enum")
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
