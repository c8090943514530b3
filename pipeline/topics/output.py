"""What a follower tells as it reads. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.rows import Row
    from pipeline.topics.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The mesh is now that of `revision`; `changes` are what differs from what was published before.

    `revisions` are those since then that were read, in order, `revision` the last of them. `whole`: they may not be
    all, so that a replica is to be replaced (`pipeline.log.sqlite.SqliteLog.adopt`).
    """

    revision: Revision
    changes: Mapping[Key, Resource | None]
    revisions: tuple[Revision, ...]
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Resources of the published mesh whose origin is another now, and whose content stays."""

    changes: Mapping[Key, Resource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An entry is done, and what it wrote is in the state: its progress, and the rows since the progress before."""

    progress: Progress
    rows: tuple[Row, ...]


Output: TypeAlias = Published | Moved | Settled
"""All that a follower tells."""
