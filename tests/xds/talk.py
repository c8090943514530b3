"""Short ways to talk to a session in a test: requests by keyword, messages as protobuf reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from envoy.service.discovery.v3 import discovery_pb2

from proxy.node import Node, node_of
from proxy.resource_type import ResourceType
from proxy.xds.delta import DeltaRequest, DeltaSession
from proxy.xds.message import Message
from proxy.xds.refusal import Refused
from proxy.xds.sotw import SotwRequest, SotwSession
from tests.xds.mesh import Mesh

SIDECAR = "sidecar~10.0.0.1~{}.default~default.svc.cluster.local"
Said = tuple[str, list[str], list[str]]
"""A message: its type's word, the names that it carries, and the names that it removes."""


def node(name: str = "a", **metadata: str) -> Node:
    """Return a sidecar of namespace `default`."""
    return node_of(SIDECAR.format(name), metadata)


class Delta:
    """A delta stream of a mesh."""

    def __init__(self, mesh: Mesh, who: Node | None = None) -> None:
        """Open it."""
        self.mesh = mesh
        self.session: DeltaSession = mesh.discovery.open_delta(who or node(), lambda: None, 0.0)

    def ask(self, type_: ResourceType, *subscribe: str, **more: Any) -> list[Said]:  # noqa: ANN401  a request's fields
        """Send a request, ACK what it brings, and return that."""
        self.request(type_, subscribe=subscribe, **more)
        return self.take()

    def request(self, type_: ResourceType, **fields: Any) -> tuple[Refused, ...]:  # noqa: ANN401  likewise
        """Send a request."""
        refused = self.session.receive(DeltaRequest(type=type_, **fields))
        self.mesh.discovery.ledger.answered(self.session, refused, 1.0)
        return refused

    def messages(self) -> list[Message]:
        """Return what the server has to say, unanswered."""
        return _drain(self.session)

    def take(self) -> list[Said]:
        """Return what the server has to say, and ACK all of it, until it has nothing to say."""
        found: list[Said] = []
        while messages := self.messages():
            found.extend(said(messages))
            for message in messages:
                self.request(message.type, nonce=message.nonce)
        self.mesh.discovery.ledger.idle(self.session)
        return found

    def nack(self, message: Message, reason: str = "refused") -> tuple[Refused, ...]:
        """Refuse a message."""
        return self.request(message.type, nonce=message.nonce, error=reason)

    def close(self) -> None:
        """Close the stream."""
        self.mesh.discovery.close(self.session, 2.0)


class Sotw:
    """A state-of-the-world stream of a mesh."""

    def __init__(self, mesh: Mesh, who: Node | None = None) -> None:
        """Open it."""
        self.session: SotwSession = mesh.discovery.open_sotw(who or node(), lambda: None, 0.0)

    def request(self, type_: ResourceType, *names: str, **fields: Any) -> tuple[Refused, ...]:  # noqa: ANN401  likewise
        """Send a request."""
        return self.session.receive(SotwRequest(type=type_, names=names, **fields))

    def messages(self) -> list[Message]:
        """Return what the server has to say, unanswered."""
        return _drain(self.session)


def _drain(session: DeltaSession | SotwSession) -> list[Message]:
    found = []
    while (message := session.next()) is not None:
        found.append(message)
    return found


def said(messages: Sequence[Message]) -> list[Said]:
    """Return what delta messages say."""
    found = []
    for message in messages:
        response = discovery_pb2.DeltaDiscoveryResponse.FromString(message.data)
        assert response.nonce == message.nonce
        assert response.type_url == message.type.type_url
        found.append((message.type.word, [item.name for item in response.resources], list(response.removed_resources)))
    return found


def bodies(message: Message) -> list[bytes]:
    """Return the bodies that a state-of-the-world message carries."""
    response = discovery_pb2.DiscoveryResponse.FromString(message.data)
    assert (response.nonce, response.type_url) == (message.nonce, message.type.type_url)
    return [item.value for item in response.resources]
