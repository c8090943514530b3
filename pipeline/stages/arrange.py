"""A server whose sources have other names than before, or are others: what each had goes on under its new name. Pure.

A source is known by where it is (a directory, a repository's branch, a cluster), for names follow the order of the
settings. So what was said under a name belongs to whoever is at that place now: nothing is missing while a source that
was renamed has not spoken yet, or is out of reach. A name whose place was changed keeps what it had until its source
says what differs. What belongs to nobody any more is dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.stages.state import SourceState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.model.change import Configured
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.rows import Journal
    from pipeline.stages.state import Claim, Fault, Place, State


def arranged(state: State, places: Mapping[str, str]) -> bool:
    """Tell whether the state knows the sources as they are: their names, and where each is."""
    return not places or dict(places) == {name: known.location for name, known in state.sources.items()}


def homes(state: State, places: Mapping[str, str]) -> dict[str, str | None]:
    """Return what becomes of each source that has said something: its name now, None where it is gone."""
    named = {location: name for name, location in places.items()}
    spoken = {*state.sources, *(source for source, _ in state.places), *(source for source, _ in state.faults)}
    found: dict[str, str | None] = {}
    for source in spoken:
        known = state.sources.get(source)
        if known is not None and known.location in named:
            found[source] = source if places.get(source) == known.location else named[known.location]
    taken = set(found.values())
    for source in spoken - found.keys():
        found[source] = source if source in places and source not in taken else None
    return found


def in_words(state: State, places: Mapping[str, str]) -> str:
    """Return what becomes of the sources, for the history of revisions: who is gone, and who is called otherwise."""
    found = sorted(homes(state, places).items())
    gone = [f"{old} is gone" for old, new in found if new is None]
    renamed = [f"{old} is called {new}" for old, new in found if new not in {None, old}]
    new = [f"{name} is new" for name in places if name not in {now for _, now in found}]
    return "sources changed: " + ", ".join((*gone, *renamed, *new)) if gone or renamed or new else "sources changed"


def arrange(state: State, change: Configured, journal: Journal) -> Iterable[Key]:
    """Bring claims, faults and sources under their new names; return the keys of what was moved or dropped."""
    places = change.sources
    moves = {old: new for old, new in homes(state, places).items() if old != new}
    claims = [
        (key, place, state.claims[key][place])
        for place, keys in state.places.items()
        for key in keys
        if place[0] in moves
    ]
    for key, place, _ in claims:
        _take(state, key, place, journal)
    for key, place, claim in claims:
        if (new := moves[place[0]]) is not None:
            _put(state, key, (new, place[1]), _claim_of(claim, new), journal)
    faults = {place: state.faults.pop(place) for place in list(state.faults) if place[0] in moves}
    for place in faults:
        journal.fault(place, None)
    for place, fault in faults.items():
        if (new := moves[place[0]]) is not None:
            state.faults[new, place[1]] = moved = _fault_of(fault, new)
            journal.fault((new, place[1]), moved)
    _name(state, places, moves, journal)
    return dict.fromkeys(key for key, *_ in claims)


def _name(state: State, places: Mapping[str, str], moves: Mapping[str, str | None], journal: Journal) -> None:
    """Write who the sources are now; what was known of each goes with it."""
    known = {moves.get(name, name): source for name, source in state.sources.items()}
    for name in state.sources:
        if name not in places:
            journal.source_gone(name)
    state.sources = {
        name: replace(known.get(name, SourceState(name=name)), name=name, location=location)
        for name, location in places.items()
    }
    for source in state.sources.values():
        journal.source(source)


def _take(state: State, key: Key, place: Place, journal: Journal) -> None:
    claims = state.claims[key]
    del claims[place]
    if not claims:
        del state.claims[key]
    state.places[place].discard(key)
    if not state.places[place]:
        del state.places[place]
    state.contested.discard(key)
    if len(claims) > 1:
        state.contested.add(key)
    journal.claim(key, place, None)


def _put(state: State, key: Key, place: Place, claim: Claim, journal: Journal) -> None:
    claims = state.claims.setdefault(key, {})
    claims[place] = claim
    state.places.setdefault(place, set()).add(key)
    if len(claims) > 1:
        state.contested.add(key)
    journal.claim(key, place, claim)


def _claim_of(claim: Claim, source: str) -> Claim:
    return replace(
        claim,
        resource=_resource_of(claim.resource, source),
        noted=_diagnostics_of(claim.noted, source),
        judged=_diagnostics_of(claim.judged, source),
        instead=_resource_of(claim.instead, source) if claim.instead is not None else None,
    )


def _resource_of(resource: Resource, source: str) -> Resource:
    return replace(resource, origin=replace(resource.origin, source=source))


def _diagnostics_of(found: tuple[Diagnostic, ...], source: str) -> tuple[Diagnostic, ...]:
    return tuple(replace(one, origin=replace(one.origin, source=source)) for one in found)


def _fault_of(fault: Fault, source: str) -> Fault:
    origin = replace(fault.origin, source=source)
    return replace(fault, origin=origin, diagnostics=_diagnostics_of(fault.diagnostics, source))
