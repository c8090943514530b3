"""An encoded resource's frames are what protobuf itself would have written."""

from __future__ import annotations

from envoy.config.route.v3 import route_components_pb2, route_pb2
from envoy.service.discovery.v3 import discovery_pb2
from hypothesis import given
from hypothesis import strategies as st

from proxy.encoded import encoded, named, table_entry
from proxy.resource_type import ResourceType
from proxy.wire import varint


@given(st.text(), st.binary(max_size=300))
def test_resource_frame_is_a_resource_of_a_delta_response(name: str, body: bytes) -> None:
    """The delta frame parses to one Resource with the name, the version and the message in an Any."""
    item = encoded(ResourceType.CLUSTER, name, body)
    response = discovery_pb2.DeltaDiscoveryResponse.FromString(item.resource_frame())
    (resource,) = response.resources
    assert (resource.name, resource.version) == (name, item.version)
    assert resource.resource.type_url == "type.googleapis.com/envoy.config.cluster.v3.Cluster"
    assert resource.resource.value == body


@given(st.binary(max_size=300))
def test_any_frame_is_a_resource_of_a_state_of_the_world_response(body: bytes) -> None:
    """The state-of-the-world frame parses to one Any with the message."""
    item = encoded(ResourceType.ROUTE_TABLE, "80", body)
    (resource,) = discovery_pb2.DiscoveryResponse.FromString(item.any_opening() + item.body).resources
    assert resource.type_url == ResourceType.ROUTE.type_url
    assert resource.value == body


def test_version_is_the_bodys_digest() -> None:
    """Equal bodies have equal versions, and others do not; equality of resources needs no look at the body."""
    one, same = encoded(ResourceType.ROUTE, "80", b"x"), encoded(ResourceType.ROUTE, "80", b"x")
    assert one == same
    assert one != encoded(ResourceType.ROUTE, "80", b"y")
    assert one != encoded(ResourceType.ROUTE_TABLE, "80", b"x")


def test_one_body_serves_alone_and_in_a_table() -> None:
    """A virtual host's body without a name is encoded once, and named once for VHDS and once for a table."""
    host = route_components_pb2.VirtualHost(domains=["a.example"], routes=[{"match": {"prefix": "/"}}])
    body = host.SerializeToString(deterministic=True)
    alone = route_components_pb2.VirtualHost.FromString(named("80/a.example", body))
    assert alone.name == "80/a.example"
    assert alone.domains == host.domains
    entry = route_components_pb2.VirtualHost.FromString(named("a.example:80", body))
    table = route_pb2.RouteConfiguration.FromString(named("80", table_entry("a.example:80", body)))
    assert table == route_pb2.RouteConfiguration(name="80", virtual_hosts=[entry])


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_varint_reads_back(number: int) -> None:
    """A varint holds seven bits a byte, lowest first."""
    encoded_number = varint(number)
    assert sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(encoded_number)) == number
    assert all(byte & 0x80 for byte in encoded_number[:-1])
    assert not encoded_number[-1] & 0x80


def test_types_are_in_the_order_of_make_before_break() -> None:
    """Clusters come first, then what they need, then what names them."""
    order = list(ResourceType)
    for earlier, later in [
        ("CLUSTER", "ENDPOINT"),
        ("ENDPOINT", "LISTENER"),
        ("LISTENER", "ROUTE"),
        ("ROUTE", "VIRTUAL_HOST"),
    ]:
        assert order.index(ResourceType[earlier]) < order.index(ResourceType[later])
