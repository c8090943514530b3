"""The consistent set of resources at a revision: what sinks receive. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All resources at a revision; treat `resources` as immutable."""

    revision: Revision
    resources: Mapping[Key, Resource]

    def changes_since(self, older: Snapshot | None) -> dict[Key, Resource | None]:
        """Return what differs in content from an older snapshot: the new resource, or None where it is gone."""
        before: Mapping[Key, Resource] = older.resources if older else {}
        changes: dict[Key, Resource | None] = {key: None for key in before if key not in self.resources}
        for key, resource in self.resources.items():
            other = before.get(key)
            if other is None or other.digest != resource.digest:
                changes[key] = resource
        return changes
