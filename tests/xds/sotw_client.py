"""A client of the state-of-the-world variant as a pure machine: Envoy's behaviour, with whole route tables.

It refuses whole responses with a body that holds `BAD`, warms a changed cluster until its endpoints come or are
refused, and keeps back its answers about clusters until then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from envoy.service.discovery.v3 import discovery_pb2

from proxy.encoded import encoded
from proxy.resource_type import ResourceType
from proxy.xds.leads import endpoints_of, routes_of
from proxy.xds.sotw import SotwRequest
from tests.xds.samples import name_of

CDS, EDS, LDS, RDS = ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER, ResourceType.ROUTE_TABLE
_TYPES = {type_.type_url: type_ for type_ in (CDS, EDS, LDS, RDS)}


class SotwClient:
    """Requests out (`outbox`, by type), responses in."""

    def __init__(self, words: Callable[[list[str]], str] = lambda _: "refused") -> None:
        """Refuse with these words, made of the names that are at fault."""
        self.words = words
        self.live: dict[ResourceType, dict[str, bytes]] = {type_: {} for type_ in (CDS, EDS, LDS, RDS)}
        self.wanted: dict[ResourceType, set[str]] = {type_: set() for type_ in self.live}
        self.version = dict.fromkeys(self.live, "")
        self.nonce: dict[ResourceType, str] = {}
        self.warming: set[str] = set()
        self.withheld: list[SotwRequest] = []
        self.nacks = 0
        self.received = 0
        self.outbox: dict[ResourceType, deque[SotwRequest]] = {}
        self.connect()

    def connect(self) -> None:
        """Open a new stream."""
        self.outbox = {type_: deque() for type_ in self.live}
        self.nonce = dict.fromkeys(self.live, "")
        self.withheld.clear()
        self.warming.clear()  # its fetch timeout lets it go on with the endpoints that it had
        for type_ in self.live:
            if type_.is_full_state or self.wanted[type_]:
                self.outbox[type_].append(self._request(type_))

    def _request(self, type_: ResourceType, error: str | None = None) -> SotwRequest:
        return SotwRequest(
            type=type_,
            names=sorted(self.wanted[type_]),
            version=self.version[type_],
            nonce=self.nonce[type_],
            error=error,
        )

    def take(self, data: bytes) -> None:
        """Take a response."""
        response = discovery_pb2.DiscoveryResponse.FromString(data)
        type_ = _TYPES[response.type_url]
        items = {name_of(type_, item.value): item.value for item in response.resources}
        assert len(items) == len(response.resources), "a name twice in a response"
        self.received += len(items)
        self.nonce[type_] = response.nonce
        bad = [name for name, body in items.items() if b"BAD" in body]
        led: dict[ResourceType, set[str]] = {}
        if bad:
            self.nacks += 1
            if type_ is EDS:
                self._go_without(list(items))
        else:
            self.version[type_] = response.version_info
            led = self._apply(type_, items)
        request = self._request(type_, self.words(bad) if bad else None)
        if type_ is CDS:
            self.withheld.append(request)
        else:
            self.outbox[type_].append(request)
        for other, names in led.items():
            if names != self.wanted[other]:
                self.wanted[other] = names
                self.outbox[other].append(self._request(other))
        self._say_withheld()

    def time_out(self) -> None:
        """Go on without the endpoints that did not come."""
        self.warming.clear()
        self._say_withheld()

    def _say_withheld(self) -> None:
        if not self.warming and self.withheld:
            self.outbox[CDS].append(self.withheld[-1])
            self.withheld.clear()

    def _apply(self, type_: ResourceType, items: dict[str, bytes]) -> dict[ResourceType, set[str]]:
        """Apply a response; return what it leads to."""
        if type_ is CDS:
            changed = {name for name, body in items.items() if self.live[CDS].get(name) != body}
            self.live[CDS] = items
            self.warming = (self.warming | changed) & set(items)
            led = {name for name, body in items.items() if endpoints_of(encoded(CDS, name, body))}
            self.live[EDS] = {name: body for name, body in self.live[EDS].items() if name in led}
            return {EDS: led}
        if type_ is LDS:
            self.live[LDS] = items
            return {RDS: set().union(*(routes_of(encoded(LDS, name, body)) for name, body in items.items()))}
        self.live[type_].update({name: body for name, body in items.items() if name in self.wanted[type_]})
        if type_ is EDS:
            self.warming -= set(items)
        return {}

    def _go_without(self, names: list[str]) -> None:
        for name in self.warming.intersection(names):
            self.live[EDS].pop(name, None)
        self.warming.difference_update(names)
