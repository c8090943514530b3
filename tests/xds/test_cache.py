"""The cache follows the graph: what changed costs the tables that hold it, and a fault stays where it is."""

from __future__ import annotations

import pytest

from proxy.resource_type import ResourceType
from proxy.xds.catalogue import NotServable
from tests.xds.mesh import Mesh
from tests.xds.talk import SIDECAR, Delta, node

CDS, SDS = ResourceType.CLUSTER, ResourceType.SECRET


def _mesh(*names: str) -> Mesh:
    mesh = Mesh()
    for name in names:
        mesh.set(SDS, name, "1")
    mesh.publish()
    return mesh


def test_scopes_see_what_is_theirs() -> None:
    """A resource of one scope's list reaches the streams of that scope alone."""
    mesh = _mesh("all")
    mesh.set(SDS, "mine", "1", scope="shop")
    mesh.publish()
    there = Delta(mesh, node("a"))
    assert there.ask(SDS, "*") == [("sds", ["all"], [])]
    mesh.see(SIDECAR.format("b"), "shop")
    assert Delta(mesh, node("b")).ask(SDS, "*") == [("sds", ["mine"], [])]


def test_a_node_that_moves_to_another_scope_is_sent_the_difference() -> None:
    """What both scopes have alike is not sent again; a refusal is remembered across the move."""
    mesh = _mesh("both", "old")
    for name, scope in (("both", "shop"), ("new", "shop")):
        mesh.set(SDS, name, "1", scope=scope)
    mesh.publish()
    stream = Delta(mesh)
    assert stream.ask(SDS, "*") == [("sds", ["both", "old"], [])]
    mesh.see(stream.session.node.id, "shop")
    mesh.publish()
    assert stream.take() == [("sds", ["new"], ["old"])]
    mesh.set(SDS, "new", "2", scope="shop")
    mesh.publish()
    assert stream.take() == [("sds", ["new"], [])]


def test_a_rule_that_fails_keeps_its_last_value() -> None:
    """The fault is reported, the last good resource stays, and every other resource flows."""
    mesh = _mesh("a", "b")
    stream = Delta(mesh)
    stream.ask(SDS, "*")
    mesh.set(SDS, "a", b"BROKEN")
    mesh.set(SDS, "b", "2")
    mesh.publish()
    assert stream.take() == [("sds", ["b"], [])]
    assert len(mesh.discovery.cache.failures()) == 1
    assert Delta(mesh).ask(SDS, "*") == [("sds", ["a", "b"], [])]
    mesh.set(SDS, "a", "3")
    mesh.publish()
    assert mesh.discovery.cache.failures() == []
    assert stream.take() == [("sds", ["a"], [])]


def test_a_resource_that_fails_from_the_start_is_absent() -> None:
    """The stream that asks first gets all others."""
    mesh = _mesh("a")
    mesh.set(SDS, "bad", b"BROKEN")
    mesh.publish()
    stream = Delta(mesh)
    assert stream.ask(SDS, "*") == [("sds", ["a"], [])]
    mesh.set(SDS, "bad", "1")
    mesh.publish()
    assert stream.take() == [("sds", ["bad"], [])]


def test_tables_outlive_a_storm_and_not_much_more() -> None:
    """What nobody watches is kept until the second trim, and then the graph is free of it."""
    mesh = _mesh("a")
    stream = Delta(mesh)
    stream.ask(SDS, "*")
    stream.close()
    cache = mesh.discovery.cache
    cache.trim()
    assert cache.size() == 1
    Delta(mesh).ask(SDS, "*")
    cache.trim()
    cache.trim()
    assert cache.size() == 1
    other = Delta(mesh)
    other.ask(CDS)
    other.close()
    cache.trim()
    cache.trim()
    assert cache.size() == 1


def test_everything_is_given_back() -> None:
    """When the last stream has gone and the tables are trimmed, the graph keeps no result for us."""
    mesh = _mesh("a", "b")
    streams = [Delta(mesh, node(name)) for name in "xyz"]
    for stream in streams:
        stream.ask(SDS, "*")
    for stream in streams:
        stream.close()
    mesh.discovery.cache.trim()
    mesh.discovery.cache.trim()
    mesh.graph.settle()
    assert mesh.graph.size() == 0


def test_what_cannot_be_made_is_not_taken_away() -> None:
    """A client that holds a resource which our rule fails on keeps it, and so does one that asks for it by name."""
    mesh = _mesh("a")
    good = mesh.version(SDS, "a")
    mesh.set(SDS, "a", b"BROKEN")
    mesh.publish()
    assert Delta(mesh).ask(SDS, "*", initial_versions={"a": good, "gone": "x"}) == [("sds", [], ["gone"])]
    named = Delta(mesh)
    assert named.ask(SDS, "a", initial_versions={"a": good}) == []
    mesh.set(SDS, "a", "2")
    mesh.publish()
    assert named.take() == [("sds", ["a"], [])]


def test_a_scope_that_cannot_be_told_is_not_an_empty_one() -> None:
    """A failing list ends the stream, rather than take everything from its client; a stream that is there goes on."""
    mesh = _mesh("a")
    stream = Delta(mesh)
    stream.ask(SDS, "*")
    mesh.see(stream.session.node.id, "BROKEN LIST")
    mesh.set(SDS, "a", "2")
    mesh.publish()
    assert stream.take() == [("sds", ["a"], [])]
    with pytest.raises(NotServable):
        Delta(mesh, stream.session.node).ask(SDS)
    mesh.see(SIDECAR.format("b"), "BROKEN SCOPE")
    with pytest.raises(NotServable):
        Delta(mesh, node("b"))
    mesh.see(SIDECAR.format("b"), None)
    assert Delta(mesh, node("b")).ask(SDS, "*") == [("sds", ["a"], [])]
