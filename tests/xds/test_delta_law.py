"""Whatever is edited, refused, delayed or cut off: once all is quiet, the client runs exactly what the server has."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.encoded import Encoded
from proxy.node import node_of
from proxy.resource_type import ResourceType
from proxy.xds.delta import DeltaSession
from proxy.xds.subscription import route_of
from tests.xds.delta_client import CDS, EDS, LDS, RDS, VHDS, DeltaClient
from tests.xds.mesh import Mesh
from tests.xds.samples import domains_of, eds_cluster, endpoints, host, http_listener, small_routes

NODE = node_of("sidecar~10.0.0.1~a.default~default.svc.cluster.local", {})
MARKS = ["1", "2", "BAD1", "BAD2"]
CLUSTERS, LISTENERS, ROUTES = ["c0", "c1", "c2"], ["l0", "l1"], ["80", "90"]
HOSTS = ["80/a", "80/b", "90/a", "90/b"]

Edit = tuple[ResourceType, str, str | None, str]

edits: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(st.just(CDS), st.sampled_from(CLUSTERS), st.none() | st.sampled_from(MARKS), st.just("")),
    st.tuples(st.just(EDS), st.sampled_from(CLUSTERS), st.none() | st.sampled_from(MARKS), st.just("")),
    st.tuples(st.just(LDS), st.sampled_from(LISTENERS), st.none() | st.sampled_from(MARKS), st.sampled_from(ROUTES)),
    st.tuples(st.just(RDS), st.sampled_from(ROUTES), st.none() | st.sampled_from(MARKS), st.just("")),
    st.tuples(st.just(VHDS), st.sampled_from(HOSTS), st.none() | st.sampled_from(MARKS), st.sampled_from("xyz")),
)
actions = st.one_of(
    st.tuples(st.just("edit"), st.lists(edits, min_size=1, max_size=6)),
    st.tuples(st.just("send"), st.integers(1, 4)),
    st.tuples(st.just("answer"), st.sampled_from([CDS, EDS, LDS, RDS, VHDS])),
    st.tuples(st.just("reconnect"), st.none()),
    st.tuples(st.just("quiet"), st.none()),
)
words = st.sampled_from(
    [
        lambda _: "refused",
        lambda names: f"Error adding/updating: {', '.join(names)}: no",
        lambda names: f"{names[0]}: no",
        lambda _: "c0 l0 80/a: misleading",
    ]
)


class World:
    """A mesh, one stream and one client, and the bytes between them."""

    def __init__(self, client: DeltaClient) -> None:
        """Connect to an empty mesh."""
        self.mesh = Mesh()
        self.mesh.publish()
        self.client = client
        self.session: DeltaSession = self.mesh.discovery.open_delta(NODE, lambda: None, 0.0)
        self.wire: list[bytes] = []

    def edit(self, changes: list[Edit]) -> None:
        """Publish the edits as one revision."""
        for type_, name, mark, more in changes:
            if mark is None:
                if name in self.mesh.names(type_):
                    self.mesh.remove(type_, name)
                continue
            self.mesh.set(type_, name, _message(type_, name, mark, more))
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
        self.session = self.mesh.discovery.open_delta(NODE, lambda: None, 0.0)
        self.client.connect()

    def settle(self) -> None:
        """Let everything arrive."""
        for turn in count():
            assert turn < 2000, "it never ends"
            moved = self.send(4)
            for type_ in self.client.outbox:
                while self.answer(type_):
                    moved = True
            if not moved:
                return


def _message(type_: ResourceType, name: str, mark: str, more: str) -> object:
    if type_ is CDS:
        return eds_cluster(name, mark)
    if type_ is EDS:
        return endpoints(name, 80, mark)
    if type_ is LDS:
        return http_listener(name, more, mark)
    if type_ is RDS:
        return small_routes(name, mark)
    return host(name, more, mark)


def check(world: World) -> None:
    """Hold the client to what the server has, but for what it refuses for a reason."""
    client, session = world.client, world.session
    refused = {(type_, name): refusal for type_, name, refusal in session.refusals()}
    led = _led(client)
    keeps = any(type_ in {LDS, RDS, VHDS} for type_, _ in refused)
    for type_ in (CDS, EDS, LDS, RDS, VHDS):
        watch = session.watch(type_)
        table = session.tables(type_).resources
        for name in {*table, *client.live[type_]}:
            if not _sees(client, type_, name, led):
                continue
            item: Encoded | None = table.get(name)
            if item is None and keeps and type_ in {CDS, EDS}:
                continue
            refusal = refused.get((type_, name))
            if refusal is None:
                assert client.live[type_].get(name) == (item.body if item else None), (type_, name)
                continue
            assert item is not None
            assert refusal.version == item.version
            assert b"BAD" in item.body or _clashes(client, type_, item), ("refused for nothing", type_, name)
            if isinstance(refusal.last, Encoded) and _keeps(client, type_, name):
                assert client.live[type_].get(name) == refusal.last.body
        assert watch is None or not watch.flights
    assert not client.warming
    waits = session.oldest() is not None
    assert not waits or refused or CDS not in client.asked or LDS not in client.asked or session.born is not None


def _keeps(client: DeltaClient, type_: ResourceType, name: str) -> bool:
    """Whether a refusing client must run the last good version: not if it lost it, or applied part of a refused message."""
    return name in client.live[VHDS] if type_ is VHDS else type_ is not CDS or not client.partial


def _led(client: DeltaClient) -> set[str]:
    from proxy.encoded import encoded  # noqa: PLC0415
    from proxy.xds.leads import routes_of  # noqa: PLC0415

    return {route for name, body in client.live[LDS].items() for route in routes_of(encoded(LDS, name, body))}


def _sees(client: DeltaClient, type_: ResourceType, name: str, led: set[str]) -> bool:
    if type_ in {EDS, VHDS} and name in client.doubtful:
        return False
    if type_ is VHDS:
        return route_of(name) in client.live[RDS] and route_of(name) in led
    return type_ not in {EDS, RDS} or name in client.wanted[type_]


def _clashes(client: DeltaClient, type_: ResourceType, item: Encoded) -> bool:
    if type_ is not VHDS:
        return False
    return any(
        name != item.name and route_of(name) == route_of(item.name) and domains_of(body) == domains_of(item.body)
        for name, body in client.live[VHDS].items()
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(actions, max_size=40), words, st.booleans())
def test_client_ends_with_what_the_server_has(
    script: list[tuple[str, object]], say: Callable[[list[str]], str], partial: bool
) -> None:
    """After any edits, in any order of delivery, with refusals and reconnects, the client runs the server's set."""
    world = World(DeltaClient(say, partial=partial))
    for action, argument in script:
        match action, argument:
            case "edit", list(changes):
                world.edit(changes)
            case "send", int(most):
                world.send(most)
            case "answer", ResourceType() as type_:
                world.answer(type_)
            case "reconnect", _:
                world.reconnect()
            case _:
                world.settle()
                check(world)
    world.settle()
    check(world)
