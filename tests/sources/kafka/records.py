"""Builders of records, and of what understands them."""

from __future__ import annotations

from galley.app.policy import policy_for
from galley.documents.limits import DEFAULT_LIMITS, Limits
from galley.documents.reading import Reading
from galley.sources.kafka.heard import Heard, Understanding
from galley.sources.kafka.record import Record
from schemas.registry import DEFAULT_REGISTRY

TOPIC = "mesh"


def document(name: str, value: int) -> str:
    """Return an object as a document, that is accepted."""
    return (
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\n"
        f"  name: {name}\nspec:\n  egress:\n  - hosts: [./h{value}.example.com]\n"
    )


def record(
    key: str | bytes | None, value: str | bytes | None, offset: int = 0, partition: int = 0, /, **headers: str
) -> Record:
    """Return a record; a header's name has `_` for `-`, but in names that begin with `ce_`."""
    named = tuple(
        (name if name.startswith("ce_") else name.replace("_", "-"), text.encode()) for name, text in headers.items()
    )
    return Record(TOPIC, partition, offset, _bytes(key), _bytes(value), named)


def understanding(namespace: str = "default", limits: Limits = DEFAULT_LIMITS) -> Understanding:
    """Return what understands the records of `TOPIC`."""
    return Understanding(
        source="kafka",
        topic=TOPIC,
        namespace=namespace,
        policy=policy_for(DEFAULT_REGISTRY),
        registry=DEFAULT_REGISTRY,
        limits=limits,
    )


def hear(key: str | bytes | None, value: str | bytes | None, /, **headers: str) -> Heard:
    """Return what a record says."""
    return understanding().hear(record(key, value, 0, 0, **headers))


def sidecar(name: str = "a", value: int = 1) -> tuple[str, str]:
    """Return key and value of an object."""
    return f"Sidecar/default/{name}", document(name, value)


def keys(heard: Heard) -> list[str]:
    """Return the objects that a record has, as people read them."""
    return [str(one.resource.key) for _, found in heard.said if isinstance(found, Reading) for one in found.resources]


def codes(heard: Heard) -> list[str]:
    """Return the codes of what is wrong."""
    return [one.code for one in heard.diagnostics]


def _bytes(text: str | bytes | None) -> bytes | None:
    return text.encode() if isinstance(text, str) else text
