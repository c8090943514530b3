"""What `galley doctor --kubernetes` asks a cluster itself: whether it insists on somebody who does not answer.

A server that was killed leaves `failurePolicy: Fail` behind: changes to our kinds are then refused until it is back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from galley.app.checked import Checked
from galley.app.webhook.configuration import PATH, VALIDATION, ours
from galley.app.webhook.proving import disproof
from galley.app.webhook_remedy import release
from galley.settings.kubernetes import KubernetesSettings
from galley.sources.kubernetes.api import Api
from galley.sources.kubernetes.failure import Refusal, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from galley.settings.kubernetes import ClusterPlace

_SECONDS: Final = 30.0
_UNANSWERED: Final = "failed calling webhook"
"""What an API server says when whom it asks is not there, or is not whom it trusts."""


def cluster_checks(cluster: str) -> Iterator[Checked]:
    """Look at every ValidatingWebhookConfiguration of ours in a cluster, `KUBECONFIG[#CONTEXT]` or `in-cluster`."""
    (place,) = KubernetesSettings(clusters=(cluster,)).places()
    what = f"webhook in {place.kubeconfig}"
    try:
        yield from asyncio.run(_look(place, what))
    except (Unreachable, TimeoutError) as error:
        remedy = f"`kubectl get --raw /readyz` with {place.kubeconfig} must work"
        yield Checked(what=what, good=False, seen=str(error) or "no answer in time", remedy=remedy)
    except Refusal as error:
        remedy = "the kubeconfig must allow to list validatingwebhookconfigurations"
        yield Checked(what=what, good=False, seen=str(error), remedy=remedy)


async def _look(place: ClusterPlace, what: str) -> list[Checked]:
    api = Api(place)
    try:
        async with asyncio.timeout(_SECONDS):
            listed = (await api.get(PATH)).get("items") or ()
            found = [await _checked(api, place, what, one) for one in listed if ours(one)]
    finally:
        await api.close()
    return found or [Checked(what=what, good=True, seen=f"none has {VALIDATION}: the cluster asks nobody")]


async def _checked(api: Api, place: ClusterPlace, what: str, found: Mapping[str, Any]) -> Checked:
    name = found["metadata"]["name"]
    insists = [one["name"] for one in ours(found) if one.get("failurePolicy") != "Ignore"]
    if not insists:
        return Checked(what=what, good=True, seen=f"{name}: Ignore, so nothing is refused because nobody answers")
    why = await disproof(api)
    if not why:
        return Checked(what=what, good=True, seen=f"{name}: Fail, and it is answered")
    unanswered = _UNANSWERED in why
    seen = (
        "so changes to our kinds are refused: nobody answers" if unanswered else "and whether it is answered is unknown"
    )
    return Checked(what=what, good=False, seen=f"{name}: Fail, {seen}: {why}", remedy=release(name, insists, place))
