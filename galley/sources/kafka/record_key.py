"""`RecordKey`: what a record's key says: which object the value is, or only what the value goes by. Pure.

A key whose first part begins with a capital letter names an object: `Kind/namespace/name`, `Kind/name`; the kind may
have its group behind it (`Gateway.gateway.networking.k8s.io`). Any other key is a name for the value, as a file's is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from galley.documents.resource import key_kind
from schemas.registry import split_api_version

if TYPE_CHECKING:
    from pipeline.model.resource import Resource
    from schemas.registry import Registry

LONGEST: Final = 1_024
"""Bytes that a key may have."""

_SHOWN: Final = 200
_KIND = re.compile(r"[A-Z][A-Za-z0-9]*(\.[a-z0-9.-]+)?")
_ALL, _WITHOUT_NAMESPACE = 3, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKey:
    """A key as `text`, and the object that it names, if it names one; `namespace` is None where it does not say.

    `problem` is why it cannot be used, or empty.
    """

    text: str
    kind: str = ""
    namespace: str | None = None
    name: str = ""
    problem: str = ""

    @property
    def names_an_object(self) -> bool:
        """Whether the value can only be one object."""
        return bool(self.kind)

    def fits(self, resource: Resource, registry: Registry) -> bool:
        """Whether an object is the one that the key names."""
        key = resource.key
        if self.namespace is not None and self.namespace != key.namespace:
            return False
        kind, _, group = self.kind.partition(".")
        if group:
            kind = key_kind(f"{group}/{split_api_version(resource.api_version)[1]}", kind, registry)
        return (kind, self.name) == (key.kind, key.name)


def record_key(key: bytes) -> RecordKey:
    """Return what a key says. Never raises: a key that is no text is shown with its bytes escaped."""
    if len(key) > LONGEST:
        return RecordKey(text=f"{_shown(key[:_SHOWN])}...", problem=f"has {len(key)} bytes; {LONGEST} are allowed")
    text = _shown(key)
    try:
        key.decode()
    except UnicodeDecodeError:
        return RecordKey(text=text, problem="is not UTF-8")
    if text != key.decode() or not text.strip():
        return RecordKey(text=text, problem="is empty" if not text.strip() else "holds control characters")
    kind, *rest = text.split("/")
    if not _KIND.fullmatch(kind) or len(rest) not in {_ALL - 1, _WITHOUT_NAMESPACE - 1}:
        return RecordKey(text=text)
    return RecordKey(text=text, kind=kind, namespace=rest[0] if len(rest) > 1 else None, name=rest[-1])


def _shown(key: bytes) -> str:
    """Return a key as text that can stand in a line."""
    text = key.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
