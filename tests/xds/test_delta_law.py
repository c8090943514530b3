"""Whatever is edited, refused, delayed or cut off: when all is quiet, a delta client runs what the server has."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.encoded import Encoded, encoded
from proxy.resource_type import ResourceType
from proxy.xds.delta import DeltaSession
from proxy.xds.leads import routes_of
from proxy.xds.refusal import Refusal
from proxy.xds.subscription import route_of
from tests.xds.delta_client import CDS, EDS, LDS, RDS, VHDS, DeltaClient
from tests.xds.samples import domains_of
from tests.xds.world import NODE, Step, World, script_of

TYPES = [CDS, EDS, LDS, RDS, VHDS, VHDS]
WORDS: list[Callable[[list[str]], str]] = [
    lambda _: "refused",
    lambda names: f"Error adding/updating: {', '.join(names)}: no",
    lambda names: f"{names[0]}: no",
    lambda _: "c0 l0 80/a: misleading",
]


class DeltaWorld(World):
    """A delta stream and its client."""

    session: DeltaSession

    def __init__(self, words: Callable[[list[str]], str], *, partial: bool) -> None:
        """Connect a client that refuses in these words."""
        self.client = DeltaClient(words, partial=partial)
        super().__init__()

    def connect(self) -> None:
        """Open a stream."""
        self.session = self.mesh.discovery.open_delta(NODE, lambda: None, 0.0)

    def check(self) -> None:
        """Hold the client to what the server has, but for what it refuses for a reason."""
        refused = {(type_, name): refusal for type_, name, refusal in self.session.refusals()}
        keeps = any(type_ in {LDS, RDS, VHDS} for type_, _ in refused)
        for type_ in self.client.live:
            table = self.session.tables(type_).resources
            for name in {*table, *self.client.live[type_]}:
                item = table.get(name)
                kept = item is None and keeps and type_ in {CDS, EDS}
                if self._sees(type_, name) and not kept:
                    self._check(type_, name, item, refused.get((type_, name)))
        assert not self.session.has_flights()
        assert not self.client.warming
        lacks = self.session.oldest() is not None and self.session.born is None
        assert not lacks or refused

    def _check(self, type_: ResourceType, name: str, item: Encoded | None, refusal: Refusal | None) -> None:
        runs = self.client.live[type_].get(name)
        if refusal is None:
            assert runs == (item.body if item else None), (type_, name)
            return
        assert item is not None
        assert refusal.version == item.version
        assert b"BAD" in item.body or self._clashes(type_, item), ("refused for nothing", type_, name)
        if isinstance(refusal.last, Encoded) and self._keeps(type_, name):
            assert runs == refusal.last.body, ("not the last good one", type_, name)

    def _sees(self, type_: ResourceType, name: str) -> bool:
        """Whether the client should run the resource, if it is there."""
        if type_ in {EDS, VHDS} and name in self.client.doubtful:
            return False
        if type_ is VHDS:
            listeners = self.client.live[LDS].items()
            led = {route for name, body in listeners for route in routes_of(encoded(LDS, name, body))}
            return route_of(name) in self.client.live[RDS] and route_of(name) in led
        return type_ not in {EDS, RDS} or name in self.client.wanted[type_]

    def _keeps(self, type_: ResourceType, name: str) -> bool:
        """Whether a refusing client must run the last good one: not if it lost it, or applied part of a message."""
        return name in self.client.live[VHDS] if type_ is VHDS else type_ is not CDS or not self.client.partial

    def _clashes(self, type_: ResourceType, item: Encoded) -> bool:
        """Whether another virtual host of the route configuration, which the client runs, has the domain."""
        return type_ is VHDS and any(
            name != item.name and route_of(name) == route_of(item.name) and domains_of(body) == domains_of(item.body)
            for name, body in self.client.live[VHDS].items()
        )


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.sampled_from(WORDS), st.booleans())
def test_client_ends_with_what_the_server_has(
    seed: int,
    words: Callable[[list[str]], str],
    partial: bool,  # noqa: FBT001  drawn by hypothesis
) -> None:
    """After any edits, in any order of delivery, with refusals and reconnects, the client runs the server's set."""
    DeltaWorld(words, partial=partial).play(script_of(seed, TYPES))


HISTORIES: dict[str, list[Step]] = {
    "what a client applied of a message that it refused is put right": [
        ("edit", [(CDS, "c0", "2", "")]),
        ("answer", CDS),
        ("send", 3),
        ("edit", [(CDS, "c1", "BAD1", "")]),
        ("edit", [(CDS, "c0", "1", "")]),
        ("send", 4),
        ("edit", [(CDS, "c0", "BAD2", "")]),
        ("quiet", None),
        ("edit", [(CDS, "c0", "2", "")]),
    ],
    "a client that comes back and loses a route has not its hosts, whatever it says": [
        ("edit", [(RDS, "90", "2", "")]),
        ("edit", [(LDS, "l1", "1", "80")]),
        ("edit", [(VHDS, "80/b", "2", "y")]),
        ("edit", [(LDS, "l0", "2", "90")]),
        ("quiet", None),
        ("edit", [(RDS, "80", "1", "")]),
        ("send", 2),
        ("send", 2),
        ("reconnect", None),
        ("edit", [(RDS, "80", None, "")]),
        ("answer", RDS),
        ("quiet", None),
        ("edit", [(RDS, "80", "2", "")]),
    ],
    "a listener that moves away and back before the client says what hosts it has": [
        ("edit", [(VHDS, "90/a", "1", "y")]),
        ("edit", [(LDS, "l0", "2", "90")]),
        ("edit", [(RDS, "90", "1", "")]),
        ("quiet", None),
        ("reconnect", None),
        ("answer", LDS),
        ("edit", [(LDS, "l0", "1", "80")]),
        ("send", 4),
        ("edit", [(LDS, "l0", "1", "90")]),
    ],
}


@pytest.mark.parametrize("partial", [False, True], ids=["whole", "partial"])
@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_histories_that_only_long_searches_find(history: list[Step], partial: bool) -> None:  # noqa: FBT001  a parameter
    """Each of these once left a client with something else than the server has."""
    for words in WORDS:
        DeltaWorld(words, partial=partial).play(history)
