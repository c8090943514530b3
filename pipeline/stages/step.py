"""One log entry through all stages: the function that every engine runs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.codec import Encoder
from pipeline.stages.aggregate import aggregate, lift_outdated, wanted
from pipeline.stages.assemble import assemble
from pipeline.stages.rows import Journal
from pipeline.stages.state import Served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.batch import Entry
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.policy import Policy
    from pipeline.stages.rows import Row
    from pipeline.stages.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an entry led to.

    `revision` is None where the mesh's content stays. `moved` are resources whose content stays and whose origin
    (a line, a commit) does not; `changed` those whose content differs, None where they are gone. `rows` are the state's
    rows to keep, in the same transaction as the entry and the revision; `encoder` has encoded what they are made of.
    """

    revision: Revision | None
    changed: Mapping[Key, Resource | None]
    moved: Mapping[Key, Resource]
    rows: tuple[Row, ...]
    encoder: Encoder


def step(state: State, entry: Entry, policy: Policy) -> Step:
    """Take an entry into the state; return what it changed. The state passed in is changed in place.

    An entry that the state has already seen (`entry.sequence <= state.sequence`) changes nothing.
    """
    encoder = Encoder()
    if entry.sequence <= state.sequence:
        return Step(revision=None, changed={}, moved={}, rows=(), encoder=encoder)
    state.sequence = entry.sequence
    journal = Journal()
    touched: dict[Key, None] = {}
    confirmed = False
    for batch in entry.batches:
        confirmed |= aggregate(state, batch, policy, journal, touched)
    lift_outdated(state, touched, policy, journal)
    moved: dict[Key, Resource] = {}
    for key in touched:
        compare(state, key, wanted(state, key, policy), moved)
    held = state.hold
    revision, changed = assemble(state, entry, policy, confirmed=confirmed)
    for key in {**moved, **changed}:
        resource = state.mesh.get(key)
        journal.mesh(key, Served(resource=resource, since=state.since[key]) if resource else None)
    if state.hold != held:
        journal.hold(state.hold)
    return Step(revision=revision, changed=changed, moved=moved, rows=journal.rows(encoder), encoder=encoder)


def compare(state: State, key: Key, target: Resource | None, moved: dict[Key, Resource]) -> None:
    """Note whether the key's resource should change, has only moved, or is as it is served."""
    current = state.mesh.get(key)
    state.pending.pop(key, None)
    if target is None:
        if current is not None:
            state.pending[key] = None
    elif current is None or current.digest != target.digest:
        state.pending[key] = target
    elif current != target:
        state.mesh[key] = moved[key] = target
