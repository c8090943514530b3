"""The statuses of the Gateway API: those of a GatewayClass, a Gateway and an HTTPRoute, as its CRDs have them. Pure.

Every condition tells the generation that it is about. What others have written (conditions of other types, entries of
other controllers, addresses) is left as it is.
Source: https://gateway-api.sigs.k8s.io/reference/spec/ (GatewayClassStatus, GatewayStatus, RouteStatus).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from galley.app.kubernetes_status.conditions import Condition, listed, since
from galley.app.kubernetes_status.wording import NAMED, first_error, live, one_line, refusals, uncounted, waiting
from pipeline.stages.gateway_class import CONTROLLER
from proxy.registry.gateway_api_verdict import GOOD, UNSUPPORTED, Verdict
from schemas.gateway_api_kinds import GROUP

if TYPE_CHECKING:
    from collections.abc import Collection

    from galley.app.kubernetes_status.fate import Fate
    from proxy.registry.gateway_api_gateway_verdict import GatewayVerdict, ListenerVerdict

Tree: TypeAlias = Mapping[str, Any]
Stamp: TypeAlias = Callable[[Sequence[Condition], object], list[dict[str, Any]]]

ROUTE_PROGRAMMED: Final = "galley.dev/Programmed"
"""The type of the condition that tells on how many proxies a route is live: the Gateway API has none for routes."""
_PROGRAMMED: Final = frozenset({"Programmed", ROUTE_PROGRAMMED})
_PASSING: Final = frozenset({"Programmed", "Pending", "NoResources"})


def narrowed(fate: Fate, nodes: Collection[str]) -> Fate:
    """Return a fate as far as these proxies are concerned: those that serve the object."""
    if fate.errors or fate.instead:
        return fate
    return replace(
        fate,
        of=len(nodes),
        pending=tuple(node for node in fate.pending if node in nodes),
        refused=tuple(item for item in fate.refused if item.subscriber in nodes),
    )


def class_status(fate: Fate, generation: int, status: Tree, now: str) -> dict[str, Any] | None:
    """Return the fields to write over the status of a GatewayClass of ours; None where it already says so."""
    accepted = _condition("Accepted", _errors(fate, "InvalidParameters"), "Gateways of this class are served")
    return _changed(status, {"conditions": stamp(generation, now)([accepted], status.get("conditions"))})


def gateway_status(
    fate: Fate, verdict: GatewayVerdict | None, generation: int, status: Tree, now: str
) -> dict[str, Any] | None:
    """Return the fields to write over the status of a Gateway of ours; None where it already says so.

    Without a verdict nothing of it is served, and nothing is said of its listeners.
    """
    stamped = stamp(generation, now)
    programmed = programmed_of(fate, "Programmed")
    wrong = _errors(fate, "Invalid")
    if verdict is None:
        found = [_condition("Accepted", wrong, "valid"), programmed]
        return _changed(status, {"conditions": stamped(found, status.get("conditions"))})
    listeners = _by(status.get("listeners"), "name")
    made = [_listener(one, programmed, stamped, listeners.get(one.name, {})) for one in verdict.listeners]
    bad = [one for one in verdict.listeners if one.wrong.reason]
    if not wrong.reason and bad:
        text = "; ".join(f"{one.name}: {one.wrong.text}" for one in bad[:NAMED])
        wrong = Verdict("ListenersNotValid", f"{len(bad)} of {len(made)} listeners are not served: {text}")
        if len(bad) == len(made):
            programmed = Condition("Programmed", "False", "Invalid", "none of its listeners is served")
    elif not wrong.reason and not fate.instead and verdict.missing:
        text = f"its address names the Service {verdict.missing}, which is not there or selects nothing"
        programmed = Condition("Programmed", "False", "AddressNotUsable", text)
    accepted = _condition("Accepted", wrong, "valid")
    if wrong.reason == "ListenersNotValid" and len(bad) < len(made):
        accepted = accepted._replace(status="True")
    conditions = stamped([accepted, programmed], status.get("conditions"))
    known = {"addresses": [{"type": "Hostname", "value": verdict.address}]} if verdict.address else {}
    return _changed(status, {"conditions": conditions, "listeners": made, **known})


def route_status(
    wanted: Sequence[tuple[Tree, Sequence[Condition]]], generation: int, status: Tree, now: str
) -> dict[str, Any] | None:
    """Return the fields to write over the status of a route; None where it already says so.

    `wanted` are the parents of ours, each with its conditions; our entries for what is no parent any more go.
    """
    before = [one for one in listed(status.get("parents")) if one.get("controllerName") == CONTROLLER]
    others = [one for one in listed(status.get("parents")) if one.get("controllerName") != CONTROLLER]
    stamped = stamp(generation, now)
    made: list[dict[str, Any]] = []
    for ref, conditions in wanted:
        old = next((one for one in before if one.get("parentRef") == ref), {})
        entry = {"parentRef": ref, "controllerName": CONTROLLER}
        made.append({**entry, "conditions": stamped(conditions, old.get("conditions"))})
    return None if made == before else {"parents": [*others, *made]}


def parent_conditions(fate: Fate, accepted: Verdict, resolved: Verdict, partly: Verdict) -> list[Condition]:
    """Return what is said of a route for one of its parents; the verdicts count only where its words are good."""
    programmed = programmed_of(fate, ROUTE_PROGRAMMED)
    if fate.errors:
        return [_condition("Accepted", _errors(fate, UNSUPPORTED), ""), programmed]
    if accepted.reason:
        programmed = Condition(ROUTE_PROGRAMMED, "False", "Invalid", "it is not attached to this parent")
    found = [
        _condition("Accepted", accepted, "the parent takes it"),
        _condition("ResolvedRefs", resolved, "all that it names is there"),
        programmed,
    ]
    if partly.reason:
        found.append(Condition("PartiallyInvalid", "True", partly.reason, one_line(partly.text)))
    return found


def programmed_of(fate: Fate, type_: str) -> Condition:
    """Return on how many of the proxies that serve an object it is live."""
    if fate.errors:
        return Condition(type_, "False", "Invalid", one_line(fate.instead))
    if fate.instead:
        return Condition(type_, "False", fate.reason, one_line(fate.instead))
    if fate.unknown and not fate.refused:
        return Condition(type_, "False", "Pending", one_line(uncounted(fate)))
    if not fate.of:
        text = f"revision {fate.revision} is published; no proxy that serves it is connected"
        return Condition(type_, "False", "NoResources", text)
    if fate.refused:
        return Condition(type_, "False", "Invalid", one_line(f"{live(fate)}; {refusals(fate)}"))
    if fate.pending:
        return Condition(type_, "False", "Pending", one_line(f"{live(fate)}; {waiting(fate)}"))
    return Condition(type_, "True", "Programmed", live(fate))


def stamp(generation: int, now: str) -> Stamp:
    """Return what completes conditions: with the generation, and with the time at which the status last changed.

    What was live once stays so for its generation: that a proxy leaves, or that none has come back yet, is no news.
    Conditions of other types go before; `PartiallyInvalid`, which is there only where it is true, is always ours.
    """

    def stamped(conditions: Sequence[Condition], written: object) -> list[dict[str, Any]]:
        before = _by(written, "type")
        made = [one(condition, before.get(condition.type, {})) for condition in conditions]
        ours = {condition.type for condition in conditions} | {"PartiallyInvalid"}
        return [*(other for type_, other in before.items() if type_ not in ours), *made]

    def one(condition: Condition, old: Tree) -> dict[str, Any]:
        was_live = condition.type in _PROGRAMMED and (old.get("status"), old.get("observedGeneration")) == (
            "True",
            generation,
        )
        if was_live and condition.reason in _PASSING:
            return dict(old)
        changed = since(condition, old, now)
        return {**condition._asdict(), "observedGeneration": generation, "lastTransitionTime": changed}

    return stamped


def _listener(verdict: ListenerVerdict, programmed: Condition, stamped: Stamp, before: Tree) -> dict[str, Any]:
    wrong = verdict.wrong
    shown = programmed
    if wrong.reason:
        shown = Condition("Programmed", "False", "Invalid", one_line(wrong.text))
    elif programmed.status != "True":
        shown = programmed._replace(reason="Invalid" if programmed.reason == "Invalid" else "Pending")
    conflict = Condition("Conflicted", "False", "NoConflicts", "no other listener is in its way")
    if verdict.conflicted.reason:
        conflict = Condition("Conflicted", "True", verdict.conflicted.reason, one_line(verdict.conflicted.text))
    conditions = [
        _condition("Accepted", verdict.accepted, "valid"),
        shown,
        _condition("ResolvedRefs", verdict.resolved, "all that it names is there"),
        conflict,
    ]
    return {
        "name": verdict.name,
        "supportedKinds": [{"group": GROUP, "kind": kind} for kind in verdict.kinds],
        "attachedRoutes": verdict.attached,
        "conditions": stamped(conditions, before.get("conditions")),
    }


def _condition(type_: str, wrong: Verdict, good: str) -> Condition:
    """Return a condition that is true where nothing is wrong, with its own type as the reason."""
    if wrong.reason:
        return Condition(type_, "False", wrong.reason, one_line(wrong.text))
    return Condition(type_, "True", type_, good)


def _errors(fate: Fate, reason: str) -> Verdict:
    if not fate.errors:
        return GOOD
    return Verdict(reason, f"{fate.errors[0].code}: {first_error(fate)}")


def _changed(status: Tree, wanted: dict[str, Any]) -> dict[str, Any] | None:
    return None if all(status.get(name) == value for name, value in wanted.items()) else wanted


def _by(value: object, field: str) -> dict[str, dict[str, Any]]:
    return {str(one.get(field)): one for one in listed(value)}
