"""What people call the types of Envoy's resources: cds, eds, lds, rds, vhds, sds."""

from __future__ import annotations

from galley.app.control.refused import Refused
from proxy.resource_type import ResourceType

_WORDS = {
    ResourceType.CLUSTER: "cds",
    ResourceType.ENDPOINT: "eds",
    ResourceType.LISTENER: "lds",
    ResourceType.ROUTE: "rds",
    ResourceType.VIRTUAL_HOST: "vhds",
    ResourceType.SECRET: "sds",
}


def word_of(type_: ResourceType) -> str:
    """Return the type's short word."""
    return _WORDS[type_]


def type_word(type_url: str) -> str:
    """Return the short word of a type URL."""
    return next((word for type_, word in _WORDS.items() if type_.type_url == type_url), type_url)


def type_named(word: str) -> ResourceType:
    """Return the type that a word means; refuse another."""
    for type_, known in _WORDS.items():
        if word.lower() == known:
            return type_
    raise Refused(422, f"there is no type {word}", f"types are {', '.join(_WORDS.values())}")
