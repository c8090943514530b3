"""A mesh, one stream, one client, and the bytes between them; and random scripts to play there.

A script is a list of steps: `edit` (a list of edits, published as one revision), `send` (at most so many messages),
`answer` (the oldest request of a type reaches the server), `reconnect`, `quiet` (all arrives, and the law holds).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any, TypeAlias

from proxy.node import node_of
from proxy.resource_type import ResourceType
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, endpoints, host, http_listener, small_routes

NODE = node_of("sidecar~10.0.0.1~a.default~default.svc.cluster.local", {})
ROUTES = ["80", "90"]
NAMES = {
    ResourceType.CLUSTER: ["c0", "c1", "c2"],
    ResourceType.ENDPOINT: ["c0", "c1", "c2"],
    ResourceType.LISTENER: ["l0", "l1"],
    ResourceType.ROUTE: ROUTES,
    ResourceType.ROUTE_TABLE: ROUTES,
    ResourceType.VIRTUAL_HOST: ["80/a", "80/b", "90/a", "90/b"],
}
_PATIENCE = 2_000

Edit: TypeAlias = tuple[ResourceType, str, str | None, str]
"""Type, name, mark (None: remove), and what a listener leads to or a virtual host's domain."""
Step: TypeAlias = tuple[str, Any]


class World(ABC):
    """What both variants have in common."""

    def __init__(self) -> None:
        """Connect to an empty mesh."""
        self.mesh = Mesh()
        self.mesh.publish()
        self.wire: list[bytes] = []
        self.connect()

    client: Any
    session: Any

    @abstractmethod
    def connect(self) -> None:
        """Open a stream."""

    @abstractmethod
    def check(self) -> None:
        """Hold the client to the law."""

    def stuck(self) -> bool:
        """Return whether quiet is not the end: a client may lose patience."""
        return False

    def edit(self, changes: Sequence[Edit]) -> None:
        """Publish the edits as one revision."""
        for type_, name, mark, more in changes:
            if mark is not None:
                self.mesh.set(type_, name, _message(type_, name, mark, more))
            elif name in self.mesh.names(type_):
                self.mesh.remove(type_, name)
        self.mesh.publish()

    def send(self, most: int) -> bool:
        """Let the client have what was written, and write more."""
        for data in self.wire:
            self.client.take(data)
        moved = bool(self.wire)
        self.wire = []
        while len(self.wire) < most and (message := self.session.next()) is not None:
            self.wire.append(message.data)
        self.mesh.discovery.ledger.idle(self.session)
        return moved or bool(self.wire)

    def answer(self, type_: ResourceType) -> bool:
        """Let the server have the oldest request of a type."""
        box = self.client.outbox[type_]
        if not box:
            return False
        refused = self.session.receive(box.popleft())
        self.mesh.discovery.ledger.answered(self.session, refused, 0.0)
        return True

    def reconnect(self) -> None:
        """Lose what was on the wire, and start a new stream."""
        self.mesh.discovery.close(self.session, 0.0)
        self.wire = []
        self.connect()
        self.client.connect()

    def settle(self) -> None:
        """Let everything arrive."""
        for turn in count():
            assert turn < _PATIENCE, "it never ends"
            moved = self.send(4)
            for type_ in self.client.outbox:
                while self.answer(type_):
                    moved = True
            if not moved and not self.stuck():
                return

    def play(self, script: Sequence[Step]) -> None:
        """Play a script to its quiet end."""
        for action, argument in (*script, ("quiet", None)):
            match action:
                case "edit":
                    self.edit(argument)
                case "send":
                    self.send(argument)
                case "answer":
                    self.answer(argument)
                case "reconnect":
                    self.reconnect()
                case _:
                    self.settle()
                    self.check()


def script_of(seed: int, types: Sequence[ResourceType]) -> list[Step]:
    """Return a random script over these types, short or long, with or without bad resources and reconnects."""
    random = Random(seed)
    bad, cut = random.choice([0.0, 0.1, 0.5]), random.choice([0.0, 0.02, 0.1])
    return [_step(random, types, bad, cut) for _ in range(random.choice([10, 40, 150]))]


def _step(random: Random, types: Sequence[ResourceType], bad: float, cut: float) -> Step:
    pick = random.random()
    if pick < cut:
        return "reconnect", None
    if pick < 0.35:
        return "edit", [_edit(random, types, bad) for _ in range(random.randint(1, 6))]
    if pick < 0.6:
        return "send", random.randint(1, 4)
    if pick < 0.93:
        return "answer", random.choice(types)
    return "quiet", None


def _edit(random: Random, types: Sequence[ResourceType], bad: float) -> Edit:
    type_ = random.choice(types)
    mark = random.choice(["BAD1", "BAD2"] if random.random() < bad else ["1", "2"])
    gone = random.random() < 0.3
    more = random.choice("xyz") if type_ is ResourceType.VIRTUAL_HOST else random.choice(ROUTES)
    return type_, random.choice(NAMES[type_]), None if gone else mark, more


def _message(type_: ResourceType, name: str, mark: str, more: str) -> object:
    match type_:
        case ResourceType.CLUSTER:
            return eds_cluster(name, mark)
        case ResourceType.ENDPOINT:
            return endpoints(name, 80, mark)
        case ResourceType.LISTENER:
            return http_listener(name, more, mark)
        case ResourceType.VIRTUAL_HOST:
            return host(name, more, mark)
        case _:
            return small_routes(name, mark)
