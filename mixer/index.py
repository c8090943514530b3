"""The index: which service a host is, which workload an address is, which services a workload serves. Pure state.

Fed with what changed between two snapshots, it equals one that is fed the second from nothing. Asking costs a look into
a dictionary, and for a workload's services, the selectors of its namespace; `version` tells whoever keeps an answer
when to ask again.
"""

from collections.abc import Mapping

from mixer.contribution import ANY_PORT, POINTER, Contribution, Placed, Selecting, Service, contribution
from mixer.owned import Owned, Owner
from mixer.workload import Workload
from pipeline.model.key import Key
from pipeline.model.resource import Resource

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


class Index:
    """Services and workloads of one revision."""

    def __init__(self) -> None:
        self.version = 0
        self._contributions: dict[Key, Contribution] = {}
        self._services: Owned[str, Service] = Owned()
        self._places: Owned[tuple[str, int], Placed] = Owned()
        self._addresses: Owned[str, Placed] = Owned()
        self._names: Owned[tuple[str, str], Workload] = Owned()
        self._backends: Owned[tuple[str, int], Service] = Owned()
        self._selectors: Owned[str, Selecting] = Owned()

    def apply(self, changes: Mapping[Key, Resource | None]) -> None:
        """Takes in what changed: the new object, or None where it is gone."""
        changed = False
        for key, resource in changes.items():
            old = self._contributions.pop(key, None)
            new = contribution(resource) if resource is not None else None
            if old is not None:
                self._take(key, old)
            if new is not None:
                self._contributions[key] = new
                self._put(key, new)
            changed = changed or old != new
        self.version += changed

    def service(self, host: str, namespace: str) -> Service | None:
        """The service that a host is to a client of a namespace: one of its own namespace before another's."""
        found = self._services.get(host)
        return next((service for service in found if service.namespace == namespace), found[0] if found else None)

    def named(self, namespace: str, name: str) -> Workload | None:
        """The workload of a pod or WorkloadEntry of that name."""
        found = self._names.get((namespace, name))
        return found[0] if found else None

    def at(self, ip: str, port: int, service: Service | None = None) -> Workload | None:
        """The workload that listens at an address; None where nothing, or more than one thing, is known to.

        Where several share the address, those that `service` selects are looked at first.
        """
        rank, exact = self._places.rank((ip, port)), self._places.get((ip, port))
        if exact and rank != POINTER:
            return exact[0].workload
        found = self._addresses.best(ip)
        chosen = _only(self._selected(found, service) if service else ()) or _only(found)
        return chosen or (exact[0].workload if exact else None)

    def from_address(self, ip: str) -> Workload | None:
        """The workload that connects from an address, whatever its port; None where several do.

        Whoever comes over a machine's loopback comes from that one address: it names nobody.
        """
        return None if ip in _LOOPBACK else _only(self._addresses.best(ip))

    def served(self, ip: str, port: int) -> tuple[Service, ...]:
        """The services that a workload's port is an endpoint of."""
        found = dict.fromkeys(self._backends.get((ip, port)))
        for placed in (*self._places.get((ip, port)), *self._places.get((ip, ANY_PORT))):
            for selecting in self._selectors.get(placed.workload.namespace):
                if selecting.labels <= placed.labels and (selecting.ports is None or port in selecting.ports):
                    found[selecting.service] = None
        return tuple(sorted(found))

    def _selected(self, places: tuple[Placed, ...], service: Service) -> tuple[Placed, ...]:
        wanted = [entry.labels for entry in self._selectors.get(service.namespace) if entry.service == service]
        return tuple(
            placed
            for placed in places
            if placed.workload.namespace == service.namespace and any(labels <= placed.labels for labels in wanted)
        )

    def _put(self, key: Key, added: Contribution) -> None:
        owner: Owner = (added.rank, *key)
        for host, services in added.services.items():
            self._services.add(host, owner, services)
        for place, placed in added.places.items():
            self._places.add(place, owner, placed)
        for ip, everything in _by_ip(added).items():
            self._addresses.add(ip, owner, everything)
        for name, workloads in added.names.items():
            self._names.add(name, owner, workloads)
        for place, backends in added.backends.items():
            self._backends.add(place, owner, backends)
        for namespace, selectors in added.selectors.items():
            self._selectors.add(namespace, owner, selectors)

    def _take(self, key: Key, gone: Contribution) -> None:
        owner: Owner = (gone.rank, *key)
        for host in gone.services:
            self._services.remove(host, owner)
        for place in gone.places:
            self._places.remove(place, owner)
        for ip in _by_ip(gone):
            self._addresses.remove(ip, owner)
        for name in gone.names:
            self._names.remove(name, owner)
        for place in gone.backends:
            self._backends.remove(place, owner)
        for namespace in gone.selectors:
            self._selectors.remove(namespace, owner)


def _by_ip(added: Contribution) -> dict[str, tuple[Placed, ...]]:
    found: dict[str, tuple[Placed, ...]] = {}
    for (ip, _), placed in added.places.items():
        found[ip] = tuple(dict.fromkeys((*found.get(ip, ()), *placed)))
    return found


def _only(places: tuple[Placed, ...]) -> Workload | None:
    """The one workload that all of the best-ranked places are; None where they differ."""
    found = {placed.workload for placed in places}
    return found.pop() if len(found) == 1 else None
