"""`gather`: the report of one server, from its ledger. It goes on in slices, so that proxies are served meanwhile.

The ledger may change between two slices. What is told of a proxy was true when it was looked at, and a proxy is never
told to be further than it was; so a report may be late, and is never too good.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from galley.app.control.turn import Turn
from galley.app.fleet.report import (
    FORMAT,
    MOST_LISTED,
    MOST_REASON,
    MOST_REFUSED,
    PartReport,
    ProxyReport,
    RefusalReport,
    RestReport,
    ServerReport,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipeline.model.delivery import Delivery
    from pipeline.model.resource import Resource
    from proxy.xds.ledger import Ledger, ProxyState, Standing

    MadeOf = Callable[[str, str, str], Sequence[Resource]]

_ROUTER = "router"
_MOST_PARTS = 10
_MOST_GONE = 100
_MOST_GROUPS = 100
"""Groups in which what is not listed is counted; the oldest are told as one, as far as the oldest of them."""


def proxy_report(state: ProxyState, refuses: int) -> ProxyReport:
    """Return a proxy; `refuses` is the first revision of what it refuses, 0 for nothing."""
    node = state.node
    return ProxyReport(
        node=node.id,
        namespace=node.namespace,
        labels=dict(node.labels) if node.type == _ROUTER else {},
        connected=state.connected,
        state=state.state,
        revision=state.revision,
        refuses=refuses,
        mode=state.mode,
        since=state.since,
        pending=state.pending,
    )


def refusal_report(item: Delivery, since: int, made_of: MadeOf) -> RefusalReport:
    """Return a refusal, with what the resource was made of."""
    parts = made_of(item.subscriber, item.type_url, item.name)[:_MOST_PARTS]
    return RefusalReport(
        node=item.subscriber,
        type=item.type_url,
        name=item.name,
        version=item.version,
        reason=item.reason[:MOST_REASON],
        revision=since,
        objects=tuple(
            PartReport(origin=str(part.origin), kind=part.key.kind, namespace=part.key.namespace, name=part.key.name)
            for part in parts
        ),
    )


async def gather(
    ledger: Ledger, made_of: MadeOf, server: str, at: float, *, most_listed: int = MOST_LISTED
) -> ServerReport:
    """Return the report of a server at a time."""
    turn, revision = Turn(), ledger.revision
    standings: dict[str, Standing] = {}
    for identity in list(ledger.connected()):
        await turn.pause()
        if (found := ledger.standing(identity)) is not None:
            standings[identity] = found
    ordered = sorted(standings.items(), key=lambda item: (not item[1].refused, item[1].revision, item[0]))
    proxies: list[ProxyReport] = []
    for identity, standing in ordered[:most_listed]:
        await turn.pause()
        state = ledger.proxy(identity)
        if state is not None:
            proxies.append(_no_further(proxy_report(state, _refuses(standing)), standing, revision))
    refused: list[RefusalReport] = []
    for since, item in (one for _, standing in ordered for one in standing.refused):
        if len(refused) == MOST_REFUSED:
            break
        await turn.pause()
        refused.append(refusal_report(item, since, made_of))
    rest = [standing for _, standing in ordered[most_listed:]]
    return ServerReport(
        format=FORMAT,
        server=server,
        at=at,
        revision=revision,
        applied=sum(standing.revision >= revision and not standing.refused for standing in standings.values()),
        of=len(standings),
        refused=tuple(refused),
        proxies=(*proxies, *_gone(ledger)),
        rest=tuple(_rest(rest, revision)),
    )


def _no_further(report: ProxyReport, standing: Standing, revision: int) -> ProxyReport:
    """Return a proxy as it was when the slices began: that it is further, or gone, is for the next report."""
    return report.model_copy(update={"revision": min(standing.revision, report.revision, revision), "connected": True})


def _refuses(standing: Standing) -> int:
    return min((since for since, _ in standing.refused), default=0)


def _gone(ledger: Ledger) -> Iterable[ProxyReport]:
    gone = sorted(ledger.gone(), key=lambda state: -state.since)[:_MOST_GONE]
    return [proxy_report(state, 0) for state in gone]


def _rest(standings: Iterable[Standing], revision: int) -> Iterable[RestReport]:
    counts = Counter((min(one.revision, revision), _refuses(one)) for one in standings)
    groups = [RestReport(count=count, revision=at, refuses=since) for (at, since), count in sorted(counts.items())]
    if len(groups) <= _MOST_GROUPS:
        return groups
    oldest, rest = groups[: 1 - _MOST_GROUPS], groups[1 - _MOST_GROUPS :]
    return [oldest[0].model_copy(update={"count": sum(group.count for group in oldest)}), *rest]
