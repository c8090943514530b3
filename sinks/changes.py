"""What a snapshot changes for a sink that follows every revision. Pure."""

from collections.abc import Mapping

from pipeline.model.key import Key
from pipeline.model.resource import Resource
from pipeline.model.snapshot import Snapshot


def changes(snapshot: Snapshot, before: Snapshot | None) -> Mapping[Key, Resource | None]:
    """Each object that differs from the snapshot before, None where it is gone.

    A revision that follows the one before lists them itself; one of the same content (only lines have moved) has none;
    any other is compared as a whole.
    """
    if before is not None and snapshot.revision.digest == before.revision.digest:
        return {}
    if before is not None and snapshot.revision.parent == before.revision.number:
        return {key: snapshot.resources.get(key) for key in snapshot.revision.changed}
    return snapshot.changes_since(before)
