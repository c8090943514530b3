"""Many places' words about the same objects become one word each. Pure.

Each place claims objects; the strongest claim wins: by the sources' precedence (`pipeline.stages.precedence`), then by
place, so that the same places give the same mesh in whatever order they came. A bad new version of an object leaves its
last good one; a place that cannot be read keeps all that it claimed; a pin overrides every claim until its source says
something newer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from pipeline.model.change import Configured, Confirmed, Deleted, Faulted, Pinned, Released, Synced, Upserted
from pipeline.stages.accept import accept
from pipeline.stages.arrange import arrange
from pipeline.stages.claimed_hosts import claimed_hosts
from pipeline.stages.state import Fault, Pin, SourceState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.batch import Batch
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy
    from pipeline.stages.precedence import Precedence
    from pipeline.stages.rows import Journal
    from pipeline.stages.state import Claim, Place, State


def aggregate(state: State, batch: Batch, policy: Policy, journal: Journal, touched: dict[Key, None]) -> bool:
    """Take a batch into the claims, its keys into `touched`. Return whether it confirms what is held."""
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
                _fault(state, change, journal)
            case Synced():
                _heard(state, change.source, batch.cause.at, journal, synced=True)
            case Pinned():
                _pin(state, change, journal)
                touched[change.key] = None
            case Released():
                if state.pins.pop(change.key, None) is not None:
                    journal.pin(change.key, None)
                touched[change.key] = None
            case Configured():
                touched.update(_configure(state, change, policy, journal))
            case Confirmed():
                confirmed |= change.revision == _confirmable(state)
            case _:
                assert_never(change)
    if batch.source in state.sources:
        _heard(state, batch.source, batch.cause.at, journal)
    return confirmed


def wanted(state: State, key: Key, policy: Policy) -> Resource | None:
    """Return what should be served for a key: the pin's resource, else the strongest claim's good version.

    An object that is still claimed, but badly, and never was good at the places that claim it now (it moved to another
    file while it was broken), stays as it is served.
    """
    candidate = winner(state, key, policy)
    pin = state.pins.get(key)
    if pin is not None and pin.against == said(candidate):
        return pin.resource
    if candidate is None and key in state.claims:
        return state.mesh.get(key)
    return candidate


def winner(state: State, key: Key, policy: Policy) -> Resource | None:
    """Return the strongest claim's good version; a claim that never had one leaves the word to the next."""
    return strongest(key, state.claims.get(key, {}), policy.precedence)


def strongest(key: Key, claims: Mapping[Place, Claim], precedence: Precedence) -> Resource | None:
    """Return the good version of the strongest of an object's claims that has one."""
    good = (claim.served for _, claim in ranked(key, claims, precedence))
    return next((resource for resource in good if resource is not None), None)


def ranked(key: Key, claims: Mapping[Place, Claim], precedence: Precedence) -> list[tuple[Place, Claim]]:
    """Return an object's claims, the strongest first.

    A rule of the precedence by host is about the object where one of its claims that may be served has the host.
    """
    if len(claims) <= 1:
        return list(claims.items())
    good = [claim.served for claim in claims.values()]
    ranks = precedence.ranks(key, lambda: [host for one in good if one is not None for host in claimed_hosts(one)])
    return sorted(claims.items(), key=lambda item: (ranks.of(item[0][0]), item[0]))


def said(candidate: Resource | None) -> str:
    """Return the words of the sources about an object as a pin remembers them: the digest, or nothing."""
    return candidate.digest if candidate else ""


def lift_outdated(state: State, keys: dict[Key, None], policy: Policy, journal: Journal) -> None:
    """Lift the pins whose source has said something newer."""
    for key in keys if state.pins else ():
        pin = state.pins.get(key)
        if pin is not None and pin.against != said(winner(state, key, policy)):
            del state.pins[key]
            journal.pin(key, None)


def _confirmable(state: State) -> int | None:
    """Return the number of the revision that waits for a yes: the one held, or the first while sources are awaited."""
    if state.hold is not None:
        return state.hold.number
    return 1 if state.revision is None else None


def _upsert(state: State, change: Upserted, policy: Policy, journal: Journal) -> None:
    resource = change.resource
    key, place = resource.key, resource.origin.place
    claims = state.claims.setdefault(key, {})
    before = claims.get(place)
    claim = accept(resource, change.diagnostics, before, policy)
    if claim == before:
        return
    claims[place] = claim
    state.places.setdefault(place, set()).add(key)
    journal.claim(key, place, claim)
    _contest(state, key)


def _drop(state: State, key: Key, place: Place, journal: Journal) -> None:
    claims = state.claims.get(key, {})
    if claims.pop(place, None) is None:
        return
    journal.claim(key, place, None)
    held = state.places[place]
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


def _fault(state: State, change: Faulted, journal: Journal) -> None:
    place = change.origin.place
    if change.diagnostics:
        state.faults[place] = fault = Fault(origin=change.origin, diagnostics=change.diagnostics, held=change.held)
        journal.fault(place, fault)
    elif state.faults.pop(place, None) is not None:
        journal.fault(place, None)


def _pin(state: State, change: Pinned, journal: Journal) -> None:
    pin = Pin(key=change.key, resource=change.resource, against=change.against, revision=change.revision)
    state.pins[change.key] = pin
    journal.pin(change.key, pin)


def _configure(state: State, change: Configured, policy: Policy, journal: Journal) -> dict[Key, None]:
    """Bring what was said under the sources' names of now. A pin holds on: no source has said anything newer."""
    before = {key: said(winner(state, key, policy)) for key in state.pins}
    keys = dict.fromkeys(arrange(state, change, journal))
    for key, words in before.items():
        pin, after = state.pins[key], said(winner(state, key, policy))
        if pin.against == words != after:
            state.pins[key] = held = replace(pin, against=after)
            journal.pin(key, held)
    return keys


def _heard(state: State, source: str, at: float, journal: Journal, *, synced: bool = False) -> None:
    """Note that a source has spoken, at its own time."""
    before = state.sources.get(source, SourceState(name=source))
    known = replace(before, synced=synced or before.synced, at=max(before.at, at))
    if known != state.sources.get(source):
        state.sources[source] = known
        journal.source(known)
