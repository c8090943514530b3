"""The delta variant: each rule of the protocol, on the pure machine."""

from __future__ import annotations

from proxy.resource_type import ResourceType
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, endpoints, host, http_listener, small_routes
from tests.xds.talk import Delta, node, said

CDS, EDS, LDS = ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER
RDS, TABLE, VHDS = ResourceType.ROUTE, ResourceType.ROUTE_TABLE, ResourceType.VIRTUAL_HOST
SDS = ResourceType.SECRET


def _mesh(*names: str, type_: ResourceType = SDS) -> Mesh:
    """A mesh of small resources of one type, at revision 1."""
    mesh = Mesh()
    for name in names:
        mesh.set(type_, name, f"\x12\x01{name[0]}")
    mesh.publish()
    return mesh


def _clusters(*names: str) -> Mesh:
    mesh = Mesh()
    for name in names:
        mesh.set(CDS, name, eds_cluster(name))
    mesh.publish()
    return mesh


def _routes() -> Mesh:
    """Two route configurations with two virtual hosts each."""
    mesh = Mesh()
    for route in ("80", "90"):
        mesh.set(RDS, route, small_routes(route))
        for name in ("a", "b"):
            mesh.set(VHDS, f"{route}/{name}", host(f"{route}/{name}", f"{name}.example", "x"))
    mesh.publish()
    return mesh


# -- subscribing ------------------------------------------------------------------------------------------------------


def test_clusters_without_names_are_all_clusters() -> None:
    """A first request without names is a wildcard for clusters and listeners, and asks for nothing of other types."""
    mesh = _clusters("a")
    mesh.set(EDS, "a", endpoints("a", 1))
    mesh.publish()
    stream = Delta(mesh)
    assert stream.ask(CDS) == [("cds", ["a"], [])]
    assert stream.ask(EDS) == []


def test_a_wildcard_of_nothing_is_answered() -> None:
    """A client waits for the first response of clusters: there is one, though there are no clusters."""
    assert Delta(_mesh()).ask(CDS) == [("cds", [], [])]


def test_a_first_request_that_only_unsubscribes_asks_for_nothing() -> None:
    """Unsubscribing the wildcard at once is no wildcard (istiod takes it for one)."""
    assert Delta(_clusters("a")).ask(CDS, unsubscribe=["*"]) == []


def test_a_star_is_a_wildcard_for_any_type() -> None:
    """The explicit wildcard may stand beside names, and ends when it is unsubscribed."""
    stream = Delta(_mesh("a", "b"))
    assert stream.ask(SDS, "*", "a") == [("sds", ["a", "b"], [])]
    stream.request(SDS, unsubscribe=["*"])
    stream.mesh.set(SDS, "a", "2")
    stream.mesh.set(SDS, "b", "2")
    stream.mesh.publish()
    assert stream.take() == [("sds", ["a"], [])]


def test_a_name_that_does_not_exist_is_removed_and_remembered() -> None:
    """The answer is that it is not there; it is sent when it comes."""
    stream = Delta(_mesh("a"))
    assert stream.ask(SDS, "a", "late") == [("sds", ["a"], ["late"])]
    stream.mesh.set(SDS, "late", "1")
    stream.mesh.publish()
    assert stream.take() == [("sds", ["late"], [])]


def test_a_known_name_that_is_asked_for_again_is_answered() -> None:
    """A subscribe is always answered, held or not (istiod is silent)."""
    stream = Delta(_mesh("a"))
    stream.ask(SDS, "a")
    assert stream.ask(SDS, "a") == [("sds", ["a"], [])]


def test_a_name_unsubscribed_under_the_wildcard_is_answered() -> None:
    """The client may have dropped it: it is told that the wildcard still gives it, or that it is gone."""
    stream = Delta(_clusters("a"))
    stream.ask(CDS)
    stream.ask(CDS, "a", "gone")
    assert stream.ask(CDS, unsubscribe=["a"]) == [("cds", ["a"], [])]
    assert stream.ask(CDS, unsubscribe=["gone"]) == [("cds", [], ["gone"])]


def test_other_unsubscribes_are_not_answered() -> None:
    """What the client dropped is not sent again, and an unknown name is nothing."""
    stream = Delta(_mesh("a", "b"))
    stream.ask(SDS, "a", "b")
    assert stream.ask(SDS, unsubscribe=["a", "phantom"]) == []
    stream.mesh.set(SDS, "a", "2")
    stream.mesh.publish()
    assert stream.take() == []


# -- changes ----------------------------------------------------------------------------------------------------------


def test_only_what_changed_is_sent() -> None:
    """One changed cluster is one resource, whatever else there is."""
    stream = Delta(_clusters("a", "b", "c"))
    stream.ask(CDS)
    stream.mesh.set(CDS, "b", eds_cluster("b", "2"))
    stream.mesh.publish()
    assert stream.take() == [("cds", ["b"], [])]


def test_what_came_back_to_what_is_held_is_not_sent() -> None:
    """A slow client is spared a change that was undone before it could be told."""
    stream = Delta(_mesh("a"))
    stream.ask(SDS, "a")
    stream.mesh.set(SDS, "a", "2")
    stream.mesh.publish()
    stream.mesh.set(SDS, "a", "\x12\x01a")
    stream.mesh.publish()
    assert stream.take() == []
    assert stream.session.oldest() is not None  # it has not asked for its listeners yet


def test_a_slow_client_gets_the_latest_once() -> None:
    """What a client could not be told meanwhile is merged: the last value of each name."""
    stream = Delta(_mesh("a", "b"))
    stream.ask(SDS, "a", "b")
    for mark in "234":
        stream.mesh.set(SDS, "a", mark)
        stream.mesh.publish()
    stream.mesh.remove(SDS, "b")
    stream.mesh.publish()
    assert stream.take() == [("sds", ["a"], ["b"])]


def test_streams_in_the_same_state_share_the_bytes() -> None:
    """One edit is one message, and as many writes of the same object as there are streams."""
    mesh = _clusters("a", "b")
    streams = [Delta(mesh, node(name)) for name in "xyz"]
    for stream in streams:
        stream.ask(CDS)
    mesh.set(CDS, "a", eds_cluster("a", "2"))
    mesh.publish()
    first, *others = [stream.messages() for stream in streams]
    assert len(first) == 1
    assert all(messages == first for messages in others)


def test_a_client_that_never_answers_is_sent_a_bounded_number_of_messages() -> None:
    """What is in flight is bounded; the rest waits, merged."""
    stream = Delta(_mesh("a"))
    stream.request(SDS, subscribe=["a"])
    count = 0
    for mark in range(100):
        stream.mesh.set(SDS, "a", str(mark))
        stream.mesh.publish()
        count += len(stream.messages())
    assert count == 8
    assert stream.session.pending() == 1


# -- reconnects -------------------------------------------------------------------------------------------------------


def test_a_client_that_holds_everything_is_sent_nothing() -> None:
    """Versions are digests of content, so a reconnect costs no resource."""
    mesh = _clusters("a", "b")
    assert Delta(mesh).ask(CDS, initial_versions={name: mesh.version(CDS, name) for name in "ab"}) == []


def test_a_client_that_lacks_something_is_sent_that() -> None:
    """Of what it holds, the old is replaced, the gone removed, the missing added."""
    mesh = _clusters("a", "b", "c")
    versions = {"a": mesh.version(CDS, "a"), "b": "old", "gone": "x"}
    found = Delta(mesh).ask(CDS, initial_versions=versions)
    assert [(word, sorted(names), removed) for word, names, removed in found] == [
        ("cds", ["b", "c"], []),
        ("cds", [], ["gone"]),
    ]


def test_a_nonce_of_another_stream_makes_no_answer_of_a_first_request() -> None:
    """The first request of a type is first, whatever its nonce says."""
    assert Delta(_clusters("a")).ask(CDS, nonce="17", error="old") == [("cds", ["a"], [])]


def test_edits_count_though_the_nonce_is_stale() -> None:
    """The names of a request with an unknown nonce are subscribed (istiod drops them)."""
    stream = Delta(_mesh("a", "b"))
    stream.ask(SDS, "a")
    assert stream.ask(SDS, "b", nonce="nobody's") == [("sds", ["b"], [])]


# -- order ------------------------------------------------------------------------------------------------------------


def test_make_before_break() -> None:
    """What is new goes clusters first; what is gone goes last, once everything else is answered."""
    mesh = _clusters("old")
    mesh.set(EDS, "old", endpoints("old", 1))
    mesh.set(LDS, "front", http_listener("front", "80"))
    mesh.set(RDS, "80", small_routes("80"))
    mesh.publish()
    stream = Delta(mesh)
    for type_, names in ((VHDS, ()), (RDS, ("80",)), (LDS, ()), (EDS, ("old", "new")), (CDS, ())):
        stream.ask(type_, *names)
    mesh.set(CDS, "new", eds_cluster("new"))
    mesh.set(EDS, "new", endpoints("new", 1))
    mesh.remove(CDS, "old")
    mesh.remove(EDS, "old")
    mesh.set(LDS, "front", http_listener("front", "80", "2"))
    mesh.set(RDS, "80", small_routes("80", "x-two"))
    mesh.set(VHDS, "80/a", host("80/a", "a.example", "x"))
    mesh.publish()
    first = stream.messages()
    assert said(first) == [
        ("cds", ["new"], []),
        ("eds", ["new"], []),
        ("lds", ["front"], []),
        ("rds", ["80"], []),
        ("vhds", ["80/a"], []),
    ]
    for message in first[:-1]:
        stream.request(message.type, nonce=message.nonce)
        assert stream.messages() == []
    stream.request(VHDS, nonce=first[-1].nonce)
    assert stream.take() == [("cds", [], ["old"]), ("eds", [], ["old"])]


def test_no_cluster_goes_while_a_route_is_refused() -> None:
    """The last good route may still name it."""
    mesh = _clusters("old")
    mesh.set(RDS, "80", small_routes("80"))
    mesh.publish()
    stream = Delta(mesh)
    stream.ask(CDS)
    stream.ask(RDS, "80")
    mesh.remove(CDS, "old")
    mesh.set(RDS, "80", small_routes("80", "x-bad"))
    mesh.publish()
    (routes,) = stream.messages()
    stream.nack(routes)
    assert stream.take() == []
    mesh.set(RDS, "80", small_routes("80", "x-good"))
    mesh.publish()
    assert stream.take() == [("rds", ["80"], []), ("cds", [], ["old"])]


def test_endpoints_of_a_changed_cluster_are_sent_again() -> None:
    """Envoy warms a changed cluster until it is sent its endpoints, though they are as before."""
    mesh = _clusters("a", "b")
    for name in "ab":
        mesh.set(EDS, name, endpoints(name, 1))
    mesh.publish()
    stream = Delta(mesh)
    stream.ask(CDS)
    stream.ask(EDS, "a", "b")
    mesh.set(CDS, "a", eds_cluster("a", "2"))
    mesh.publish()
    assert stream.take() == [("cds", ["a"], []), ("eds", ["a"], [])]


# -- virtual hosts ----------------------------------------------------------------------------------------------------


def test_virtual_hosts_follow_their_route() -> None:
    """Hosts come after their route configuration, unasked, and only those of routes that were asked for."""
    stream = Delta(_routes())
    stream.request(RDS, subscribe=["80"])
    (routes,) = stream.messages()
    stream.request(VHDS)
    assert said([routes]) == [("rds", ["80"], [])]
    assert stream.take() == [("vhds", ["80/a", "80/b"], [])]
    assert stream.ask(RDS, "90") == [("rds", ["90"], []), ("vhds", ["90/a", "90/b"], [])]


def test_an_edit_of_a_host_is_one_host() -> None:
    """Neither its route configuration nor its neighbours are sent."""
    stream = Delta(_routes())
    stream.ask(RDS, "80")
    stream.ask(VHDS)
    for route in ("80", "90"):
        stream.mesh.set(VHDS, f"{route}/a", host(f"{route}/a", "a.example", "2"))
    stream.mesh.publish()
    assert stream.take() == [("vhds", ["80/a"], [])]


def test_a_domain_moves_in_one_response() -> None:
    """The host that loses it and the host that gets it travel together: apart, Envoy would refuse."""
    stream = Delta(_routes())
    stream.ask(RDS, "80")
    stream.ask(VHDS)
    stream.mesh.remove(VHDS, "80/a")
    stream.mesh.set(VHDS, "80/c", host("80/c", "a.example", "x"))
    stream.mesh.publish()
    assert stream.take() == [("vhds", ["80/c"], ["80/a"])]


def test_hosts_of_a_route_that_comes_back_are_sent_again() -> None:
    """A client drops a route's hosts with the route, and those that come before it."""
    stream = Delta(_routes())
    stream.ask(RDS, "80")
    stream.ask(VHDS)
    stream.mesh.remove(RDS, "80")
    stream.mesh.publish()
    assert stream.take() == [("rds", [], ["80"]), ("vhds", [], ["80/a", "80/b"])]
    stream.mesh.set(RDS, "80", small_routes("80"))
    stream.mesh.publish()
    assert stream.take() == [("rds", ["80"], []), ("vhds", ["80/a", "80/b"], [])]


def test_a_reconnect_lists_hosts_before_or_after_its_routes() -> None:
    """In either order of the two requests a client that holds all is sent nothing; one that lacks a host, that host."""
    mesh = _routes()
    routes = {"80": mesh.version(RDS, "80")}
    hosts = {name: mesh.version(VHDS, name) for name in ("80/a", "80/b")}
    for order in ((RDS, VHDS), (VHDS, RDS)):
        for held, expected in (
            (hosts, []),
            ({"80/a": hosts["80/a"], "80/gone": "x"}, [("vhds", ["80/b"], ["80/gone"])]),
        ):
            stream = Delta(mesh)
            for type_ in order:
                names, versions = (["80"], routes) if type_ is RDS else ([], held)
                stream.request(type_, subscribe=names, initial_versions=versions)
            assert stream.take() == expected


def test_others_get_whole_tables() -> None:
    """Metadata turns virtual hosts one by one off; then routes are whole tables, and nobody is sent hosts unasked."""
    mesh = _routes()
    mesh.set(TABLE, "80", small_routes("80", "x-whole"))
    mesh.publish()
    stream = Delta(mesh, node(GALLEY_VHDS="false"))
    assert stream.ask(TABLE, "80") == [("rds-table", ["80"], [])]
    assert stream.ask(VHDS) == []
    assert stream.ask(VHDS, "80/a") == [("vhds", ["80/a"], [])]


def test_a_host_can_be_asked_for_by_name() -> None:
    """On-demand discovery subscribes to `ROUTE/HOST`; what there is not is answered as removed."""
    assert Delta(_routes()).ask(VHDS, "90/a", "90/none") == [("vhds", ["90/a"], ["90/none"])]
