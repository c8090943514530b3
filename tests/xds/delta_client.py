"""A client of the delta variant as a pure machine: it behaves as Envoy 1.40 was seen to (docs/xds.md).

It asks for clusters and listeners, and for what they lead to; it applies or refuses whole responses; it warms a changed
cluster until its endpoints come or are refused, and keeps back its answers about clusters until then; it drops virtual
hosts that come before their route configuration, and forgets the hosts of a route configuration whose last listener
goes. A resource whose body holds `BAD` is refused, and two hosts of a route configuration with one domain are.

`live` is what it runs; `books` is what it says it holds when it comes back, which is wrong for what is `doubtful`: what
it lost (hosts with their listener or route, endpoints of a cluster that went on without them) and that was on its way
again when it was cut off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from envoy.service.discovery.v3 import discovery_pb2

from proxy.encoded import Encoded, encoded
from proxy.resource_type import ResourceType
from proxy.xds.delta import DeltaRequest
from proxy.xds.leads import endpoints_of, routes_of
from proxy.xds.subscription import route_of
from tests.xds.samples import domains_of

CDS, EDS, LDS = ResourceType.CLUSTER, ResourceType.ENDPOINT, ResourceType.LISTENER
RDS, VHDS = ResourceType.ROUTE, ResourceType.VIRTUAL_HOST
_TYPES = {type_.type_url: type_ for type_ in (CDS, EDS, LDS, RDS, VHDS)}


class DeltaClient:
    """Requests out (`outbox`, by type), responses in."""

    def __init__(self, words: Callable[[list[str]], str] = lambda _: "refused", *, partial: bool = False) -> None:
        """Refuse with these words, made of the names at fault; `partial`: apply the good clusters all the same."""
        self.words = words
        self.partial = partial
        self.live: dict[ResourceType, dict[str, bytes]] = {type_: {} for type_ in (CDS, EDS, LDS, RDS, VHDS)}
        self.books: dict[ResourceType, dict[str, str]] = {type_: {} for type_ in self.live}
        self.wanted: dict[ResourceType, set[str]] = {EDS: set(), RDS: set()}
        self.asked: set[ResourceType] = set()
        self.warming: set[str] = set()
        self.withheld: list[DeltaRequest] = []
        self.lost: set[str] = set()
        self.doubtful: set[str] = set()
        self.nacks = 0
        self.received = 0
        self.outbox: dict[ResourceType, deque[DeltaRequest]] = {}
        self.connect()

    def connect(self) -> None:
        """Open a new stream: ask for everything anew, and say what is held."""
        self.outbox = {type_: deque() for type_ in self.live}
        self.asked = set()
        self.withheld.clear()
        self.warming.clear()  # its fetch timeout lets it go on with the endpoints that it had
        led = self._led()
        self.doubtful |= {name for name in self.lost if not route_of(name) or route_of(name) in led}
        for type_ in (CDS, LDS):
            self._ask(type_, versions=self.books[type_])
        for type_ in (EDS, RDS):
            if self.wanted[type_]:
                held = {name: version for name, version in self.books[type_].items() if name in self.wanted[type_]}
                self._ask(type_, subscribe=sorted(self.wanted[type_]), versions=held)
        if self.live[RDS] or self.books[VHDS]:
            self._ask(VHDS, versions=self.books[VHDS])

    def _ask(
        self,
        type_: ResourceType,
        subscribe: list[str] | None = None,
        unsubscribe: list[str] | None = None,
        versions: dict[str, str] | None = None,
    ) -> None:
        first = type_ not in self.asked
        self.asked.add(type_)
        self.outbox[type_].append(
            DeltaRequest(
                type=type_,
                subscribe=subscribe or [],
                unsubscribe=unsubscribe or [],
                initial_versions=dict(versions or {}) if first else None,
            )
        )

    def take(self, data: bytes) -> None:
        """Take a response."""
        response = discovery_pb2.DeltaDiscoveryResponse.FromString(data)
        type_ = _TYPES[response.type_url]
        names = [item.name for item in response.resources]
        assert len(set(names)) == len(names), "a name twice in a response"
        assert not set(names) & set(response.removed_resources), "a name both sent and removed"
        bad = [item.name for item in response.resources if b"BAD" in item.resource.value]
        conflict = self._conflicts(response) if type_ is VHDS else None
        self.received += len(names)
        if bad or conflict:
            self.nacks += 1
            if type_ is EDS:
                self._go_without(names)
            elif type_ is VHDS:
                self.doubtful |= self.lost.intersection(names)
            if self.partial and type_ is CDS:
                good = [
                    encoded(CDS, item.name, item.resource.value) for item in response.resources if item.name not in bad
                ]
                self._apply(CDS, good, list(response.removed_resources))
            error = self.words(bad) if bad else conflict
            request = DeltaRequest(type=type_, nonce=response.nonce, error=error)
        else:
            items = [encoded(type_, item.name, item.resource.value) for item in response.resources]
            for item, sent in zip(items, response.resources, strict=True):
                assert item.version == sent.version
            self._apply(type_, items, list(response.removed_resources))
            request = DeltaRequest(type=type_, nonce=response.nonce)
        self.withheld.append(request) if type_ is CDS else self.outbox[type_].append(request)
        if not self.warming:
            self.outbox[CDS].extend(self.withheld)
            self.withheld.clear()

    def _go_without(self, names: list[str]) -> None:
        """A warming cluster whose endpoints are refused goes on without any."""
        for name in self.warming.intersection(names):
            if self.live[EDS].pop(name, None) is not None:
                self.lost.add(name)
        self.warming.difference_update(names)

    def _conflicts(self, response: discovery_pb2.DeltaDiscoveryResponse) -> str | None:
        """Return Envoy's words where two virtual hosts of a route configuration would have one domain."""
        after = {name: body for name, body in self.live[VHDS].items() if name not in response.removed_resources}
        after.update({item.name: item.resource.value for item in response.resources})
        seen = set()
        for name, body in after.items():
            for domain in domains_of(body):
                if (route_of(name), domain) in seen:
                    where = f"domain {domain} in route {route_of(name)}"
                    return f"Only unique values for domains are permitted. Duplicate entry of {where}"
                seen.add((route_of(name), domain))
        return None

    def _apply(self, type_: ResourceType, items: list[Encoded], removed: list[str]) -> None:
        books = self.books[type_]
        for name in removed:
            books.pop(name, None)
        books.update({item.name: item.version for item in items})
        {CDS: self._clusters, EDS: self._endpoints, LDS: self._listeners, RDS: self._routes, VHDS: self._hosts}[type_](
            items, removed
        )

    def _clusters(self, items: list[Encoded], removed: list[str]) -> None:
        gone = {name for name in removed if name in self.wanted[EDS]}
        for name in removed:
            self.live[CDS].pop(name, None)
            self.warming.discard(name)
        new = set()
        for item in items:
            if self.live[CDS].get(item.name) == item.body:
                continue
            self.live[CDS][item.name] = item.body
            asks = endpoints_of(item)
            if asks is not None:
                self.warming.add(item.name)
                if asks not in self.wanted[EDS]:
                    new.add(asks)
        self.wanted[EDS] = (self.wanted[EDS] | new) - gone
        for name in gone:
            self.books[EDS].pop(name, None)
            self.live[EDS].pop(name, None)
        for name in new:
            self.books[EDS].pop(name, None)
        if new or gone:
            self._ask(EDS, subscribe=sorted(new), unsubscribe=sorted(gone))

    def _endpoints(self, items: list[Encoded], removed: list[str]) -> None:
        for item in items:
            self.lost.discard(item.name)
            self.doubtful.discard(item.name)
            if item.name in self.wanted[EDS]:
                self.live[EDS][item.name] = item.body
        for name in removed:
            self.live[EDS].pop(name, None)
        self.warming -= {item.name for item in items} | set(removed)

    def _listeners(self, items: list[Encoded], removed: list[str]) -> None:
        for name in removed:
            self.live[LDS].pop(name, None)
        self.live[LDS].update({item.name: item.body for item in items})
        led = self._led()
        for host in [host for host in self.live[VHDS] if route_of(host) not in led]:
            del self.live[VHDS][host]
            self.lost.add(host)
        new = led - self.wanted[RDS]
        self.wanted[RDS] |= new
        if new:
            self._ask(RDS, subscribe=sorted(new))

    def _led(self) -> frozenset[str]:
        return frozenset().union(*(routes_of(encoded(LDS, name, body)) for name, body in self.live[LDS].items()))

    def _routes(self, items: list[Encoded], removed: list[str]) -> None:
        for name in removed:
            self.live[RDS].pop(name, None)
            for host in [host for host in self.live[VHDS] if route_of(host) == name]:
                del self.live[VHDS][host]
                self.lost.add(host)
        self.live[RDS].update({item.name: item.body for item in items})
        if items and VHDS not in self.asked:
            self._ask(VHDS, versions=self.books[VHDS])

    def _hosts(self, items: list[Encoded], removed: list[str]) -> None:
        for name in removed:
            self.live[VHDS].pop(name, None)
        for item in items:
            self.lost.discard(item.name)
            self.doubtful.discard(item.name)
            if route_of(item.name) in self.live[RDS]:
                self.live[VHDS][item.name] = item.body
            else:
                self.lost.add(item.name)
