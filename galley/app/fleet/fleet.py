"""`Fleet`: who has what, over all xDS servers of a mesh, answered as one ledger would. Pure; time is a function.

Theory of operation. Our own proxies are asked of the ledger; the others' are what their servers last reported. A proxy
that two servers report has moved: where it came last counts, and where it is here, here counts, since our own ledger is
never late. A server that has been silent for half a minute counts as gone. Its proxies are somewhere else by now, or
gone with it, or still hold what it gave them, if it is cut off from us alone: `lost` has those that nobody has. While
the reports cannot be read, `unknown` says so, and nothing is live everywhere.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from galley.app.fleet.others import NOBODY, delivery, others
from pipeline.model.key import Key
from proxy.xds.ledger import Live

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from galley.app.fleet.others import Others, Placed
    from galley.app.fleet.report import PartReport, RefusalReport, ServerReport
    from pipeline.model.delivery import Delivery
    from pipeline.model.resource import Resource
    from proxy.xds.ledger import Ledger

SILENT: Final = 30.0
"""Seconds after which a server that reports nothing counts as gone."""

FORGOTTEN: Final = 3_600.0
"""Seconds after which a server that is gone is shown no more."""

_LATE: Final = 60.0
"""Seconds by which a report may be older than one before it, and counts for nothing; by more, a clock was set."""

_MOST_LIVES: Final = 8
"""Lives of one server that are remembered, to tell servers of one name from one that is started anew."""

NOT_READ_YET: Final = "what the mesh's other servers have is not known yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStanding:
    """Another server: its report, and for how many seconds it has been silent."""

    report: ServerReport
    silent: float

    @property
    def gone(self) -> bool:
        """Whether it counts as gone."""
        return self.silent > SILENT


def _nothing(_node: str, _type: str, _name: str) -> Sequence[Resource]:
    return ()


class Fleet:
    """Used on the server's loop. `listeners` are called without arguments whenever an answer may have changed."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        ledger: Ledger | None = None,
        made_of: Callable[[str, str, str], Sequence[Resource]] = _nothing,
        name: str = "",
        instance: str = "",
        shared: bool = False,
    ) -> None:
        """Count the ledger's proxies, and those of the servers that are heard of (`shared`: there may be some).

        `name` is ours among them, and `instance` stands for this life of ours; `clock` gives seconds; `made_of` what a
        resource of our own proxies was made of.
        """
        self.listeners: dict[Callable[[], None], None] = {}
        self.name = name
        self.instance = instance
        self.ledger = ledger
        self._clock = clock
        self._made_of = made_of
        self._shared = shared
        self._unread = NOT_READ_YET if shared else ""
        self._twin: tuple[str, float] | None = None
        self._lives: dict[str, tuple[str, ...]] = {}
        self._reports: dict[str, tuple[ServerReport, float]] = {}
        self._changes = 0
        self._merged: tuple[object, Others] = (None, NOBODY)
        if ledger is not None:
            ledger.listeners[self._tell] = None

    # -- being told ---------------------------------------------------------------------------------------------------

    def hear(self, server: str, report: ServerReport | None, age: float = 0.0) -> None:
        """Take a server's report that is so many seconds old; None: it has ended as it should."""
        if server == self.name and self.ledger is not None:
            if report is not None and report.instance != self.instance and not age:
                self._twin = (server, self._clock())
            return
        if report is not None and self._is_twin(server, report.instance):
            self._twin = (server, self._clock() - age)
        known = self._reports.get(server)
        if report is not None and known is not None and 0 < known[0].at - report.at < _LATE:
            return  # words that were on their way for long
        if report is None:
            self._reports.pop(server, None)
        else:
            self._reports[server] = (report, self._clock() - age)
            oldest = self._clock() - FORGOTTEN
            self._reports = {name: kept for name, kept in self._reports.items() if kept[1] >= oldest}
            self._lives = {name: lives for name, lives in self._lives.items() if name in self._reports}
        self._changes += 1
        self._tell()

    def read(self, unknown: str = "") -> None:
        """Take note that all reports have been read, or why they cannot be."""
        if unknown != self._unread:
            self._unread = unknown
            self._tell()

    def _is_twin(self, server: str, instance: str) -> bool:
        """Note which life of a server speaks; tell whether it has spoken before another one did: they live at once."""
        lives = self._lives.get(server, ())
        self._lives[server] = (*(one for one in lives if one != instance), instance)[-_MOST_LIVES:]
        return instance in lives[:-1]

    def _tell(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    # -- being asked --------------------------------------------------------------------------------------------------

    @property
    def unknown(self) -> str:
        """Why the other servers' proxies are not all counted, in words; empty while they are."""
        if self._twin is not None and self._clock() - self._twin[1] <= SILENT:
            return f"more than one server is called {self._twin[0]}: give each its own xds.name"
        return self._unread

    @property
    def shared(self) -> bool:
        """Whether the mesh may have other servers."""
        return self._shared

    @property
    def counts(self) -> bool:
        """Whether proxies are counted here at all."""
        return self.ledger is not None or self._shared

    def waiting(self, revision: int) -> int:
        """Return how many streams or proxies lack something of a revision or an older one; cheap."""
        here = self.ledger.waiting(revision) if self.ledger is not None else 0
        return here + bisect_left(self._others().reached, revision)

    def live(self, revision: int) -> Live:
        """Return on how many of the connected proxies a revision is live."""
        here, there = self._here(revision), self._others()
        if not there.live:
            return here
        pending = [one.proxy.node for one in there.placed if one.proxy.revision < revision]
        unlisted = bisect_left(there.reached, revision) - len(pending)
        refused = [delivery(one) for one in there.refused if one.revision <= revision]
        return Live(
            revision=revision,
            applied=here.applied + len(there.live) - bisect_left(there.live, revision),
            of=here.of + len(there.live),
            pending=(*sorted((*here.pending, *pending)), *["one of another server's many"] * unlisted),
            refused=(*here.refused, *refused),
        )

    def refused(self) -> tuple[Delivery, ...]:
        """Return what is refused now, by anybody."""
        here = self._here(self.ledger.revision).refused if self.ledger is not None else ()
        return (*here, *(delivery(one) for one in self._others().refused))

    def elsewhere(self) -> list[Placed]:
        """Return the listed proxies of the other servers, by node id: those that are connected, and then the others."""
        found = self._others()
        return [*found.placed, *found.gone]

    def refusals(self) -> dict[str, list[RefusalReport]]:
        """Return what proxies of the other servers refuse, by node id."""
        found: dict[str, list[RefusalReport]] = {}
        for one in self._others().refused:
            found.setdefault(one.node, []).append(one)
        return found

    def which(self, wanted: Callable[[str, Collection[tuple[str, str]]], bool]) -> frozenset[str]:
        """Return the connected proxies whose namespace and labels are wanted; of other servers, gateways alone."""
        here = [state.node for state in (self.ledger.proxies() if self.ledger is not None else ()) if state.connected]
        there = [one.proxy for one in self._others().placed]
        return frozenset(
            (
                *(node.id for node in here if wanted(node.namespace, node.labels)),
                *(one.node for one in there if wanted(one.namespace, one.labels.items())),
            )
        )

    def blame(self, node: str, type_url: str, resource: str) -> list[str]:
        """Return `FILE:LINE Kind ns/name` of each object that a node's resource was made of."""
        if self._knows(node):
            return [f"{part.origin} {part.key}" for part in self._made_of(node, type_url, resource)]
        return [f"{part.origin} {_key(part)}" for part in self._told_of(node, type_url, resource)]

    def made_of(self, node: str, type_url: str, resource: str) -> list[Key]:
        """Return the objects that a node's resource was made of; at another server, one that is refused."""
        if self._knows(node):
            return [part.key for part in self._made_of(node, type_url, resource)]
        return [_key(part) for part in self._told_of(node, type_url, resource)]

    def servers(self) -> list[ServerStanding]:
        """Return the other servers, by name; those that are gone too, for a while."""
        now = self._clock()
        found = [
            ServerStanding(report=report, silent=max(0.0, now - heard))
            for _, (report, heard) in sorted(self._reports.items())
        ]
        return [one for one in found if one.silent <= FORGOTTEN]

    def lost(self) -> dict[str, int]:
        """Return how many proxies the servers that are gone had and nobody reports since, by server."""
        known = {one.proxy.node for one in self._others().placed}
        known.update(self.ledger.connected() if self.ledger is not None else ())
        found: dict[str, int] = {}
        for one in (server.report for server in self.servers() if server.gone):
            left = one.of - sum(proxy.connected and proxy.node in known for proxy in one.proxies)
            if left > 0:
                found[one.server] = left
        return found

    # -- inside -------------------------------------------------------------------------------------------------------

    def _here(self, revision: int) -> Live:
        if self.ledger is None:
            return Live(revision=revision, applied=0, of=0, pending=(), refused=())
        return self.ledger.live(revision)

    def _knows(self, node: str) -> bool:
        return self.ledger is not None and self.ledger.proxy(node) is not None

    def _told_of(self, node: str, type_url: str, resource: str) -> Iterator[PartReport]:
        for one in self._others().refused:
            if (one.node, one.type, one.name) == (node, type_url, resource):
                yield from one.objects

    def _others(self) -> Others:
        """Return what the others' reports come to; it is put together again only where something has changed."""
        if not self._reports:
            return NOBODY
        limit = self._clock() - SILENT
        present = {server: report for server, (report, heard) in self._reports.items() if heard >= limit}
        known = (self._changes, self.ledger.comings if self.ledger is not None else 0, tuple(present))
        if self._merged[0] != known:
            here = self.ledger.connected() if self.ledger is not None else ()
            self._merged = (known, others(tuple(present.values()), here))
        return self._merged[1]


def _key(part: PartReport) -> Key:
    return Key(part.kind, part.namespace, part.name)
