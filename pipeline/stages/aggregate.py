"""Many places' words about the same objects become one word each. Pure.

Each place claims objects; the strongest claim wins: by the sources' precedence, then by place, so that the same places
give the same mesh in whatever order they came. A bad new version of an object leaves its last good one; a place that
cannot be read keeps all that it claimed; a pin overrides every claim until its source says something newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pipeline.model.change import Confirmed, Deleted, Faulted, Pinned, Released, Synced, Upserted
from pipeline.model.diagnostic import Severity
from pipeline.stages.state import Claim, Fault, Pin, SourceState

if TYPE_CHECKING:
    from pipeline.model.batch import Batch
    from pipeline.model.key import Key
    from pipeline.model.origin import Origin
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy
    from pipeline.stages.rows import Journal
    from pipeline.stages.state import Place, State


def aggregate(state: State, batch: Batch, policy: Policy, journal: Journal, touched: dict[Key, None]) -> bool:
    """Take a batch into the claims; add the keys that it concerns to `touched`. Return whether it confirms the hold."""
    confirmed = False
    for change in batch.changes:
        match change:
            case Upserted():
                _upsert(state, change, policy, journal)
                touched[change.resource.key] = None
            case Deleted():
                _drop(state, change.key, change.origin.place, journal)
                touched[change.key] = None
            case Faulted():
                _fault(state, change.origin, change, journal)
            case Synced():
                _synced(state, change.source, batch, journal)
            case Pinned():
                state.pins[change.key] = pin = Pin(
                    key=change.key, resource=change.resource, against=change.against, revision=change.revision
                )
                journal.pin(change.key, pin)
                touched[change.key] = None
            case Released():
                state.pins.pop(change.key, None)
                journal.pin(change.key, None)
                touched[change.key] = None
            case Confirmed():
                confirmed |= state.hold is not None and state.hold.number == change.revision
            case _:
                assert_never(change)
    return confirmed


def wanted(state: State, key: Key, policy: Policy) -> Resource | None:
    """Return what should be served for a key: the pin's resource, else the strongest claim's good version, normalised."""
    candidate = winner(state, key, policy)
    pin = state.pins.get(key)
    if pin is not None and pin.against == said(candidate):
        return pin.resource
    return candidate


def winner(state: State, key: Key, policy: Policy) -> Resource | None:
    """Return the strongest claim's good version; a claim that never had one leaves the word to the next."""
    claims = state.claims.get(key, {})
    for place in sorted(claims, key=lambda place: _strength(place, policy)):
        resource = claims[place].served
        if resource is not None:
            return policy.normalise(resource)
    return None


def said(candidate: Resource | None) -> str:
    """Return the words of the sources about an object as a pin remembers them: the digest, or nothing."""
    return candidate.digest if candidate else ""


def lift_outdated(state: State, keys: dict[Key, None], policy: Policy, journal: Journal) -> None:
    """Lift the pins whose source has said something newer."""
    for key in keys:
        pin = state.pins.get(key)
        if pin is not None and pin.against != said(winner(state, key, policy)):
            del state.pins[key]
            journal.pin(key, None)


def _strength(place: Place, policy: Policy) -> tuple[int, Place]:
    source = place[0]
    rank = policy.precedence.index(source) if source in policy.precedence else len(policy.precedence)
    return rank, place


def _upsert(state: State, change: Upserted, policy: Policy, journal: Journal) -> None:
    resource = change.resource
    key, place = resource.key, resource.origin.place
    claims = state.claims.setdefault(key, {})
    diagnostics = (*change.diagnostics, *policy.judge(resource))
    if any(found.severity is Severity.ERROR for found in diagnostics):
        before = claims.get(place)
        good = before.served if before else None
        claim = Claim(resource=resource, diagnostics=diagnostics, accepted=False, good=good)
    else:
        claim = Claim(resource=resource, diagnostics=diagnostics)
    claims[place] = claim
    state.places.setdefault(place, set()).add(key)
    journal.claim(key, place, claim)
    _contest(state, key)


def _drop(state: State, key: Key, place: Place, journal: Journal) -> None:
    claims = state.claims.get(key, {})
    if claims.pop(place, None) is None:
        return
    journal.claim(key, place, None)
    held = state.places.get(place)
    if held is not None:
        held.discard(key)
        if not held:
            del state.places[place]
    if not claims:
        del state.claims[key]
    _contest(state, key)


def _contest(state: State, key: Key) -> None:
    if len(state.claims.get(key, ())) > 1:
        state.contested.add(key)
    else:
        state.contested.discard(key)


def _fault(state: State, origin: Origin, change: Faulted, journal: Journal) -> None:
    if change.diagnostics:
        state.faults[origin.place] = fault = Fault(origin=origin, diagnostics=change.diagnostics)
        journal.fault(origin.place, fault)
    elif state.faults.pop(origin.place, None) is not None:
        journal.fault(origin.place, None)


def _synced(state: State, source: str, batch: Batch, journal: Journal) -> None:
    state.sources[source] = known = SourceState(name=source, synced=True, at=batch.cause.at)
    journal.source(known)
