"""A version of the whole mesh. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.digest import Digest
from pipeline.model.digest_set import DigestSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.model.batch import Cause
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A numbered state of the mesh: what changed since its parent, who changed it and why.

    `digest` covers the content of every resource and nothing else: same content, same digest, on every replica, engine
    and restart. `changed` gives each key's new content digest, None where the object is gone. `entry` is the log
    position that made it. `number` counts from 1; `parent` is 0 for the first.
    """

    number: int
    digest: Digest
    parent: int
    entry: int
    source: str
    cause: Cause
    changed: Mapping[Key, Digest | None]


def mesh_digest(resources: Iterable[Resource]) -> Digest:
    """Return the digest of a mesh's content, whatever the order the resources come in."""
    return DigestSet(resource.digest for resource in resources).digest()
