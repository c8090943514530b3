"""Whatever is edited, refused, delayed or cut off: when all is quiet, a state-of-the-world client has what there is."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.encoded import Encoded
from proxy.resource_type import ResourceType
from proxy.xds.refusal import Refusal
from proxy.xds.sotw import SotwSession
from tests.xds.sotw_client import CDS, EDS, LDS, RDS, SotwClient
from tests.xds.world import NODE, World, script_of

TYPES = [CDS, EDS, LDS, RDS]
WORDS: list[Callable[[list[str]], str]] = [
    lambda _: "refused",
    lambda names: f"Error adding/updating: {', '.join(names)}: no",
    lambda _: "c0 l0: misleading",
]


class SotwWorld(World):
    """A state-of-the-world stream and its client."""

    session: SotwSession

    def __init__(self, words: Callable[[list[str]], str]) -> None:
        """Connect a client that refuses in these words."""
        self.client = SotwClient(words)
        super().__init__()

    def connect(self) -> None:
        """Open a stream."""
        self.session = self.mesh.discovery.open_sotw(NODE, lambda: None, 0.0)

    def stuck(self) -> bool:
        """Let the client go on without endpoints that are not there: this variant cannot say that they are not."""
        warming: set[str] = self.client.warming
        refused = {name for type_, name, _ in self.session.refusals() if type_ is EDS}
        assert warming.isdisjoint(set(self.mesh.names(EDS)) - refused)
        self.client.time_out()
        return bool(self.client.outbox[CDS])

    def check(self) -> None:
        """Hold the client to what the server has, but for what it refuses for a reason."""
        refused = {(type_, name): refusal for type_, name, refusal in self.session.refusals()}
        keeps = any(type_ in {LDS, RDS} for type_, _ in refused)
        for type_ in TYPES:
            table = self.session.tables(type_).resources
            for name in {*table, *self.client.live[type_]}:
                item = table.get(name)
                untold = item is None and (keeps or not type_.is_full_state)
                if not untold and (type_.is_full_state or name in self.client.wanted[type_]):
                    self._check(type_, name, item, refused.get((type_, name)))
        assert not self.session.has_flights()

    def _check(self, type_: ResourceType, name: str, item: Encoded | None, refusal: Refusal | None) -> None:
        runs = self.client.live[type_].get(name)
        if refusal is None:
            assert runs == (item.body if item else None), (type_, name)
            return
        assert item is not None
        assert b"BAD" in item.body, ("refused for nothing", type_, name)
        if isinstance(refusal.last, Encoded):
            assert runs == refusal.last.body, ("not the last good one", type_, name)


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.sampled_from(WORDS))
def test_client_ends_with_what_the_server_has(seed: int, words: Callable[[list[str]], str]) -> None:
    """After any edits, in any order of delivery, with refusals and reconnects, the client runs the server's set."""
    SotwWorld(words).play(script_of(seed, TYPES))
