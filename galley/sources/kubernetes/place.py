"""The places of objects in clusters, as people read them: `kubernetes://CLUSTER/NAMESPACE/KIND/NAME`. Pure."""

from __future__ import annotations

from typing import Final

from pipeline.model.key import Key

_SCHEME: Final = "kubernetes://"


def place_of(cluster: str, key: Key) -> str:
    """Return the place of an object; one without a namespace is `kubernetes://CLUSTER/KIND/NAME`."""
    namespace = f"{key.namespace}/" if key.namespace else ""
    return f"{_SCHEME}{cluster}/{namespace}{key.kind}/{key.name}"


def key_at(place: str) -> Key:
    """Return the object whose place it is."""
    *front, kind, name = place.removeprefix(_SCHEME).split("/")
    return Key(kind, front[1] if len(front) > 1 else "", name)
