"""A refused resource holds back no other, is found, named, and remembered until it changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxy.resource_type import ResourceType
from proxy.xds.culprit import may_be_over, suspects
from proxy.xds.message import Message, Move
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, endpoints, host, http_listener, small_routes
from tests.xds.talk import Delta, Sotw, bodies, said

CDS, EDS, LDS = ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER
RDS, VHDS = ResourceType.ROUTE, ResourceType.VIRTUAL_HOST
TWICE = "Only unique values for domains are permitted. Duplicate entry of domain {} in route {}"


def _play(stream: Delta, words: Callable[[list[str]], str]) -> int:
    """Refuse every message with a body that says BAD, ACK every other, until all is quiet; return how many came."""
    count = 0
    while messages := stream.messages():
        for message in messages:
            count += 1
            bad = [move.name for move in message.moves if move.after is not None and b"BAD" in move.after.body]
            if bad:
                stream.nack(message, words(bad))
            else:
                stream.request(message.type, nonce=message.nonce)
    return count


def _refused(stream: Delta) -> list[str]:
    return sorted(name for _, name, _ in stream.session.refusals())


def _clusters(count: int, *bad: int) -> Mesh:
    mesh = Mesh()
    for number in range(count):
        mesh.set(CDS, f"c{number:03}", eds_cluster(f"c{number:03}", "BAD" if number in bad else ""))
    mesh.publish()
    return mesh


def _hosts() -> tuple[Mesh, Delta]:
    """A stream in step with two routes of one host each."""
    mesh = Mesh()
    for route in ("80", "90"):
        mesh.set(RDS, route, small_routes(route))
        mesh.set(VHDS, f"{route}/a", host(f"{route}/a", "a.example", "one"))
    mesh.publish()
    stream = Delta(mesh)
    stream.ask(RDS, "80", "90")
    stream.ask(VHDS)
    return mesh, stream


def test_a_resource_refused_alone_is_remembered_until_it_changes() -> None:
    """It is not sent again, not even beside a change of another; its next version is."""
    mesh = _clusters(2)
    stream = Delta(mesh)
    stream.ask(CDS)
    mesh.set(CDS, "c000", eds_cluster("c000", "BAD"))
    mesh.publish()
    (message,) = stream.messages()
    (event,) = stream.nack(message, "no good")
    assert (event.type, event.name, event.version) == (CDS, "c000", mesh.version(CDS, "c000"))
    assert event.reason == "no good"
    mesh.set(CDS, "c001", eds_cluster("c001", "2"))
    mesh.publish()
    assert stream.take() == [("cds", ["c001"], [])]
    mesh.set(CDS, "c000", eds_cluster("c000", "good"))
    mesh.publish()
    assert stream.take() == [("cds", ["c000"], [])]
    assert _refused(stream) == []


def test_a_good_host_of_another_route_is_served_beside_a_bad_one() -> None:
    """The words name domain and route; the rest goes out at once, and only the culprit is refused."""
    mesh, stream = _hosts()
    mesh.set(VHDS, "80/z", host("80/z", "a.example", "thief"))
    mesh.set(VHDS, "90/a", host("90/a", "a.example", "better"))
    mesh.publish()
    (message,) = stream.messages()
    assert sorted(said([message])[0][1]) == ["80/z", "90/a"]
    stream.nack(message, TWICE.format("a.example", "80"))
    (rest,) = stream.messages()
    assert said([rest]) == [("vhds", ["90/a"], [])]
    stream.request(VHDS, nonce=rest.nonce)
    (alone,) = stream.messages()
    assert said([alone]) == [("vhds", ["80/z"], [])]
    stream.nack(alone, TWICE.format("a.example", "80"))
    assert stream.messages() == []
    assert _refused(stream) == ["80/z"]


def test_a_host_is_tried_again_when_its_domain_becomes_free() -> None:
    """A refusal for a domain that another host has is over when that host gives it up."""
    mesh, stream = _hosts()
    mesh.set(VHDS, "80/z", host("80/z", "a.example", "thief"))
    mesh.publish()
    (message,) = stream.messages()
    stream.nack(message, TWICE.format("a.example", "80"))
    mesh.set(VHDS, "90/a", host("90/a", "other.example", "one"))
    mesh.publish()
    assert stream.take() == [("vhds", ["90/a"], [])]
    mesh.set(VHDS, "80/a", host("80/a", "other.example", "one"))
    mesh.publish()
    assert stream.take() == [("vhds", ["80/a"], []), ("vhds", ["80/z"], [])]
    assert _refused(stream) == []


@pytest.mark.parametrize(
    ("words", "most"),
    [
        (lambda names: f"Error adding/updating cluster(s) {', '.join(names)}: no", 8),
        (lambda _: "something is wrong", 64),
        (lambda _: "c000 is wrong, or so it seems", 64),
    ],
    ids=["named", "silent", "misleading"],
)
def test_culprits_are_found_and_all_others_served(words: Callable[[list[str]], str], most: int) -> None:
    """By the words, or by halving, or against the words: in few messages, every good resource is accepted."""
    stream = Delta(_clusters(200, 17, 18, 150))
    stream.request(CDS)
    assert _play(stream, words) <= most
    assert _refused(stream) == ["c017", "c018", "c150"]
    assert stream.session.pending() == 0
    assert stream.session.watch(CDS).search is None  # type: ignore[union-attr]


def test_everything_refused_ends_too() -> None:
    """A client that refuses all there is, is told each once more, and left alone."""
    stream = Delta(_clusters(16, *range(16)))
    stream.request(CDS)
    assert _play(stream, lambda _: "no") <= 4 * 16
    assert len(_refused(stream)) == 16


def test_other_types_flow_while_a_culprit_is_searched() -> None:
    """Clusters being searched keep no listener back."""
    mesh = _clusters(4, 1)
    stream = Delta(mesh)
    stream.ask(LDS)
    stream.request(CDS)
    (message,) = stream.messages()
    stream.nack(message)
    mesh.set(LDS, "front", http_listener("front", "80"))
    mesh.publish()
    assert [word for word, _, _ in said(stream.messages())] == ["cds", "lds"]


def test_a_client_that_asks_for_what_it_refused_is_answered_with_its_last_good_one() -> None:
    """Holding a last good version, it gets that; holding none, it gets the refused one after all."""
    mesh = _clusters(1)
    stream = Delta(mesh)
    stream.ask(CDS, "c000")
    good = mesh.version(CDS, "c000")
    mesh.set(CDS, "c000", eds_cluster("c000", "BAD"))
    mesh.set(CDS, "new", eds_cluster("new", "BAD"))
    mesh.publish()
    stream.request(CDS, subscribe=["new"])
    _play(stream, lambda names: f"cluster(s) {', '.join(names)}: no")
    stream.request(CDS, subscribe=["c000", "new"])
    (message,) = stream.messages()
    versions = {move.name: move.after.version for move in message.moves if move.after}
    assert versions == {"c000": good, "new": mesh.version(CDS, "new")}


def test_refused_endpoints_are_followed_by_the_last_good_ones() -> None:
    """A cluster that warms while its endpoints are refused would go on without any."""
    mesh = _clusters(1)
    mesh.set(EDS, "c000", endpoints("c000", 1))
    mesh.publish()
    stream = Delta(mesh)
    stream.ask(CDS)
    stream.ask(EDS, "c000")
    good = mesh.version(EDS, "c000")
    mesh.set(CDS, "c000", eds_cluster("c000", "2"))
    mesh.set(EDS, "c000", endpoints("c000", 2, "BAD"))
    mesh.publish()
    _, bad = stream.messages()
    stream.nack(bad)
    (again,) = stream.messages()
    assert [move.after.version for move in again.moves if move.after] == [good]
    stream.request(EDS, nonce=again.nonce)
    assert _refused(stream) == ["c000"]


def test_a_refused_removal_is_reported_and_not_repeated() -> None:
    """There is nothing to hold back of a removal; the words are passed on."""
    mesh = _clusters(1)
    stream = Delta(mesh)
    stream.ask(CDS)
    mesh.remove(CDS, "c000")
    mesh.publish()
    (message,) = stream.messages()
    (event,) = stream.nack(message, "in use")
    assert (event.name, event.version, event.reason) == ("c000", "", "in use")
    assert stream.messages() == []


def test_a_refusal_of_a_message_behind_which_a_newer_one_flies_says_nothing_of_the_newer() -> None:
    """What a later message carries is judged by the answer to that one."""
    mesh = _clusters(1)
    stream = Delta(mesh)
    stream.ask(CDS)
    messages: list[Message] = []
    for mark in ("BAD", "good"):
        mesh.set(CDS, "c000", eds_cluster("c000", mark))
        mesh.publish()
        messages += stream.messages()
    stream.nack(messages[0])
    stream.request(CDS, nonce=messages[1].nonce)
    assert _refused(stream) == []
    assert stream.session.pending() == 0


def test_state_of_the_world_goes_on_with_the_last_good_one() -> None:
    """Every response of clusters carries all: after a refusal, the last good version stands in the culprit's place."""
    mesh = _clusters(2)
    stream = Sotw(mesh)
    stream.request(CDS)
    (first,) = stream.messages()
    stream.request(CDS, nonce=first.nonce, version=first.version)
    good = bodies(first)
    mesh.set(CDS, "c000", eds_cluster("c000", "BAD"))
    mesh.publish()
    (second,) = stream.messages()
    stream.request(CDS, nonce=second.nonce, version=first.version, error="c000: no")
    mesh.set(CDS, "c002", eds_cluster("c002"))
    mesh.publish()
    (third,) = stream.messages()
    assert bodies(third)[:2] == good
    assert len(bodies(third)) == 3


# -- words


def _moves(mesh: Mesh, type_: ResourceType) -> list[Move]:
    mesh.publish()
    table = mesh.discovery.cache.table("default", type_)
    return [Move(name, None, item) for name, item in table.resources.items()]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Error adding/updating cluster(s) outbound|80||a.b: connect timeout", {"outbound|80||a.b"}),
        (
            "Error adding/updating cluster(s) outbound|80||a: x, outbound|80||a.b: y",
            {"outbound|80||a", "outbound|80||a.b"},
        ),
        ("route 80 on port 80 at line 80", set()),
        ("no such thing as '80'", {"80"}),
        ("proto validation failed", set()),
    ],
)
def test_names_in_the_words(reason: str, expected: set[str]) -> None:
    """A name counts where it stands by itself; a number only where it is quoted."""
    mesh = Mesh()
    for name in ("outbound|80||a", "outbound|80||a.b", "80"):
        mesh.set(CDS, name, eds_cluster(name))
    assert suspects(CDS, reason, _moves(mesh, CDS)) == expected


def test_domain_and_route_in_the_words() -> None:
    """Of virtual hosts, those of the route that hold the domain, the single wildcard included."""
    mesh = Mesh()
    for name, domain in (("80/a", "a.example"), ("80/b", "*"), ("90/a", "a.example")):
        mesh.set(VHDS, name, host(name, domain, "x"))
    moves = _moves(mesh, VHDS)
    assert suspects(VHDS, TWICE.format("a.example", "80"), moves) == {"80/a"}
    assert suspects(VHDS, "Only a single wildcard domain is permitted in route 80", moves) == {"80/b"}
    assert suspects(VHDS, "some other words", moves) == frozenset()


def test_when_a_refusal_may_be_over() -> None:
    """When the domain is given up in that route, or when a listener that may have had the address goes or changes."""
    mesh = Mesh()
    mesh.set(VHDS, "80/a", host("80/a", "a.example", "x"))
    mesh.set(VHDS, "80/b", host("80/b", "b.example", "x"))
    first, second = (move.after for move in _moves(mesh, VHDS))
    words = TWICE.format("a.example", "80")
    assert may_be_over(VHDS, words, [Move("80/a", first, None)])
    assert may_be_over(VHDS, words, [Move("80/a", "known by its version", second)])
    assert not may_be_over(VHDS, words, [Move("80/a", first, first)])
    assert not may_be_over(VHDS, words, [Move("80/b", second, None)])
    assert not may_be_over(VHDS, words, [Move("80/a", None, first)])
    assert not may_be_over(VHDS, "some other words", [Move("80/a", first, None)])
    assert may_be_over(LDS, "listener 'x' has duplicate address", [Move("l", "v", None)])
    assert not may_be_over(LDS, "listener 'x' has duplicate address", [Move("l", None, None)])
    assert not may_be_over(CDS, "c", [Move("c", "v", None)])
