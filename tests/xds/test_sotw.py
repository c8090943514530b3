"""The state-of-the-world variant: each rule of the protocol, on the pure machine."""

from __future__ import annotations

from proxy.resource_type import ResourceType
from proxy.xds.message import Message
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, endpoints, http_listener, name_of, small_routes
from tests.xds.talk import Sotw, bodies

CDS, EDS, LDS, TABLE = (
    ResourceType.CLUSTER,
    ResourceType.ENDPOINT,
    ResourceType.LISTENER,
    ResourceType.ROUTE_TABLE,
)


def _mesh(*names: str) -> Mesh:
    """Clusters with endpoints, and two route tables."""
    mesh = Mesh()
    for name in names:
        mesh.set(CDS, name, eds_cluster(name))
        mesh.set(EDS, name, endpoints(name, 1))
    for route in ("80", "90"):
        mesh.set(TABLE, route, small_routes(route))
    mesh.publish()
    return mesh


def _said(messages: list[Message]) -> list[tuple[str, list[str]]]:
    return [(message.type.word, [name_of(message.type, body) for body in bodies(message)]) for message in messages]


def _ack(stream: Sotw, message: Message, *names: str) -> None:
    stream.request(message.type, *names, nonce=message.nonce, version=message.version)


def test_a_wildcard_is_all_there_is_each_time() -> None:
    """A response of clusters carries every cluster; one that is gone is absent, and absence deletes."""
    mesh = _mesh("a", "b")
    stream = Sotw(mesh)
    stream.request(CDS)
    (first,) = stream.messages()
    assert _said([first]) == [("cds", ["a", "b"])]
    _ack(stream, first)
    mesh.remove(CDS, "a")
    mesh.publish()
    assert _said(stream.messages()) == [("cds", ["b"])]


def test_a_wildcard_of_nothing_is_answered() -> None:
    """A client waits for the first response of listeners: there is one, though there are none."""
    stream = Sotw(_mesh("a"))
    stream.request(LDS)
    assert _said(stream.messages()) == [("lds", [])]


def test_what_is_new_comes_before_what_is_gone() -> None:
    """A cluster that is replaced stays beside its successor until everything else is answered."""
    mesh = _mesh("old")
    stream = Sotw(mesh)
    stream.request(CDS)
    (first,) = stream.messages()
    _ack(stream, first)
    mesh.remove(CDS, "old")
    mesh.set(CDS, "new", eds_cluster("new"))
    mesh.publish()
    (second,) = stream.messages()
    assert _said([second]) == [("cds", ["new", "old"])]
    _ack(stream, second)
    assert _said(stream.messages()) == [("cds", ["new"])]


def test_names_are_answered_with_what_changed() -> None:
    """A response of routes carries what is new to the client and what changed, not the rest."""
    mesh = _mesh()
    stream = Sotw(mesh)
    stream.request(TABLE, "80")
    (first,) = stream.messages()
    assert _said([first]) == [("rds-table", ["80"])]
    _ack(stream, first, "80", "90")
    (second,) = stream.messages()
    assert _said([second]) == [("rds-table", ["90"])]
    _ack(stream, second, "80", "90")
    mesh.set(TABLE, "80", small_routes("80", "x-two"))
    mesh.publish()
    assert _said(stream.messages()) == [("rds-table", ["80"])]


def test_a_name_that_is_asked_for_again_is_sent_again() -> None:
    """Newly requested is newly sent, though it has not changed since it was dropped."""
    stream = Sotw(_mesh())
    stream.request(TABLE, "80", "90")
    (first,) = stream.messages()
    _ack(stream, first, "80")
    assert stream.messages() == []
    stream.request(TABLE, "80", "90", nonce=first.nonce, version=first.version)
    assert _said(stream.messages()) == [("rds-table", ["90"])]


def test_a_name_without_a_resource_is_remembered() -> None:
    """It cannot be said that it is not there; it is sent when it comes."""
    mesh = _mesh()
    stream = Sotw(mesh)
    stream.request(TABLE, "70")
    assert stream.messages() == []
    mesh.set(TABLE, "70", small_routes("70"))
    mesh.publish()
    assert _said(stream.messages()) == [("rds-table", ["70"])]


def test_no_names_after_names_is_nothing() -> None:
    """The legacy wildcard ends for good with the first name: to ask for nothing later is to ask for nothing (gRPC)."""
    mesh = _mesh("a", "b")
    stream = Sotw(mesh)
    stream.request(CDS, "a")
    (first,) = stream.messages()
    assert _said([first]) == [("cds", ["a"])]
    _ack(stream, first)
    mesh.set(CDS, "a", eds_cluster("a", "2"))
    mesh.publish()
    assert stream.messages() == []


def test_an_explicit_star_mixes_with_names() -> None:
    """`*` is everything, whatever is named beside it."""
    stream = Sotw(_mesh("a", "b"))
    stream.request(CDS, "*", "a")
    assert _said(stream.messages()) == [("cds", ["a", "b"])]


def test_a_stale_nonce_is_dropped() -> None:
    """A request that answers an older response says nothing: its names do not count, nor does its error."""
    mesh = _mesh("a", "b")
    stream = Sotw(mesh)
    stream.request(CDS)
    (first,) = stream.messages()
    mesh.set(CDS, "a", eds_cluster("a", "2"))
    mesh.publish()
    (second,) = stream.messages()
    assert stream.request(CDS, "b", nonce=first.nonce, error="old") == ()
    assert stream.messages() == []
    _ack(stream, second)
    assert not stream.session.has_flights()


def test_the_nonce_of_another_stream_is_no_answer() -> None:
    """The first request of a type is first, whatever its nonce says."""
    stream = Sotw(_mesh("a"))
    stream.request(CDS, nonce="17")
    assert _said(stream.messages()) == [("cds", ["a"])]


def test_a_wildcard_reconnect_with_the_present_version_gets_nothing() -> None:
    """The version is the content's: after a restart of the server, too, a client that has all is not sent it again."""
    stream = Sotw(_mesh("a", "b"))
    stream.request(CDS)
    (first,) = stream.messages()
    again = Sotw(_mesh("b", "a"))
    again.request(CDS, version=first.version)
    assert again.messages() == []
    other = Sotw(_mesh("a"))
    other.request(CDS, version=first.version)
    assert _said(other.messages()) == [("cds", ["a"])]


def test_one_response_of_names_at_a_time() -> None:
    """A newer response would hide the refusal of an older one that carried something else."""
    mesh = _mesh()
    stream = Sotw(mesh)
    stream.request(TABLE, "80", "90")
    (first,) = stream.messages()
    for route in ("80", "90"):
        mesh.set(TABLE, route, small_routes(route, "x-two"))
        mesh.publish()
        assert stream.messages() == []
    _ack(stream, first, "80", "90")
    assert [(word, sorted(names)) for word, names in _said(stream.messages())] == [("rds-table", ["80", "90"])]


def test_endpoints_of_a_changed_cluster_are_sent_again() -> None:
    """Envoy warms a changed cluster until it is sent its endpoints, though they are as before."""
    mesh = _mesh("a", "b")
    stream = Sotw(mesh)
    stream.request(CDS)
    stream.request(EDS, "a", "b")
    for message in stream.messages():
        _ack(stream, message, *(("a", "b") if message.type is EDS else ()))
    mesh.set(CDS, "a", eds_cluster("a", "2"))
    mesh.publish()
    assert _said(stream.messages()) == [("cds", ["a", "b"]), ("eds", ["a"])]


def test_listeners_are_full_state_and_routes_follow() -> None:
    """The order is that of make before break here too."""
    mesh = _mesh("a")
    mesh.set(LDS, "front", http_listener("front", "80"))
    mesh.publish()
    stream = Sotw(mesh)
    stream.request(TABLE, "80")
    stream.request(LDS)
    stream.request(CDS)
    assert [word for word, _ in _said(stream.messages())] == ["cds", "lds", "rds-table"]
