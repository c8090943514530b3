"""What the statuses of the Gateway API say, field by field, and when they are worth writing."""

from __future__ import annotations

from typing import Any

from galley.app.kubernetes_status.fate import Fate
from galley.app.kubernetes_status.gateway_api_conditions import (
    ROUTE_PROGRAMMED,
    class_status,
    gateway_status,
    narrowed,
    parent_conditions,
    route_status,
)
from pipeline.stages.gateway_class import CONTROLLER
from proxy.registry.gateway_api_gateway_verdict import GatewayVerdict, ListenerVerdict
from proxy.registry.gateway_api_verdict import GOOD, Verdict
from proxy.registry.gateways import GatewayProxy
from schemas.gateway_api_kinds import GROUP
from tests.app.kubernetes_status.test_conditions import LATER, LIVE, NOW, finding, refusal, told

HTTP = ListenerVerdict("http", ("HTTPRoute",), 2, GOOD, GOOD, GOOD, served=True)
TCP = ListenerVerdict(
    "tcp", (), 0, Verdict("UnsupportedProtocol", "listeners of TCP are not served"), GOOD, GOOD, served=False
)
PROXIES = GatewayProxy("infra", (("app", "edge"),))
REF = {"group": GROUP, "kind": "Gateway", "name": "edge"}
FOREIGN = {"parentRef": REF, "controllerName": "example.com/other", "conditions": [{"type": "Accepted"}]}
BAD = Fate(errors=(finding("IST0106"),), instead="nothing of it is served")


def of(*listeners: ListenerVerdict, **more: Any) -> GatewayVerdict:  # noqa: ANN401  fields
    """What is made of a Gateway."""
    return GatewayVerdict(listeners, PROXIES, **more)


def gateway(fate: Fate, verdict: GatewayVerdict | None, status: dict[str, Any] | None = None) -> dict[str, Any]:
    """A Gateway's status after it was written over one."""
    found = gateway_status(fate, verdict, 3, status or {}, NOW)
    assert found is not None
    return {**(status or {}), **found}


def route(fate: Fate, *verdicts: Verdict, status: dict[str, Any] | None = None, generation: int = 3) -> dict[str, Any]:
    """A route's status after it was written over one; the verdicts are `accepted`, `resolved`, `partly`."""
    conditions = parent_conditions(fate, *(*verdicts, GOOD, GOOD, GOOD)[:3])
    found = route_status([(REF, conditions)], generation, status or {}, NOW)
    assert found is not None
    return found


def test_a_gateway_that_is_live_says_so_of_itself_and_its_listeners() -> None:
    """With the generation in each condition; and then there is nothing more to write."""
    status = gateway(LIVE, of(HTTP))
    assert told(status, "Accepted") == ("True", "Accepted", "valid")
    assert told(status, "Programmed") == ("True", "Programmed", "revision 41 is live on 12 of 12 proxies")
    (listener,) = status["listeners"]
    assert (listener["name"], listener["attachedRoutes"]) == ("http", 2)
    assert listener["supportedKinds"] == [{"group": GROUP, "kind": "HTTPRoute"}]
    assert [one["type"] for one in listener["conditions"]] == ["Accepted", "Programmed", "ResolvedRefs", "Conflicted"]
    every = [*status["conditions"], *listener["conditions"]]
    assert {(one["observedGeneration"], one["lastTransitionTime"]) for one in every} == {(3, NOW)}
    assert gateway_status(LIVE, of(HTTP), 3, status, LATER) is None
    assert "addresses" not in status


def test_a_listener_that_is_not_served_is_told_at_the_gateway_too() -> None:
    """One of two leaves the Gateway accepted; all of them do not."""
    status = gateway(LIVE, of(HTTP, TCP))
    message = "1 of 2 listeners are not served: tcp: listeners of TCP are not served"
    assert told(status, "Accepted") == ("True", "ListenersNotValid", message)
    assert told(status, "Programmed")[0] == "True"
    assert told(status["listeners"][1], "Accepted")[:2] == ("False", "UnsupportedProtocol")
    assert told(status["listeners"][1], "Programmed")[:2] == ("False", "Invalid")
    whole = gateway(LIVE, of(TCP))
    assert told(whole, "Accepted")[:2] == ("False", "ListenersNotValid")
    assert told(whole, "Programmed")[:2] == ("False", "Invalid")


def test_a_conflict_is_true_where_there_is_one() -> None:
    """Unlike the other conditions, whose true is good."""
    status = gateway(LIVE, of(HTTP._replace(conflicted=Verdict("ProtocolConflict", "port 80 is taken")), HTTP))
    assert told(status["listeners"][0], "Conflicted") == ("True", "ProtocolConflict", "port 80 is taken")
    assert told(status["listeners"][1], "Conflicted")[0] == "False"


def test_a_gateway_that_is_not_accepted_keeps_what_is_said_of_its_listeners() -> None:
    """The finding's code, field and remedy are in the message: reasons are the Gateway API's."""
    status = gateway(BAD, None, gateway(LIVE, of(HTTP)))
    text = "IST0106: spec.ports[0]: port 0 is none; give it a number"
    assert told(status, "Accepted") == ("False", "Invalid", text)
    assert told(status, "Programmed") == ("False", "Invalid", "nothing of it is served")
    assert told(status["listeners"][0], "Programmed")[0] == "True"


def test_where_no_proxy_serves_it_that_is_told() -> None:
    """Nor is a Gateway live whose address names nothing; a Service that is there is its address."""
    assert told(gateway(Fate(revision=41), of(HTTP)), "Programmed")[:2] == ("False", "NoResources")
    missing = gateway(Fate(revision=41), of(HTTP, missing="in.infra"))
    assert told(missing, "Programmed")[:2] == ("False", "AddressNotUsable")
    known = gateway(LIVE, of(HTTP, address="in.infra"))
    assert known["addresses"] == [{"type": "Hostname", "value": "in.infra"}]


def test_only_the_proxies_that_serve_it_count() -> None:
    """Others may have answered or not."""
    fate = Fate(revision=41, of=9, pending=("edge", "sidecar"), refused=(refusal("sidecar"),))
    found = narrowed(fate, {"edge", "edge-2"})
    assert (found.of, found.applied, found.pending, found.refused) == (2, 1, ("edge",), ())
    assert narrowed(BAD, {"edge"}) is BAD


def test_a_refusal_is_told_with_the_proxys_words() -> None:
    """As invalid, for the Gateway API knows no other reason."""
    status = gateway(Fate(revision=41, of=2, refused=(refusal("edge"),)), of(HTTP))
    message = "revision 41 is live on 1 of 2 proxies; edge refuses outbound|80||a: no such filter"
    assert told(status, "Programmed") == ("False", "Invalid", message)


def test_what_was_live_stays_so_while_proxies_come_and_go() -> None:
    """For its generation; what is wrong with it by now is told all the same."""
    status = gateway(LIVE, of(HTTP))
    for fate in (Fate(revision=42), Fate(revision=42, of=2, pending=("a",)), Fate(revision=43, of=3)):
        assert gateway_status(fate, of(HTTP), 3, status, LATER) is None
    assert gateway_status(Fate(revision=42), of(HTTP), 4, status, LATER) is not None
    assert told(gateway(LIVE, of(TCP), status), "Programmed")[0] == "False"


def test_a_route_tells_each_parent() -> None:
    """Attached, with its references, and live: the last by a type of ours, for the Gateway API has none."""
    (entry,) = route(LIVE)["parents"]
    assert (entry["parentRef"], entry["controllerName"]) == (REF, CONTROLLER)
    assert told(entry, "Accepted")[:2] == ("True", "Accepted")
    assert told(entry, "ResolvedRefs")[:2] == ("True", "ResolvedRefs")
    assert told(entry, ROUTE_PROGRAMMED) == ("True", "Programmed", "revision 41 is live on 12 of 12 proxies")


def test_a_route_tells_what_is_wrong_with_it() -> None:
    """What a parent does not take is not live there; what is partly wrong is."""
    (entry,) = route(LIVE, Verdict("NoMatchingParent", "no such listener"))["parents"]
    assert told(entry, "Accepted") == ("False", "NoMatchingParent", "no such listener")
    assert told(entry, ROUTE_PROGRAMMED)[:2] == ("False", "Invalid")
    (entry,) = route(LIVE, GOOD, Verdict("BackendNotFound", "gone"), Verdict("UnsupportedValue", "a filter"))["parents"]
    assert told(entry, "ResolvedRefs")[:2] == ("False", "BackendNotFound")
    assert told(entry, "PartiallyInvalid")[:2] == ("True", "UnsupportedValue")
    assert told(entry, ROUTE_PROGRAMMED)[0] == "True"
    (entry,) = route(BAD)["parents"]
    assert told(entry, "Accepted")[:2] == ("False", "UnsupportedValue")
    assert told(entry, ROUTE_PROGRAMMED) == ("False", "Invalid", "nothing of it is served")


def test_what_is_partly_wrong_no_more_is_not_told_any_more() -> None:
    """The condition is there only where it is true."""
    before = route(LIVE, GOOD, GOOD, Verdict("UnsupportedValue", "a filter"))
    (entry,) = route(LIVE, status=before)["parents"]
    assert [one["type"] for one in entry["conditions"]] == ["Accepted", "ResolvedRefs", ROUTE_PROGRAMMED]


def test_entries_of_other_controllers_are_left_alone() -> None:
    """Even for the very same parent; and what is not our parent any more has no entry of ours."""
    status = route(LIVE, status={"parents": [FOREIGN]})
    assert status["parents"][0] == FOREIGN
    assert len(status["parents"]) == 2
    assert route_status([], 3, status, LATER) == {"parents": [FOREIGN]}
    assert route_status([], 3, {"parents": [FOREIGN]}, LATER) is None
    same = [(REF, parent_conditions(LIVE, GOOD, GOOD, GOOD))]
    assert route_status(same, 3, {"parents": status["parents"][::-1]}, LATER) is None


def test_conditions_of_others_are_left_alone() -> None:
    """At a Gateway and at a class; what the definitions have there by default is written over."""
    other = {"type": "example.com/Billed", "status": "True"}
    waiting = {"type": "Accepted", "status": "Unknown", "reason": "Pending", "lastTransitionTime": NOW}
    status = gateway(LIVE, of(HTTP), {"conditions": [waiting, other]})
    assert [one["type"] for one in status["conditions"]] == ["example.com/Billed", "Accepted", "Programmed"]
    found = class_status(LIVE, 1, {"conditions": [waiting, other]}, NOW)
    assert found is not None
    assert found["conditions"][0] == other
    assert told(found, "Accepted")[:2] == ("True", "Accepted")
    assert class_status(LIVE, 1, found, LATER) is None
    assert told(class_status(BAD, 1, {}, NOW) or {}, "Accepted")[:2] == ("False", "InvalidParameters")


def test_a_status_may_be_anything() -> None:
    """What is no status is written over."""
    odd = {"conditions": "none", "listeners": [1], "parents": {"a": 1}}
    assert gateway_status(LIVE, of(HTTP), 3, odd, NOW) == gateway_status(LIVE, of(HTTP), 3, {}, NOW)
    assert route(LIVE, status=odd) == route(LIVE)
