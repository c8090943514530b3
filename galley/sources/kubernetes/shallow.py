"""`shallow_event` and `shallow_page`: what can be said of an answer that nests too deep to be parsed. Pure.

An API server stores what nests ten thousand levels deep; no parser here follows. An object's metadata comes before its
content, since an API server writes keys in their order, and can be cut out: so it is known which object it is, and the
others of its kind are read all the same. In place of its content stands something that is too deep to be taken.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from galley.sources.kubernetes.api import Tree

_EVENT: Final = re.compile(r'\{"type":"([A-Z]+)","object":')
_VERSION: Final = re.compile(r'"apiVersion":"([^"\\]*)"')
_METADATA: Final = '"metadata":'
_MANAGED: Final = '"managedFields":'
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_LEVELS: Final = 1_000


def shallow_event(line: bytes) -> dict[str, Any] | None:
    """Return an event of a watch with an object that has no content of its own; None where that cannot be told."""
    text = line.decode(errors="replace")
    found = _EVENT.match(text)
    tree = _object(text, found.end()) if found is not None else None
    return {"type": found[1], "object": tree} if found is not None and tree is not None else None


def shallow_page(body: bytes) -> Tree | None:
    """Return a page of a list with one object, likewise."""
    text = body.decode(errors="replace")
    begin = text.find('"items":[')
    tree = _object(text, begin) if begin >= 0 else None
    metadata = _metadata(text, text.rfind(_METADATA))
    return {"items": [tree], "metadata": metadata} if tree is not None and metadata is not None else None


def _object(text: str, begin: int) -> Tree | None:
    metadata = _metadata(text, text.find(_METADATA, begin))
    version = _VERSION.search(text, begin)
    if metadata is None or "name" not in metadata:
        return None
    deep: dict[str, Any] = {}
    for _ in range(_LEVELS):
        deep = {"": deep}
    return {"apiVersion": version[1] if version else "", "metadata": metadata, "spec": deep, "data": deep}


def _metadata(text: str, at: int) -> dict[str, Any] | None:
    """Return the metadata that begins here, less managedFields, which repeat the whole shape of the content."""
    if at < 0:
        return None
    found = text[at + len(_METADATA) : _end(text, at + len(_METADATA))]
    begin = found.find(_MANAGED)
    if begin >= 0:
        found = found[:begin] + '"":[]' + found[_end(found, begin + len(_MANAGED)) :]
    try:
        tree = json.loads(found)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _end(text: str, begin: int) -> int:
    """Return where the object or list that begins here ends."""
    depth = 0
    for token in _TOKEN.finditer(text, begin):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
    return len(text)
