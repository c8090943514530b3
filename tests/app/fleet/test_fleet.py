"""A mesh with several xDS servers is asked as one with a single server is: where is a revision live, who refuses it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from galley.app.control.fleet import proxy_answers, server_answers
from galley.app.control.waiting import waited
from galley.app.fleet.fleet import FORGOTTEN, NOT_READ_YET, SILENT, Fleet
from pipeline.model.key import Key
from tests.app.fleet.servers import HOSTS, Clock, connected, edit, fleet, mesh, report
from tests.xds.talk import SIDECAR, Delta

Deed: TypeAlias = Literal["accepts", "refuses", "waits"]
_NAMES = ("one", "two", "three")
_DEEDS: st.SearchStrategy[Deed] = st.sampled_from(["accepts", "refuses", "waits"])
_PROXIES = st.lists(st.tuples(st.sampled_from(_NAMES), st.lists(_DEEDS, min_size=2, max_size=2)), max_size=5)


def _do(deed: Deed, stream: Delta) -> None:
    """Have a proxy answer what it is sent."""
    for message in stream.messages():
        if deed == "refuses":
            stream.nack(message)
        elif deed == "accepts":
            stream.request(message.type, nonce=message.nonce)
    stream.mesh.discovery.ledger.idle(stream.session)


@given(_PROXIES, st.sampled_from((0, 1, 2_000)))
def test_several_servers_are_counted_as_one_would_be(proxies: list[tuple[str, list[Deed]]], most_listed: int) -> None:
    """Whoever is connected where, and does whatever, and however few are listed: each server counts as one for all."""
    servers, whole, clock = {name: mesh() for name in _NAMES}, mesh(), Clock()
    streams = [
        (connected(servers[server], f"p{number}"), connected(whole, f"p{number}"), deeds)
        for number, (server, deeds) in enumerate(proxies)
    ]
    for step in range(2):
        for server in (*servers.values(), whole):
            edit(server, f"step {step}")
        for here, there, deeds in streams:
            _do(deeds[step], here)
            _do(deeds[step], there)
    fleets = {name: fleet(server, name, clock) for name, server in servers.items()}
    fleets["none"] = fleet(None, "none", clock)
    for name, server in servers.items():
        told = report(server, name, clock, most_listed=most_listed)
        for one in fleets.values():
            one.hear(name, told)
    for revision in range(1, 5):
        expected = whole.discovery.ledger.live(revision)
        waiting = bool(whole.discovery.ledger.waiting(revision)) or bool(revision > 3 and proxies)
        for one in fleets.values():
            found = one.live(revision)
            assert (found.applied, found.of, len(found.pending)) == (
                expected.applied,
                expected.of,
                len(expected.pending),
            )
            assert {item.subscriber for item in found.refused} == {item.subscriber for item in expected.refused}
            if one.name == "none":
                assert bool(one.waiting(revision)) == waiting
            if most_listed > len(proxies):
                assert found.pending == expected.pending
                assert len(proxy_answers(one)) == len(proxies)


def test_a_proxy_that_moves_is_counted_once() -> None:
    """The server that it left may not have said so yet, or be dead: where it came last counts."""
    one, two, clock = mesh(), mesh(), Clock()
    left = connected(one, "p")
    before = report(one, "one", clock)
    far = fleet(None, "far", clock)
    far.hear("one", before)
    left.close()
    two.discovery.open_delta(left.session.node, lambda: None, 50.0)
    far.hear("two", report(two, "two", clock))
    assert (far.live(1).applied, far.live(1).of) == (0, 1)
    assert [(answer.server, answer.connected) for answer in proxy_answers(far)] == [("two", True)]
    own = fleet(two, "two", clock)
    own.hear("one", before)
    assert (own.live(1).applied, own.live(1).of) == (0, 1)
    assert [(answer.server, answer.connected) for answer in proxy_answers(own)] == [("two", True)]


def test_a_server_that_is_silent_is_gone_and_told_apart() -> None:
    """Its proxies are not counted; one that says that it ends is not even shown, nor one that is gone for an hour."""
    one, clock = mesh(), Clock()
    connected(one, "p")
    far = fleet(None, "far", clock)
    told = report(one, "one", clock)
    far.hear("one", told)
    clock.now += SILENT - 1
    assert far.live(1).of == 1
    clock.now += 2
    assert far.live(1).of == 0
    (answer,) = server_answers(far)
    assert (answer.name, answer.proxies, answer.gone) == ("one", 1, True)
    far.hear("one", told, age=1.0)
    assert far.live(1).of == 1
    far.hear("one", None)
    assert (far.live(1).of, server_answers(far)) == (0, [])
    far.hear("one", told, age=FORGOTTEN + 1)
    assert server_answers(far) == []


def test_proxies_of_a_silent_server_that_nobody_has_are_told_apart() -> None:
    """It may serve them still, cut off from the brokers alone; those that came to another server are counted there."""
    one, two, clock = mesh(), mesh(), Clock()
    connected(one, "p")
    connected(one, "q")
    far = fleet(None, "far", clock)
    far.hear("one", report(one, "one", clock))
    assert waited(far, 1, 1).message == "live on 2 of 2 proxies"
    clock.now += SILENT + 1
    connected(two, "p")
    far.hear("two", report(two, "two", clock))
    expected = "live on 1 of 1 proxies; 1 of the server one, which is silent, is not counted"
    assert waited(far, 1, 1).message == expected
    connected(two, "q")
    far.hear("two", report(two, "two", clock))
    assert waited(far, 1, 1).message == "live on 2 of 2 proxies"


def test_a_refusal_elsewhere_is_told_with_the_lines_it_was_made_of() -> None:
    """Words, objects and lines come with the report: the object is blamed by whoever asks, at whichever server."""
    one, clock = mesh(), Clock()
    stream = connected(one, "p")
    revision = edit(one, "bad")
    (message,) = stream.messages()
    stream.nack(message, "I will not")
    far = fleet(None, "far", clock)
    far.hear("one", report(one, "one", clock))
    answer = waited(far, revision, revision)
    (refusal,) = answer.refused
    assert (answer.done, answer.final) == (False, True)
    assert (refusal.node, refusal.name, refusal.reason) == (SIDECAR.format("p"), "80/a", "I will not")
    (line,) = refusal.objects
    assert line.endswith(" Thing default/a")
    assert far.made_of(refusal.node, HOSTS.type_url, "80/a") == [Key("Thing", "default", "a")]
    assert [one.reason for answer in proxy_answers(far) for one in answer.refused] == ["I will not"]
    assert waited(far, revision - 1, revision).done


def test_nothing_is_live_everywhere_while_others_are_unknown() -> None:
    """Until all reports have been read, and while they cannot be, nobody is told that all is well."""
    one, clock = mesh(), Clock()
    connected(one, "p")
    early = Fleet(clock, ledger=one.discovery.ledger, name="one", shared=True)
    answer = waited(early, 1, 1)
    assert (answer.live.applied, answer.live.of, answer.done, answer.final) == (1, 1, False, False)
    assert NOT_READ_YET in answer.message
    early.read()
    assert waited(early, 1, 1).done
    early.read("the brokers are away")
    assert "the brokers are away" in waited(early, 1, 1).message
    assert not waited(early, 1, 1).done


def test_whoever_waits_is_told_of_reports() -> None:
    """A report, and the end of not knowing, wake those who wait, as the ledger does."""
    one, clock = mesh(), Clock()
    far = Fleet(clock, name="far", shared=True)
    calls: list[int] = []
    far.listeners[lambda: calls.append(1)] = None
    far.read()
    far.hear("one", report(one, "one", clock))
    far.read()
    assert len(calls) == 2
    own = fleet(one, "one", clock)
    own.listeners[lambda: calls.append(2)] = None
    own.hear("one", report(one, "one", clock))
    assert 2 not in calls
    edit(one, "more")
    assert 2 in calls


def test_two_servers_of_one_name_are_told() -> None:
    """One settings file with a name in it gives it to all of them: nobody is told that all is well then."""
    one, clock = mesh(), Clock()
    own = fleet(one, "edge", clock)
    theirs = report(one, "edge", clock).model_copy(update={"instance": "another"})
    own.hear("edge", theirs, age=3.0)
    assert own.unknown == ""
    own.hear("edge", theirs)
    assert "xds.name" in own.unknown
    clock.now += SILENT + 1
    assert own.unknown == ""
    serves_nobody = fleet(None, "edge", clock)
    connected(one, "p")
    serves_nobody.hear("edge", report(one, "edge", clock))
    assert (serves_nobody.live(1).of, serves_nobody.unknown) == (1, "")


def test_others_are_told_too_of_two_servers_of_one_name() -> None:
    """The reports of one stand for both, so who counts them knows less than it seems; a restart is none of that."""
    one, clock = mesh(), Clock()
    far = fleet(None, "control", clock)

    def hear(life: str) -> str:
        clock.now += 5.0
        far.hear("edge", report(one, "edge", clock).model_copy(update={"instance": life}))
        return far.unknown

    assert [hear(life) for life in ("a", "a", "b", "b", "c")] == [""] * 5
    assert "more than one server is called edge" in hear("b")
    assert "xds.name" in hear("b")
    for _ in range(6):
        hear("b")
    assert hear("b") == ""
