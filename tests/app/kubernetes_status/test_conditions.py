"""What a status says of an object's fate, and when it is worth writing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from galley.app.kubernetes_status.conditions import Condition, status_of
from galley.app.kubernetes_status.fate import Fate
from galley.app.kubernetes_status.gateway_api_conditions import programmed_of
from pipeline.model.delivery import Delivery, DeliveryState
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.origin import Origin

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
LIVE = Fate(revision=41, of=12)


def finding(code: str, severity: Severity = Severity.ERROR) -> Diagnostic:
    """Return a diagnostic of a field."""
    return Diagnostic(
        code=code,
        severity=severity,
        message="port 0 is none",
        origin=Origin(source="k"),
        path="spec.ports[0]",
        hint="give it a number",
    )


def refusal(node: str) -> Delivery:
    """Return a proxy's refusal of a cluster."""
    return Delivery(
        subscriber=node,
        type_url="t",
        name="outbound|80||a",
        version="1",
        state=DeliveryState.NACKED,
        reason="no such\n  filter",
    )


def written(fate: Fate, status: dict[str, Any] | None = None, generation: int = 1, now: str = NOW) -> dict[str, Any]:
    """Return the status after a fate was written over one."""
    found = status_of(fate, generation, status or {}, now)
    assert found is not None
    return found


def told(status: dict[str, Any], type_: str) -> tuple[str, str, str]:
    """Return a condition's status, reason and message."""
    (one,) = [one for one in status["conditions"] if one["type"] == type_]
    return one["status"], one["reason"], one["message"]


def test_what_is_live_everywhere_says_so() -> None:
    """In words for people and in a word for programs; and then there is nothing more to write."""
    status = written(LIVE)
    assert status["observedGeneration"] == 1
    assert told(status, "Accepted") == ("True", "Valid", "valid")
    assert told(status, "Programmed") == ("True", "Live", "revision 41 is live on 12 of 12 proxies")
    assert told(status, "Rejected")[0] == "False"
    assert status_of(LIVE, 1, status, LATER) is None


def test_nothing_is_live_everywhere_while_other_servers_are_unknown() -> None:
    """It is looked at again until their proxies are counted; what was live before stays so."""
    fate = replace(LIVE, unknown="galley.live cannot be read")
    assert not fate.is_final
    status, reason, message = told(written(fate), "Programmed")
    assert (status, reason) == ("Unknown", "Pending")
    assert message == "revision 41 is live on 12 of 12 proxies of this server; galley.live cannot be read"
    assert programmed_of(fate, "Programmed") == Condition("Programmed", "False", "Pending", message)
    assert status_of(fate, 1, written(LIVE), LATER) is None


def test_what_is_not_accepted_says_why_and_what_is_served_instead() -> None:
    """The first error with its field and its remedy, and how many more there are."""
    fate = Fate(errors=(finding("IST0106"), finding("GLY0101")), instead="nothing of it is served")
    status = written(fate)
    message = "spec.ports[0]: port 0 is none; give it a number (and 1 more)"
    assert told(status, "Accepted") == ("False", "IST0106", message)
    assert told(status, "Programmed") == ("False", "NotAccepted", "nothing of it is served")


def test_a_warning_is_told_beside_a_yes() -> None:
    """It is accepted all the same."""
    status = written(Fate(warnings=(finding("IST0108", Severity.WARNING),), revision=1, of=1))
    assert told(status, "Accepted") == ("True", "ValidWithWarnings", "valid, but IST0108: port 0 is none")


def test_what_is_wrong_among_others_is_told_and_served() -> None:
    """An error of the mesh is the reason of an acceptance, before the object's own warnings."""
    fate = replace(LIVE, among=(finding("IST0101"),), warnings=(finding("IST0108", Severity.WARNING),))
    status = written(fate)
    said = "valid by itself, but IST0101: port 0 is none; IST0108: port 0 is none"
    assert told(status, "Accepted") == ("True", "IST0101", said)
    assert told(status, "Programmed")[0] == "True"


def test_a_proxy_that_refuses_is_named_with_its_words() -> None:
    """On one line, whatever the proxy's own form."""
    status = written(Fate(revision=41, of=2, refused=(refusal("edge"),)))
    assert told(status, "Rejected") == ("True", "ProxyRefused", "edge refuses outbound|80||a: no such filter")
    assert told(status, "Programmed") == ("False", "Refused", "revision 41 is live on 1 of 2 proxies")


def test_proxies_that_have_not_answered_are_named() -> None:
    """Three of them; the others are counted."""
    status = written(Fate(revision=41, of=9, pending=("a", "b", "c", "d")))
    message = "revision 41 is live on 5 of 9 proxies; not yet on a, b, c and 1 more"
    assert told(status, "Programmed") == ("False", "Pending", message)


def test_what_was_live_stays_so_while_proxies_come_and_go() -> None:
    """A restart, or a proxy that leaves, is no news about an object that nobody changed."""
    status = written(LIVE)
    for fate in (Fate(revision=41), Fate(revision=41, of=2, pending=("a",)), Fate(revision=41, of=3)):
        assert status_of(fate, 1, status, LATER) is None
    changed = written(Fate(revision=42), status, generation=2, now=LATER)
    assert told(changed, "Programmed")[:2] == ("Unknown", "NoProxies")


def test_a_time_is_that_of_the_last_turn() -> None:
    """A new message alone does not make a transition."""
    status = written(Fate(revision=41, of=2, pending=("a", "b")))
    again = written(Fate(revision=41, of=2, pending=("a",)), status, now=LATER)
    assert {one["lastTransitionTime"] for one in again["conditions"]} == {NOW}
    turned = written(LIVE, again, now=LATER)
    times = {one["type"]: one["lastTransitionTime"] for one in turned["conditions"]}
    assert times == {"Accepted": NOW, "Programmed": LATER, "Rejected": NOW}


def test_conditions_of_others_are_left_alone() -> None:
    """Whatever else is in the status."""
    other = {"type": "Reconciled", "status": "True"}
    status = written(LIVE, {"conditions": [other], "addresses": []})
    assert status["conditions"][0] == other
    assert set(status) == {"observedGeneration", "conditions"}


def test_a_generation_may_be_text_and_a_status_anything() -> None:
    """As Istio's definitions let it be; what is no status is written over."""
    status = written(LIVE)
    assert status_of(LIVE, 1, {**status, "observedGeneration": "1"}, LATER) is None
    assert status_of(LIVE, 1, {"conditions": "none", "observedGeneration": [1]}, NOW) == status
