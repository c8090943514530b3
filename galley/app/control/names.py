"""What people call the types of Envoy's resources: cds, eds, lds, rds, vhds, sds."""

from __future__ import annotations

from galley.app.control.refused import Refused
from proxy.resource_type import ResourceType


def type_word(type_url: str) -> str:
    """Return the short word of a type URL."""
    return next((type_.word for type_ in ResourceType if type_.type_url == type_url), type_url)


def type_named(word: str) -> ResourceType:
    """Return the type that a word means; refuse another."""
    for type_ in ResourceType:
        if word.lower() == type_.word:
            return type_
    raise Refused(422, f"there is no type {word}", "types are cds, eds, lds, rds, vhds and sds")
