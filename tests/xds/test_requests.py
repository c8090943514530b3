"""Requests off the wire: what a client may make the server keep or do is bounded."""

from __future__ import annotations

import grpc
import pytest
from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import discovery_pb2
from google.rpc import status_pb2

from proxy.node import node_of
from proxy.resource_type import ResourceType
from proxy.xds.protocol_fault import ProtocolFault
from proxy.xds.requests import LONGEST_NAME, LONGEST_REASON, MOST_ADDRESSES, read_delta, read_node, read_sotw
from proxy.xds.subscription import MOST_NAMES
from tests.xds.mesh import Mesh
from tests.xds.served import serving
from tests.xds.talk import SIDECAR
from tests.xds.wire import wire

EDS = ResourceType.ENDPOINT
NODE = node_of("x", {})


def _node(**metadata: object) -> bytes:
    node = base_pb2.Node(id=SIDECAR.format("a"))
    node.metadata.update(metadata)
    data: bytes = discovery_pb2.DeltaDiscoveryRequest(node=node).SerializeToString()
    return data


@pytest.mark.parametrize(
    "request_",
    [
        _node(ANNOTATIONS={"big": "x" * (1 << 20)}),
        _node(INSTANCE_IPS=",".join(f"10.0.{at >> 8}.{at & 255}" for at in range(MOST_ADDRESSES + 1))),
        discovery_pb2.DeltaDiscoveryRequest(node=base_pb2.Node(id="x" * (LONGEST_NAME + 1))).SerializeToString(),
    ],
)
def test_a_node_is_bounded(request_: bytes) -> None:
    """Its metadata, its addresses and its id: each costs everybody who is served."""
    with pytest.raises(ProtocolFault, match="is the most"):
        read_node(request_, delta=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"resource_names_subscribe": [str(at) for at in range(MOST_NAMES + 1)]},
        {"resource_names_subscribe": ["x" * (LONGEST_NAME + 1)]},
        {"initial_resource_versions": {str(at): "v" for at in range(MOST_NAMES + 1)}},
    ],
)
def test_a_delta_request_is_bounded(fields: dict[str, object]) -> None:
    """A million names in one request would hold up everybody for seconds."""
    message = discovery_pb2.DeltaDiscoveryRequest(type_url=EDS.type_url, **fields)
    with pytest.raises(ProtocolFault, match="is the most"):
        read_delta(message.SerializeToString(), NODE, None)


def test_a_request_for_the_state_of_the_world_is_bounded() -> None:
    """In the same way."""
    message = discovery_pb2.DiscoveryRequest(type_url=EDS.type_url, resource_names=["x"] * (MOST_NAMES + 1))
    with pytest.raises(ProtocolFault, match="is the most"):
        read_sotw(message.SerializeToString(), None)


def test_the_words_of_a_refusal_are_cut() -> None:
    """They are kept, logged and shown, so megabytes of them are not taken."""
    detail = status_pb2.Status(message="x" * (LONGEST_REASON + 1))
    message = discovery_pb2.DeltaDiscoveryRequest(type_url=EDS.type_url, error_detail=detail)
    request = read_delta(message.SerializeToString(), NODE, None)
    assert request is not None
    assert request.error == "x" * LONGEST_REASON


async def test_a_subscription_does_not_grow_for_ever() -> None:
    """Small requests add up: beyond the limit the stream ends as invalid, and others are served."""
    mesh = Mesh()
    mesh.publish()
    half = MOST_NAMES // 2 + 1
    async with serving(mesh) as (_, port):
        async with wire(port) as client:
            await client.ask(EDS, *(str(at) for at in range(half)))
            await client.send(EDS, resource_names_subscribe=[str(at) for at in range(half, 2 * half)])
            assert await client.code() is grpc.StatusCode.INVALID_ARGUMENT
        async with wire(port, name="another") as client:
            assert await client.ask(EDS, "one") == []
