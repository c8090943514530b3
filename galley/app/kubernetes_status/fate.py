"""`fate_of`: what became of one object of a cluster, from what the stages and the proxies' answers say. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pipeline.model.delivery import Delivery
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.stages.state import Claim, State
    from proxy.xds.ledger import Live


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of an object's latest words.

    `errors` are why they are not accepted, `warnings` what else was found, `among` what is wrong with them among other
    objects, which does not keep them from being served; `instead` says what is served in their
    place, and why (`reason` in a word), empty where they are served; `revision` is the one that they came with. Of `of`
    proxies, `pending` have not answered; `refused` are refusals of what was made of the object. `unknown` is why there
    may be other proxies, at other servers of the mesh.
    """

    errors: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    among: tuple[Diagnostic, ...] = ()
    reason: str = ""
    instead: str = ""
    revision: int = 0
    of: int = 0
    pending: tuple[str, ...] = ()
    refused: tuple[Delivery, ...] = ()
    unknown: str = ""

    @property
    def is_final(self) -> bool:
        """Whether nothing but another change of the object can change this."""
        open_ = self.pending or self.refused or self.instead or self.unknown
        return bool(self.errors) or (bool(self.of) and not open_)

    @property
    def applied(self) -> int:
        """On how many proxies it is live."""
        return self.of - len(self.pending) - len({item.subscriber for item in self.refused})


def fate_of(
    state: State,
    key: Key,
    place: tuple[str, str],
    live: Callable[[int], Live],
    blamed: Mapping[Key, Collection[Delivery]],
    *,
    unknown: str = "",
) -> Fate | None:
    """Return what became of an object as this place has it; None where the stages have not heard of it.

    `live` tells on which proxies a revision is, `unknown` why those of other servers are not among them; `blamed` which
    refusals go back to which object.
    """
    fault = state.faults.get(place)
    if fault is not None:
        return Fate(errors=fault.diagnostics, instead=_instead_of_errors(state, key))
    claim = state.claims.get(key, {}).get(place)
    if claim is None:
        return None
    warnings = tuple(found for found in claim.diagnostics if found.severity is Severity.WARNING)
    if not claim.accepted:
        errors = tuple(found for found in claim.diagnostics if found.severity is Severity.ERROR)
        return Fate(errors=errors, warnings=warnings, instead=_instead_of_errors(state, key))
    reason, instead = _instead(state, key, place, claim)
    revision = state.since.get(key, 0)
    if instead:
        return Fate(warnings=warnings, reason=reason, instead=instead, revision=revision)
    found = live(revision)
    refused = tuple(item for item in blamed.get(key, ()) if item.subscriber not in found.pending)
    return Fate(
        warnings=warnings, revision=revision, of=found.of, pending=found.pending, refused=refused, unknown=unknown
    )


def _instead_of_errors(state: State, key: Key) -> str:
    since = state.since.get(key, 0)
    return f"what is served is still its version of revision {since}" if since else "nothing of it is served"


def _instead(state: State, key: Key, place: tuple[str, str], claim: Claim) -> tuple[str, str]:
    """Return why good words are not what is served, as a word and as a sentence; empty where they are."""
    pin = state.pins.get(key)
    if pin is not None:
        return "Pinned", f"a rollback to revision {pin.revision} holds another version: galley rollback --release"
    served = state.mesh.get(key)
    if served is not None and served.origin.place != place:
        return "Outranked", f"the version of {served.origin} is served, which comes before this one"
    if key in state.pending:
        number = state.hold.number if state.hold is not None else 0
        return "Held", f"revision {number} is held back by the shrink guard: galley confirm {number}"
    expected = claim.served
    if served is None or expected is None or served.digest != expected.digest:
        return "Waiting", "it is not in a revision yet"
    return "", ""
