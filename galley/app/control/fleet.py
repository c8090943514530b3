"""The proxies of all servers of a mesh as the API tells them, and the servers themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.api.answers import ProxyAnswer, RefusalAnswer, XdsServerAnswer
from galley.app.control.names import type_word
from galley.app.control.refused import Refused
from galley.app.control.status import proxy_answer
from galley.app.convert import time_text
from pipeline.model.key import Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.app.fleet.fleet import Fleet
    from galley.app.fleet.others import Placed
    from galley.app.fleet.report import RefusalReport


def proxy_answers(fleet: Fleet) -> list[ProxyAnswer]:
    """Return every listed proxy, by node id: those that are connected, to any server, then those that lately were."""
    ours = fleet.ledger.proxies() if fleet.ledger is not None else ()
    own = [proxy_answer(state, fleet.blame).model_copy(update={"server": fleet.name}) for state in ours]
    refusals = fleet.refusals()
    others = [_answer(placed, refusals.get(placed.proxy.node, ())) for placed in fleet.elsewhere()]
    known = {answer.node for answer in own}
    here = {answer.node for answer in (*own, *others) if answer.connected}
    found = [
        *(answer for answer in own if answer.connected or answer.node not in here),
        *(answer for answer in others if answer.connected or (answer.node not in here and answer.node not in known)),
    ]
    return sorted(found, key=lambda answer: (not answer.connected, answer.node))


def server_answers(fleet: Fleet) -> list[XdsServerAnswer]:
    """Return the other xDS servers of the mesh, by name."""
    return [
        XdsServerAnswer(
            name=one.report.server,
            revision=one.report.revision,
            proxies=one.report.of,
            silent=one.silent,
            gone=one.gone,
        )
        for one in fleet.servers()
    ]


def refuse_elsewhere(fleet: Fleet, text: str) -> None:
    """Refuse to tell what a proxy was sent that is connected to another server, which alone knows."""
    placed = [one for one in fleet.elsewhere() if one.proxy.connected]
    found = [one for one in placed if one.proxy.node == text] or [one for one in placed if text in one.proxy.node]
    ours = fleet.ledger.connected() if fleet.ledger is not None else ()
    if len(found) == 1 and not any(text in node for node in ours):
        node, server = found[0].proxy.node, found[0].server
        raise Refused(
            404,
            f"{node} is connected to the server {server}",
            f"ask that one: `--server HOST:PORT`, the administration of {server}",
        )


def _answer(placed: Placed, refused: Iterable[RefusalReport]) -> ProxyAnswer:
    proxy = placed.proxy
    return ProxyAnswer(
        node=proxy.node,
        connected=proxy.connected,
        state=proxy.state,
        revision=proxy.revision,
        mode=proxy.mode,
        since=time_text(proxy.since),
        pending=proxy.pending,
        refused=[_refusal(one) for one in refused] if proxy.connected else [],
        server=placed.server,
    )


def _refusal(one: RefusalReport) -> RefusalAnswer:
    return RefusalAnswer(
        node=one.node,
        type=type_word(one.type),
        name=one.name,
        reason=one.reason,
        objects=[f"{part.origin} {Key(part.kind, part.namespace, part.name)}" for part in one.objects],
    )
