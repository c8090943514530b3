"""`known_of`: what the log has of a source, as the source needs it to say only what differs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.contract import Known, Words
from pipeline.model.change import Upserted

if TYPE_CHECKING:
    from pipeline.stages.state import State


def known_of(state: State, source: str) -> Known:
    """Return what the stages remember of a source's words; empty for one never heard of."""
    known: dict[str, Words] = {}
    for place, keys in state.places.items():
        if place[0] == source:
            claims = {key: state.claims[key][place] for key in keys}
            said = {key: Upserted(resource=claim.resource, diagnostics=claim.noted) for key, claim in claims.items()}
            known[place[1]] = Words(said=said)
    for place, fault in state.faults.items():
        if place[0] == source:
            said = dict(known[place[1]].said) if place[1] in known else {}
            known[place[1]] = Words(said=said, fault=fault.diagnostics, held=fault.held)
    return known
