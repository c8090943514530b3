"""What should be served becomes a revision, unless it would drop too much of the mesh. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipeline.model.batch import Cause
from pipeline.model.revision import Revision
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
    """Publish what is pending, as a revision and its changes; or hold it back.

    There is no first revision until every awaited source has said everything, or revision 1 is confirmed; then there is
    one even if it is empty, so that proxies are answered. The guard holds a revision that removes more than
    `policy.guard_share` of the objects *and* more than `policy.guard_count`, until it is confirmed or no longer would;
    likewise one that removes all that a source had, if that is more than `policy.guard_count`.
    """
    if state.revision is None and not confirmed and missing(state, policy.awaited):
        return None, {}
    number = state.revision.number + 1 if state.revision else 1
    state.hold = None if confirmed else _held(state, number, policy)
    if state.hold is not None:
        return None, {}
    if state.revision is not None and not state.pending:
        return None, {}
    changed, state.pending = state.pending, {}
    for key, resource in changed.items():
        state.serve(key, resource, number)
    state.revision = Revision(
        number=number,
        digest=state.digests.digest(),
        parent=number - 1,
        entry=entry.sequence,
        source=", ".join(dict.fromkeys(batch.source for batch in entry.batches)),
        cause=entry.batches[0].cause if entry.batches else Cause(),
        changed={key: resource.digest if resource else None for key, resource in changed.items()},
    )
    return state.revision, changed


def _held(state: State, number: int, policy: Policy) -> Hold | None:
    """Return why a revision is to wait for a yes, if it is."""
    removed = [key for key, resource in state.pending.items() if resource is None]
    total = len(state.mesh)
    if len(removed) <= policy.guard_count:
        return None
    emptied = _emptied(state, removed, policy.guard_count) if policy.guard_emptied else ""
    if not emptied and len(removed) <= policy.guard_share * total:
        return None
    return Hold(number=number, removed=len(removed), total=total, emptied=emptied)


def _emptied(state: State, removed: list[Key], most: int) -> str:
    """Return the first source, by name, of which so many objects are served now and none would be then."""
    gone = Counter(state.mesh[key].origin.source for key in removed)
    large = {source for source, count in gone.items() if count > most}
    if not large:
        return ""
    left = Counter(resource.origin.source for resource in state.mesh.values())
    for key, resource in state.pending.items():
        if resource is not None:
            left[resource.origin.source] += 1
            if key in state.mesh:
                left[state.mesh[key].origin.source] -= 1
    return min((source for source in large if left[source] == gone[source]), default="")


def missing(state: State, awaited: tuple[str, ...]) -> tuple[str, ...]:
    """Return the awaited sources that have never said everything, in order."""
    return tuple(name for name in awaited if name not in state.sources or not state.sources[name].synced)
