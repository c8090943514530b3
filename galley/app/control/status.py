"""Status as the API tells it: where a revision is live, what is held back, who refuses what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from galley.app.api.answers import (
    ConsumerAnswer,
    HeldAnswer,
    HoldAnswer,
    Live,
    PinAnswer,
    ProxyAnswer,
    RefusalAnswer,
    SourceAnswer,
    Status,
)
from galley.app.control.names import type_word
from galley.app.convert import finding, time_text
from pipeline.model.diagnostic import Severity
from pipeline.stages.report import concerns, held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from galley.app.fleet.fleet import Fleet
    from pipeline.engines.contract import Engine
    from pipeline.model.delivery import Delivery
    from pipeline.stages.report import Held
    from pipeline.stages.state import Pin, State
    from proxy.xds.ledger import ProxyState

_MOST: Final = 50
"""Contested objects that a status has; `/api/v1/diagnostics` has them all."""


def live(fleet: Fleet, revision: int) -> Live:
    """Return on how many of the connected proxies a revision is live."""
    found = fleet.live(revision)
    return Live(applied=found.applied, of=found.of, refused=len({item.subscriber for item in found.refused}))


def held_answers(state: State) -> list[HeldAnswer]:
    """Return what is not served as written: held objects, and places that cannot be read and had no object."""
    items = held(state)
    answers = [_held(item) for item in items]
    with_objects = {item.origin.place for item in items}
    for place, fault in sorted(state.faults.items()):
        if place in with_objects and any(found in item.diagnostics for item in items for found in fault.diagnostics):
            continue
        answers += [
            HeldAnswer(
                resource=str(found.key) if found.key else "",
                source=found.origin.source,
                file=found.origin.file,
                line=found.origin.line,
                code=found.code,
                message=found.message,
                hint=found.hint,
                serving=_serving(state, place),
            )
            for found in fault.diagnostics
            if found.severity is Severity.ERROR
        ]
    return sorted(answers, key=lambda answer: (answer.file, answer.line))


def proxy_answer(state: ProxyState, blame: Callable[[str, str, str], list[str]]) -> ProxyAnswer:
    """Return a proxy, and what it refuses with the lines that it was made of."""
    return ProxyAnswer(
        node=state.node.id,
        connected=state.connected,
        state=state.state,
        revision=state.revision,
        mode=state.mode,
        since=time_text(state.since),
        pending=state.pending,
        refused=refusals(state.refused, blame),
    )


def refusals(deliveries: Iterable[Delivery], blame: Callable[[str, str, str], list[str]]) -> list[RefusalAnswer]:
    """Return refusals in the proxies' own words, with the lines that each was made of."""
    return [
        RefusalAnswer(
            node=item.subscriber,
            type=type_word(item.type_url),
            name=item.name,
            reason=item.reason,
            objects=blame(item.subscriber, item.type_url, item.name),
        )
        for item in deliveries
    ]


def status_answer(
    engine: Engine,
    revision: int,
    live_: Live,
    *,
    sources: list[SourceAnswer],
    proxies: list[ProxyAnswer],
    consumers: dict[str, int],
    accepting: bool,
) -> Status:
    """Return the whole status at a revision."""
    state, snapshot = engine.state, engine.snapshot
    current = snapshot.revision if snapshot else None
    return Status(
        revision=revision,
        digest=current.digest if current and current.number == revision else "",
        time=time_text(current.cause.at) if current and current.number == revision else "",
        live=live_,
        held=held_answers(state),
        guard=HoldAnswer(
            revision=state.hold.number, removed=state.hold.removed, of=state.hold.total, emptied=state.hold.emptied
        )
        if state.hold
        else None,
        pins=[_pin(pin) for _, pin in sorted(state.pins.items())],
        diagnostics=[finding(one) for one in concerns(state, engine.policy, _MOST)],
        sources=sources,
        proxies=[proxy for proxy in proxies if proxy.connected],
        disconnected=[proxy.node for proxy in proxies if not proxy.connected],
        citadel=ConsumerAnswer(revision=consumers["citadel"]) if "citadel" in consumers else None,
        mixer=ConsumerAnswer(revision=consumers["mixer"]) if "mixer" in consumers else None,
        accepting=accepting,
    )


def _held(item: Held) -> HeldAnswer:
    reason = min(item.diagnostics, key=lambda found: found.severity is not Severity.ERROR, default=None)
    serving = f"still served as of revision {item.serving}" if item.serving else "nothing of it is served"
    return HeldAnswer(
        resource=str(item.key),
        source=item.origin.source,
        file=reason.origin.file if reason else item.origin.file,
        line=reason.origin.line if reason else item.origin.line,
        code=reason.code if reason else "",
        message=reason.message if reason else "",
        hint=reason.hint if reason else "",
        serving=serving,
    )


def _serving(state: State, place: tuple[str, str]) -> str:
    """Say what is served of a place that cannot be read and has no object of its own: a file, or a directory."""
    source, file = place
    inside = any(name == source and (file == "." or path.startswith(f"{file}/")) for name, path in state.places)
    return "what was in it is still served" if inside else "nothing of it was served before"


def _pin(pin: Pin) -> PinAnswer:
    serving = "as it was then" if pin.resource else "absent, as it was then"
    return PinAnswer(resource=str(pin.key), revision=pin.revision, serving=serving)
