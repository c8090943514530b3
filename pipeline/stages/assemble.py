"""What should be served becomes a revision, unless it would drop too much of the mesh. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.batch import Cause
from pipeline.model.revision import Revision, mesh_digest
from pipeline.stages.state import Hold

if TYPE_CHECKING:
    from pipeline.model.batch import Entry
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import State


def assemble(
    state: State, entry: Entry, policy: Policy, *, confirmed: bool
) -> tuple[Revision | None, dict[Key, Resource | None]]:
    """Publish what is pending, as a revision and its changes; or hold it, where it would shrink the mesh too much.

    The guard holds a revision that removes more than `policy.guard_share` of the objects *and* more than
    `policy.guard_count`, until it is confirmed or no longer would.
    """
    number = state.revision.number + 1 if state.revision else 1
    removed = sum(1 for resource in state.pending.values() if resource is None)
    total = len(state.mesh)
    if removed > policy.guard_count and removed > policy.guard_share * total and not confirmed:
        state.hold = Hold(number=number, removed=removed, total=total)
        return None, {}
    state.hold = None
    if not state.pending:
        return None, {}
    changed, state.pending = state.pending, {}
    for key, resource in changed.items():
        if resource is None:
            state.mesh.pop(key, None)
        else:
            state.mesh[key] = resource
    state.revision = Revision(
        number=number,
        digest=mesh_digest(state.mesh.values()),
        parent=number - 1,
        entry=entry.sequence,
        source=", ".join(dict.fromkeys(batch.source for batch in entry.batches)),
        cause=entry.batches[0].cause if entry.batches else Cause(),
        changed={key: resource.digest if resource else None for key, resource in changed.items()},
    )
    return state.revision, changed
