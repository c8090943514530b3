"""Where a revision is live is told from what each client holds, and costs what a change touches."""

from __future__ import annotations

from pipeline.model.delivery import DeliveryState
from proxy.resource_type import ResourceType
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, host, http_listener, small_routes
from tests.xds.talk import SIDECAR, Delta, Sotw, node

CDS, LDS, RDS, TABLE, VHDS = (
    ResourceType.CLUSTER,
    ResourceType.LISTENER,
    ResourceType.ROUTE,
    ResourceType.ROUTE_TABLE,
    ResourceType.VIRTUAL_HOST,
)


def _mesh() -> Mesh:
    mesh = Mesh()
    mesh.set(CDS, "web", eds_cluster("web"))
    mesh.set(LDS, "front", http_listener("front", "80"))
    mesh.set(RDS, "80", small_routes("80"))
    mesh.set(VHDS, "80/a", host("80/a", "a.example", "one"))
    mesh.publish()
    return mesh


def _connected(mesh: Mesh, name: str) -> Delta:
    """A stream that has asked for everything, and has it."""
    stream = Delta(mesh, node(name))
    stream.ask(CDS)
    stream.ask(LDS)
    stream.ask(RDS, "80")
    stream.ask(VHDS)
    return stream


def _edit(mesh: Mesh, text: str) -> int:
    mesh.set(VHDS, "80/a", host("80/a", "a.example", text))
    return mesh.publish()


def test_a_proxy_lacks_everything_until_it_has_asked_for_everything() -> None:
    """A client asks for one type after the other; having its clusters is not being live."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = Delta(mesh)
    for type_, names in ((CDS, ()), (LDS, ()), (RDS, ("80",))):
        stream.ask(type_, *names)
        assert (ledger.live(1).applied, ledger.live(1).of) == (0, 1)
    stream.ask(VHDS)
    assert (ledger.live(1).applied, ledger.live(1).of) == (1, 1)


def test_a_client_that_wants_less_is_live_once_it_has_been_quiet() -> None:
    """Whoever asks for clusters only has them, and a second later is taken at its word."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = Delta(mesh)
    stream.ask(CDS)
    ledger.tick(1.5)
    assert ledger.live(1).applied == 0
    ledger.tick(2.5)
    assert ledger.live(1).applied == 1


def test_live_means_acknowledged() -> None:
    """A revision is pending where something of it is on its way, and applied when it is accepted."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    streams = [_connected(mesh, name) for name in "abc"]
    revision = _edit(mesh, "two")
    assert ledger.live(revision).pending == tuple(SIDECAR.format(name) for name in "abc")
    assert ledger.waiting(revision) == 3
    streams[0].take()
    messages = streams[1].messages()
    assert (ledger.live(revision).applied, ledger.live(revision).of) == (1, 3)
    streams[1].request(VHDS, nonce=messages[0].nonce)
    assert ledger.live(revision).pending == (SIDECAR.format("c"),)
    assert ledger.live(revision - 1).applied == 3
    assert ledger.live(revision + 1).applied == 0


def test_a_change_that_a_proxy_does_not_see_is_live_there_at_once() -> None:
    """What touches nobody is live everywhere; so is a list that changed into the same list."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    _connected(mesh, "a")
    mesh.set(CDS, "elsewhere", eds_cluster("elsewhere"), scope="shop")
    revision = mesh.publish()
    assert ledger.live(revision).applied == 1
    assert ledger.waiting(revision) == 0


def test_what_was_replaced_counts_once_its_replacement_is_accepted() -> None:
    """A slow proxy that skipped a revision has it with the next."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = _connected(mesh, "a")
    first, second = _edit(mesh, "two"), _edit(mesh, "three")
    assert ledger.live(first).applied == 0
    stream.take()
    assert ledger.live(first).applied == ledger.live(second).applied == 1


def test_an_answer_to_an_older_message_settles_the_older_revision() -> None:
    """With two messages on their way, the first answer is the first revision's."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = _connected(mesh, "a")
    first = _edit(mesh, "two")
    (early,) = stream.messages()
    second = _edit(mesh, "three")
    stream.messages()
    stream.request(VHDS, nonce=early.nonce)
    assert (ledger.live(first).applied, ledger.live(second).applied) == (1, 0)


def test_a_change_that_was_undone_before_it_was_sent_is_live() -> None:
    """There is nothing to send, and the ledger hears of it without an answer."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = _connected(mesh, "a")
    _edit(mesh, "two")
    revision = _edit(mesh, "one")
    assert ledger.live(revision).applied == 0
    assert stream.take() == []
    assert ledger.live(revision).applied == 1


def test_a_refusal_is_told_with_its_words_and_what_is_served_instead() -> None:
    """The proxy is neither applied nor pending; the older revision stays live; the next version ends it."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = _connected(mesh, "a")
    good = mesh.version(VHDS, "80/a")
    revision = _edit(mesh, "BAD")
    (message,) = stream.messages()
    stream.nack(message, "I will not")
    found = ledger.live(revision)
    assert (found.applied, found.of, found.pending) == (0, 1, ())
    (refusal,) = found.refused
    assert (refusal.subscriber, refusal.type_url, refusal.name) == (SIDECAR.format("a"), VHDS.type_url, "80/a")
    assert (refusal.version, refusal.state, refusal.reason) == (
        mesh.version(VHDS, "80/a"),
        DeliveryState.NACKED,
        "I will not",
    )
    assert ledger.live(revision - 1).applied == 1
    assert list(ledger.history) == [(revision, refusal)]
    (sent,) = ledger.sent(SIDECAR.format("a"), VHDS)
    assert (sent.state, sent.reason) == (DeliveryState.NACKED, "I will not")
    assert sent.held is not None
    assert sent.held.version == good
    assert ledger.proxies()[0].state == "refusing"
    revision = _edit(mesh, "better")
    stream.take()
    assert ledger.live(revision).applied == 1
    assert ledger.live(revision).refused == ()


def test_proxies_are_synced_stale_or_gone() -> None:
    """A proxy that lacks something says from when; one that disconnected is kept apart, until it comes back."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = _connected(mesh, "a")
    (state,) = ledger.proxies()
    assert (state.connected, state.state, state.revision, state.mode) == (True, "synced", 1, "delta")
    _edit(mesh, "two")
    (state,) = ledger.proxies()
    assert (state.state, state.revision, state.pending) == ("stale", 1, 1)
    stream.close()
    (state,) = ledger.proxies()
    assert (state.connected, state.state, state.since) == (False, "stale", 2.0)
    assert ledger.proxy(state.node.id) == state
    assert ledger.live(2).of == 0
    assert ledger.waiting(2) == 0
    _connected(mesh, "a")
    (state,) = ledger.proxies()
    assert (state.connected, state.state) == (True, "synced")
    assert ledger.proxy(state.node.id) == state
    assert ledger.proxy("nobody") is None


def test_the_streams_of_a_node_are_one_proxy() -> None:
    """A client with a stream for each type has a revision when all of its streams have it."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    clusters, listeners = Delta(mesh), Delta(mesh)
    clusters.ask(CDS)
    listeners.ask(LDS)
    ledger.tick(9.0)
    assert (ledger.live(1).applied, ledger.live(1).of) == (1, 1)
    mesh.set(CDS, "web", eds_cluster("web", "2"))
    revision = mesh.publish()
    listeners.take()
    assert ledger.live(revision).applied == 0
    clusters.take()
    assert ledger.live(revision).applied == 1


def test_what_a_proxy_was_sent() -> None:
    """Each resource with its version, and whether it is accepted or on its way."""
    mesh = _mesh()
    ledger = mesh.discovery.ledger
    stream = _connected(mesh, "a")
    mesh.set(CDS, "web", eds_cluster("web", "2"))
    mesh.publish()
    stream.messages()
    found = [(item.type, item.name, item.version, item.state) for item in ledger.sent(SIDECAR.format("a"))]
    assert found == [
        (CDS, "web", mesh.version(CDS, "web"), DeliveryState.SENT),
        (LDS, "front", mesh.version(LDS, "front"), DeliveryState.ACKED),
        (RDS, "80", mesh.version(RDS, "80"), DeliveryState.ACKED),
        (VHDS, "80/a", mesh.version(VHDS, "80/a"), DeliveryState.ACKED),
    ]
    assert ledger.sent("nobody") == []


def test_listeners_hear_of_what_changes_answers() -> None:
    """Whoever waits for a revision is called when it comes, when it is accepted, and when it is refused."""
    mesh = _mesh()
    stream = _connected(mesh, "a")
    calls: list[int] = []
    mesh.discovery.ledger.listeners[lambda: calls.append(1)] = None
    _edit(mesh, "two")
    assert calls
    (message,) = stream.messages()
    calls.clear()
    stream.request(VHDS, nonce=message.nonce)
    assert calls
    _edit(mesh, "BAD")
    (message,) = stream.messages()
    calls.clear()
    stream.nack(message)
    assert calls


def test_a_state_of_the_world_client_counts_as_well() -> None:
    """It is live when it has its listeners and its route tables."""
    mesh = _mesh()
    mesh.set(TABLE, "80", small_routes("80", "x-table"))
    mesh.publish()
    stream = Sotw(mesh)
    ledger = mesh.discovery.ledger
    for type_, names in ((CDS, ()), (LDS, ()), (TABLE, ("80",))):
        stream.request(type_, *names)
        for message in stream.messages():
            refused = stream.request(type_, *names, nonce=message.nonce, version=message.version)
            ledger.answered(stream.session, refused, 1.0)
    assert (ledger.live(2).applied, ledger.proxies()[0].mode) == (1, "sotw")
