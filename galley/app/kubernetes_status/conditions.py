"""`status_of`: an object's fate in the words of its status: conditions, and the generation that they are about. Pure.

Accepted: whether its words are good; what is wrong with it among other objects is its reason, and does not make it
False, for it is served. Programmed: on how many proxies they are live. Rejected: whether a proxy refuses
what was made of them. A condition of somebody else's is left as it is.
Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from galley.app.kubernetes_status.wording import NAMED, first_error, live, more, one_line, refusals, uncounted, waiting
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.app.kubernetes_status.fate import Fate


class Condition(NamedTuple):
    """One condition; `reason` is a word for programs, `message` a sentence for people."""

    type: str
    status: str
    reason: str
    message: str


def conditions_of(fate: Fate) -> tuple[Condition, ...]:
    """Return the conditions that a fate makes."""
    return (_accepted(fate), _programmed(fate), _rejected(fate))


def status_of(fate: Fate, generation: int, status: Mapping[str, Any], now: str) -> dict[str, Any] | None:
    """Return the fields to write over a status; None where it already says so.

    What was live once stays so for its generation: that a proxy leaves, or that none has come back yet, is no news.
    """
    before = {str(one.get("type")): one for one in listed(status.get("conditions"))}
    same_generation = _number(status.get("observedGeneration")) == generation
    wanted = [
        _timed(condition, before.get(condition.type, {}), now, same_generation=same_generation)
        for condition in conditions_of(fate)
    ]
    if same_generation and all(before.get(one["type"]) == one for one in wanted):
        return None
    ours = {one["type"] for one in wanted}
    others = [one for type_, one in before.items() if type_ not in ours]
    return {"observedGeneration": generation, "conditions": [*others, *wanted]}


def _timed(condition: Condition, before: Mapping[str, Any], now: str, *, same_generation: bool) -> dict[str, Any]:
    """Return a condition as it is written: with the time at which its status last changed."""
    was_live = condition.type == "Programmed" and before.get("status") == "True"
    if same_generation and was_live and condition.reason in {"Live", "Pending", "NoProxies"}:
        return dict(before)
    return {**condition._asdict(), "lastTransitionTime": since(condition, before, now)}


def since(condition: Condition, before: Mapping[str, Any], now: str) -> str:
    """Return the time at which a condition's status last changed, given how it was written before."""
    return str(before.get("lastTransitionTime") or now) if before.get("status") == condition.status else now


def _accepted(fate: Fate) -> Condition:
    if fate.errors:
        return _condition("Accepted", "False", fate.errors[0].code, first_error(fate))
    if fate.warnings or fate.among:
        told = (*fate.among, *fate.warnings)
        worst = told[0].code if told[0].severity is Severity.ERROR else "ValidWithWarnings"
        found = "; ".join(f"{one.code}: {one.message}" for one in told[:NAMED])
        by_itself = "valid by itself" if fate.among else "valid"
        return _condition("Accepted", "True", worst, f"{by_itself}, but {found}{more(len(told))}")
    return Condition("Accepted", "True", "Valid", "valid")


def _programmed(fate: Fate) -> Condition:
    if fate.errors:
        return Condition("Programmed", "False", "NotAccepted", fate.instead)
    if fate.instead:
        return _condition("Programmed", "False", fate.reason, fate.instead)
    if fate.unknown and not fate.refused:
        return _condition("Programmed", "Unknown", "Pending", uncounted(fate))
    if not fate.of:
        text = f"revision {fate.revision} is published; no proxy is connected"
        return Condition("Programmed", "Unknown", "NoProxies", text)
    if fate.refused:
        return Condition("Programmed", "False", "Refused", live(fate))
    if fate.pending:
        return _condition("Programmed", "False", "Pending", f"{live(fate)}; {waiting(fate)}")
    return Condition("Programmed", "True", "Live", live(fate))


def _rejected(fate: Fate) -> Condition:
    if not fate.refused:
        return Condition("Rejected", "False", "NotRefused", "no proxy refuses it")
    return _condition("Rejected", "True", "ProxyRefused", refusals(fate))


def _condition(type_: str, status: str, reason: str, message: str) -> Condition:
    return Condition(type_, status, reason, one_line(message))


def listed(value: object) -> list[dict[str, Any]]:
    """Return what a status has in a list, whatever is there."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _number(value: object) -> int:
    """Return a generation, which Istio's own definitions let be text."""
    try:
        return int(value) if isinstance(value, int | str) else -1
    except ValueError:
        return -1
