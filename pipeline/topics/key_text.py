"""A resource's key as the text that is a record's key: `Kind/namespace/name`. Pure."""

from __future__ import annotations

from pipeline.model.key import Key

_PARTS = 3


def key_text(key: Key) -> str:
    """Return the text; a slash or per cent sign within a part is written `%2F`, `%25`."""
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in key)


def key_of(text: str) -> Key:
    """Return the key; raise `ValueError` where the text is none."""
    parts = text.split("/")
    if len(parts) != _PARTS:
        msg = f"{text!r} is not Kind/namespace/name"
        raise ValueError(msg)
    return Key(*(part.replace("%2F", "/").replace("%25", "%") for part in parts))
