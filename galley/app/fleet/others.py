"""`Others`: what the reports of several servers come to, each proxy once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.model.delivery import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from galley.app.fleet.report import ProxyReport, RefusalReport, ServerReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A proxy, and the server that it is, or lately was, connected to."""

    server: str
    proxy: ProxyReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Connected proxies that are listed, and those that lately were; what the former refuse, by node.

    `reached` and `live` have an entry for each connected proxy, listed or not, in order: the last revision of which it
    lacks nothing, and the last that is live there.
    """

    placed: tuple[Placed, ...] = ()
    gone: tuple[Placed, ...] = ()
    refused: tuple[RefusalReport, ...] = ()
    reached: tuple[int, ...] = ()
    live: tuple[int, ...] = ()


NOBODY: Final = Others()


def others(reports: Sequence[ServerReport], here: Container[str]) -> Others:
    """Put reports together: each proxy where it came last, and those that are `here` not at all."""
    placed = _latest(reports, here, connected=True)
    gone = _latest(reports, placed, connected=False)
    rest = [group for report in reports for group in report.rest]
    reached = [one.proxy.revision for one in placed.values()]
    live = [one.proxy.live for one in placed.values()]
    for group in rest:
        reached += [group.revision] * group.count
        live += [min(group.revision, group.refuses - 1) if group.refuses else group.revision] * group.count
    return Others(
        placed=tuple(placed[node] for node in sorted(placed)),
        gone=tuple(gone[node] for node in sorted(gone)),
        refused=tuple(
            one
            for report in reports
            for one in report.refused
            if one.node not in here and (one.node not in placed or placed[one.node].server == report.server)
        ),
        reached=tuple(sorted(reached)),
        live=tuple(sorted(live)),
    )


def delivery(report: RefusalReport) -> Delivery:
    """Return a refusal as the ledger tells it."""
    return Delivery(
        subscriber=report.node,
        type_url=report.type,
        name=report.name,
        version=report.version,
        state=DeliveryState.NACKED,
        reason=report.reason,
    )


def _latest(reports: Iterable[ServerReport], apart: Container[str], *, connected: bool) -> dict[str, Placed]:
    found: dict[str, Placed] = {}
    for report in reports:
        for proxy in report.proxies:
            if proxy.connected is not connected or proxy.node in apart:
                continue
            before = found.get(proxy.node)
            if before is None or before.proxy.since < proxy.since:
                found[proxy.node] = Placed(server=report.server, proxy=proxy)
    return found
