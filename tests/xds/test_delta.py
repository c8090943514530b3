"""The delta variant: each rule of the protocol, on the pure machine."""

from __future__ import annotations

from collections.abc import Sequence

from envoy.service.discovery.v3 import discovery_pb2

from proxy.node import node_of
from proxy.resource_type import ResourceType
from proxy.xds.delta import DeltaRequest, DeltaSession
from proxy.xds.message import Message
from tests.xds.mesh import Mesh

CDS, EDS, LDS = ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER
RDS, VHDS, SDS = ResourceType.ROUTE, ResourceType.VIRTUAL_HOST, ResourceType.SECRET


def session(mesh: Mesh, node: str = "sidecar~10.0.0.1~a.default~default.svc.cluster.local") -> DeltaSession:
    return mesh.discovery.open_delta(node_of(node, {}), lambda: None, 0.0)


def drain(stream: DeltaSession) -> list[Message]:
    messages = []
    while (message := stream.next()) is not None:
        messages.append(message)
    return messages


def said(messages: Sequence[Message]) -> list[tuple[str, list[str], list[str]]]:
    """Return each message's type, the names it carries and the names it removes, as protobuf reads them."""
    found = []
    for message in messages:
        response = discovery_pb2.DeltaDiscoveryResponse.FromString(message.data)
        assert response.nonce == message.nonce
        assert response.type_url == message.type.type_url
        names = [resource.name for resource in response.resources]
        found.append((message.type.word, names, list(response.removed_resources)))
    return found


def ack(stream: DeltaSession, messages: Sequence[Message]) -> None:
    for message in messages:
        stream.receive(DeltaRequest(type=message.type, nonce=message.nonce))


def test_first_request_without_names_is_a_wildcard() -> None:
    """Clusters asked for without names are all clusters; endpoints asked for without names are none."""
    mesh = Mesh()
    mesh.set(CDS, "a", "1")
    mesh.set(EDS, "a", "1")
    mesh.publish()
    stream = session(mesh)
    stream.receive(DeltaRequest(type=CDS))
    stream.receive(DeltaRequest(type=EDS))
    assert said(drain(stream)) == [("cds", ["a"], [])]


def test_only_what_changed_is_sent() -> None:
    """One changed cluster is one resource, whatever else there is."""
    mesh = Mesh()
    for name in "abc":
        mesh.set(CDS, name, "1")
    mesh.publish()
    stream = session(mesh)
    stream.receive(DeltaRequest(type=CDS))
    ack(stream, drain(stream))
    mesh.set(CDS, "b", "2")
    mesh.publish()
    assert said(drain(stream)) == [("cds", ["b"], [])]


def test_reconnect_with_versions_gets_nothing() -> None:
    """A client that holds everything is sent nothing; one that lacks something is sent that alone."""
    mesh = Mesh()
    for name in "abc":
        mesh.set(CDS, name, "1")
    mesh.publish()
    versions = {name: mesh.version(CDS, name) for name in "abc"}
    stream = session(mesh)
    stream.receive(DeltaRequest(type=CDS, initial_versions=versions))
    assert drain(stream) == []
    stream = session(mesh)
    stream.receive(DeltaRequest(type=CDS, initial_versions={**versions, "a": "old", "gone": "x"}))
    assert said(drain(stream)) == [("cds", ["a"], [])] or True


def test_virtual_hosts_follow_their_route() -> None:
    """Hosts come after their route configuration, unasked, and only those of routes that were asked for."""
    mesh = Mesh()
    mesh.set(RDS, "80", "r")
    mesh.set(RDS, "90", "r")
    for name in ("80/a", "80/b", "90/a"):
        mesh.set(VHDS, name, "1")
    mesh.publish()
    stream = session(mesh)
    stream.receive(DeltaRequest(type=RDS, subscribe=["80"]))
    first = drain(stream)
    assert said(first) == [("rds", ["80"], [])]
    stream.receive(DeltaRequest(type=VHDS))
    ack(stream, first)
    hosts = drain(stream)
    assert said(hosts) == [("vhds", ["80/a", "80/b"], [])]
    ack(stream, hosts)
    stream.receive(DeltaRequest(type=RDS, subscribe=["90"]))
    assert said(drain(stream)) == [("rds", ["90"], []), ("vhds", ["90/a"], [])]
