"""`Webhook`: all parts of the webhook's role, made from the settings."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from citadel.serving import LOOPBACK, ServingCertificate
from galley.app.webhook.application import webhook_application
from galley.app.webhook.counts import WebhookCounts
from galley.app.webhook.reviewer import Cluster, Judging, Reviewer
from galley.app.webhook.server import WebhookServer
from galley.app.webhook.serving_context import ServingContext
from galley.sources.kubernetes.source import KubernetesSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fastapi import APIRouter

    from citadel.authority import Authority
    from galley.settings.settings import Settings
    from galley.sources.contract import Source
    from pipeline.engines.embedded import EmbeddedEngine
    from schemas.registry import Registry


class Webhook:
    """The role: what judges, and what answers."""

    def __init__(
        self,
        settings: Settings,
        engine: EmbeddedEngine,
        *,
        registry: Registry,
        authority: Authority,
        sources: Sequence[Source] = (),
        routers: Iterable[APIRouter] = (),
    ) -> None:
        """Judge against the engine's mesh; `routers` answer on the same address."""
        wanted = settings.webhook
        self.address = wanted.address
        judging = Judging(
            registry=registry,
            excluded=frozenset(wanted.excluded_namespaces),
            cross_object=wanted.cross_object == "deny",
        )
        self.clusters = tuple(_clusters(settings, sources))
        self.reviewer = Reviewer(engine, judging)
        self.counts = WebhookCounts(registry, self._gauges)
        serving = ServingCertificate(authority, (*LOOPBACK, *wanted.names))
        self.context = ServingContext(serving, self.counts.renewed)
        application = webhook_application(
            self.reviewer, routers, counts=self.counts, clock=time.monotonic, clusters=self.clusters
        )
        self.server = WebhookServer(application, self.context, wanted.most_connections)

    def open(self) -> str:
        """Listen; return the address with its port. Raise `OSError` where it cannot be bound."""
        return self.server.open(self.address)

    async def run(self) -> None:
        """Answer until cancelled or stopped."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.server.run(), name="webhook.server")
        finally:
            self.reviewer.close()

    def stop(self) -> None:
        """Close the address; requests under way have a second."""
        self.server.stop()

    def _gauges(self) -> dict[str, float]:
        return {"connections": self.server.connections, "fail_policy": 0.0}


def _clusters(settings: Settings, sources: Sequence[Source]) -> Iterable[Cluster]:
    """Give the clusters that configuration comes from, in the order of the settings."""
    following = [source for source in sources if isinstance(source, KubernetesSource)]
    for place, source in zip(settings.kubernetes.places(), following, strict=False):
        if settings.kubernetes.configures(place.name):
            yield Cluster(name=place.name, source=source.name, followed=True)
