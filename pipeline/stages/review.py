"""What a restart has to look at again: the settings and the judgements may have changed while we were away. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.change import Configured, Pinned, Upserted
from pipeline.stages.accept import accept
from pipeline.stages.aggregate import said, strongest, wanted, winner
from pipeline.stages.arrange import arranged
from pipeline.stages.step import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.change import Change
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import State


def reconcile(state: State, policy: Policy) -> dict[Key, Resource]:
    """Compute `state.pending` anew for every key; return what has only moved, which `state.mesh` then has too."""
    state.pending.clear()
    moved: dict[Key, Resource] = {}
    for key in dict.fromkeys((*state.mesh, *state.claims, *state.pins)):
        compare(state, key, wanted(state, key, policy), moved)
    return moved


def review(state: State, policy: Policy) -> tuple[Change, ...]:
    """Return the changes that bring every claim to what this version's judgement and these settings make of it.

    Where the sources are others than before, or are called otherwise, that comes first, alone: it drops what nobody
    claims any more. Then they are the source's own words again, where they are now judged or normalised otherwise. A
    pin holds on, for the source has said nothing new.
    """
    if not arranged(state, dict(policy.places)):
        return (Configured(sources=dict(policy.places)),)
    return tuple(change for key in state.claims for change in _review(state, key, policy))


def _review(state: State, key: Key, policy: Policy) -> Iterator[Change]:
    claims = state.claims[key]
    fresh = dict(claims)
    for place, claim in claims.items():
        again = accept(claim.resource, claim.noted, claim, policy)
        if again != claim:
            yield Upserted(resource=claim.resource, diagnostics=claim.noted)
            fresh[place] = again
    pin = state.pins.get(key)
    before, after = said(winner(state, key, policy)), said(strongest(key, fresh, policy.precedence))
    if pin is not None and pin.against == before != after:
        yield Pinned(key=key, resource=pin.resource, against=after, revision=pin.revision)
