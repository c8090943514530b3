"""What is wrong right now, and what is served in spite of it: the state as people ask for it. Pure.

The report is made of the state alone, so it is the same on every engine and after every restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.model.codes_stage import CONFLICT, NOT_SYNCED, SHRINK_GUARD, UNKNOWN_SOURCE
from pipeline.model.diagnostic import Diagnostic, Related, Severity
from pipeline.model.origin import Origin
from pipeline.stages.aggregate import ranked
from pipeline.stages.assemble import missing
from pipeline.stages.origin_words import origin_words
from pipeline.stages.precedence import Precedence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.key import Key
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import Claim, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object whose latest words are not served.

    `diagnostics` say why: those of its own, or those of its file where that cannot be read. `serving` is the revision
    that the version served instead came with; 0 where nothing is served.
    """

    key: Key
    origin: Origin
    diagnostics: tuple[Diagnostic, ...]
    serving: int


def diagnostics(state: State, policy: Policy | None = None) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong, in the order of files and lines, by the policy that the state was made with."""
    claims = (claim for claims in state.claims.values() for claim in claims.values())
    found = [
        *(diagnostic for claim in claims for diagnostic in claim.diagnostics),
        *(diagnostic for fault in state.faults.values() for diagnostic in fault.diagnostics),
        *concerns(state, policy),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda diagnostic: diagnostic.order))


def concerns(state: State, policy: Policy | None = None, most: int | None = None) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the sources as a whole: silent ones, a guarded revision, so many contested objects."""
    precedence = policy.precedence if policy is not None else Precedence()
    return (
        *(_absent(state, policy.awaited) if policy is not None else ()),
        *(_unheard(policy) if policy is not None else ()),
        *_guard(state),
        *islice(_conflicts(state, precedence), most),
    )


def held(state: State) -> tuple[Held, ...]:
    """Return the objects whose latest words are not served, by key and place."""
    return tuple(sorted(_held(state), key=lambda one: (one.key, one.origin.place)))


def _held(state: State) -> Iterator[Held]:
    for place, keys in state.places.items():
        fault = state.faults.get(place)
        for key in keys:
            claim = state.claims[key][place]
            if not claim.accepted:
                errors = (found for found in claim.diagnostics if found.severity is Severity.ERROR)
                yield _hold(state, claim, tuple(errors))
            elif fault is not None and (fault.held is None or key in fault.held):
                yield _hold(state, claim, fault.diagnostics)


def _hold(state: State, claim: Claim, reasons: tuple[Diagnostic, ...]) -> Held:
    key = claim.resource.key
    return Held(key=key, origin=claim.resource.origin, diagnostics=reasons, serving=state.since.get(key, 0))


def _conflicts(state: State, precedence: Precedence) -> Iterator[Diagnostic]:
    """Tell every place but the strongest that an object of its is another's.

    The strongest is served; where it never was good, the next that was.
    """
    for key in sorted(state.contested):
        claims = ranked(key, state.claims[key], precedence)
        place, chosen = next((one for one in claims if one[1].served is not None), claims[0])
        winner = chosen.resource.origin_of("")
        for other, claim in claims:
            if other != place and not _are_one(key, claim.resource.origin, winner):
                origin = claim.resource.origin_of("")
                yield Diagnostic(
                    code=CONFLICT,
                    severity=Severity.WARNING,
                    message=f"{key}, here from {origin_words(origin)}, is also in {origin_words(winner)}, whose version"
                    " is the one that is served",
                    origin=origin,
                    key=key,
                    hint=_way_out(key, origin.source, winner.source),
                    related=(Related(origin=winner, key=key, note="the one that is served"),),
                )


def _are_one(key: Key, one: Origin, other: Origin) -> bool:
    """Whether an object is the same in two clusters: a Service is one service, whichever of them has it."""
    return key.kind == "Service" and bool(one.cluster and other.cluster) and one.cluster != other.cluster


def _way_out(key: Key, loser: str, winner: str) -> str:
    if loser == winner:
        return "remove one of the two"
    rule = f"{{kinds: [{key.kind}], namespaces: [{key.namespace}], order: [{loser}, {winner}]}}"
    return f"remove one of the two, or have {loser} win: put `{rule}` first in the setting sources.precedence"


def _unheard(policy: Policy) -> Iterator[Diagnostic]:
    sources = dict(policy.places)
    for name in policy.precedence.named if sources else ():
        if name not in sources:
            yield Diagnostic(
                code=UNKNOWN_SOURCE,
                severity=Severity.WARNING,
                message=f"sources.precedence names {name}, and there is no such source",
                origin=Origin(source="galley"),
                hint=f"the sources are {', '.join(sources)}",
            )


def _guard(state: State) -> Iterator[Diagnostic]:
    hold = state.hold
    if hold is not None:
        all_of = f", all that source {hold.emptied} had among them" if hold.emptied else ""
        yield Diagnostic(
            code=SHRINK_GUARD,
            severity=Severity.WARNING,
            message=f"revision {hold.number} would remove {hold.removed} of {hold.total} objects{all_of},"
            " and is held back",
            origin=Origin(source="galley"),
            hint=f"if that is meant: galley confirm {hold.number}",
        )


def _absent(state: State, awaited: tuple[str, ...]) -> Iterator[Diagnostic]:
    for source in missing(state, awaited) if state.revision else ():
        yield Diagnostic(
            code=NOT_SYNCED,
            severity=Severity.WARNING,
            message=f"source {source} has not said everything yet; the mesh is served without the rest",
            origin=Origin(source=source),
            hint="galley sources",
        )
