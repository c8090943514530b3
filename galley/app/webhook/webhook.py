"""`Webhook`: all parts of the webhook's role, made from the settings."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from citadel.serving import LOOPBACK, ServingCertificate
from galley.app.webhook.application import webhook_application
from galley.app.webhook.configuration import Target, configuration
from galley.app.webhook.counts import WebhookCounts
from galley.app.webhook.denials import Denials
from galley.app.webhook.registration import Registration
from galley.app.webhook.reviewer import Cluster, Judging, Reviewer
from galley.app.webhook.server import WebhookServer
from galley.app.webhook.serving_context import ServingContext
from galley.sources.kubernetes.api import Api
from galley.sources.kubernetes.source import KubernetesSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fastapi import APIRouter

    from citadel.authority import Authority
    from galley.app.reception import Tell
    from galley.app.webhook.registered import Registered
    from galley.settings.kubernetes import ClusterPlace
    from galley.settings.settings import Settings
    from galley.settings.webhook import WebhookSettings
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine
    from schemas.registry import Registry


class Webhook:
    """The role: what judges, and what answers."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        *,
        registry: Registry,
        authority: Authority,
        sources: Sequence[Source] = (),
        tell: Tell,
        routers: Iterable[APIRouter] = (),
    ) -> None:
        """Judge against the engine's mesh; `tell` hears of refusals; `routers` answer on the same address."""
        wanted = settings.webhook
        self.address = wanted.address
        judging = Judging(
            registry=registry,
            excluded=frozenset(wanted.excluded_namespaces),
            cross_object=wanted.cross_object == "deny",
        )
        following = dict(_following(settings, sources))
        self.clusters = tuple(following.values())
        self.reviewer = Reviewer(engine, judging)
        self.counts = WebhookCounts(registry, self._gauges)
        serving = ServingCertificate(authority, (*LOOPBACK, *wanted.certificate_names()))
        self.context = ServingContext(serving, self.counts.renewed)
        denials = Denials(tell, time.monotonic, lambda: engine.snapshot.revision.number if engine.snapshot else 0)
        application = webhook_application(
            self.reviewer,
            routers,
            counts=self.counts,
            clock=time.monotonic,
            clusters=self.clusters,
            tell=denials.hear,
        )
        self.server = WebhookServer(application, self.context, wanted.most_connections)
        self.registrations = [
            self._registration(place, wanted, judging, first=number == 0)
            for number, place in enumerate(following if wanted.configuration else ())
        ]

    def open(self) -> str:
        """Listen; return the address with its port. Raise `OSError` where it cannot be bound."""
        return self.server.open(self.address)

    async def run(self) -> None:
        """Answer until cancelled or stopped."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.server.run(), name="webhook.server")
                for registration in self.registrations:
                    tasks.create_task(registration.keep(), name="webhook.registration")
        finally:
            self.reviewer.close()

    def registered(self) -> list[Registered]:
        """Return what is known of each cluster's ValidatingWebhookConfiguration."""
        return [registration.registered for registration in self.registrations]

    async def drain(self) -> None:
        """Have no cluster wait for us any more: we are about to stop."""
        async with asyncio.TaskGroup() as tasks:
            for registration in self.registrations:
                tasks.create_task(registration.drain())
        self.stop()

    def stop(self) -> None:
        """Close the address; requests under way have a second."""
        self.server.stop()

    async def _ready(self) -> bool:
        await self.reviewer.warm()
        return self.reviewer.ready

    def _registration(
        self, place: ClusterPlace, wanted: WebhookSettings, judging: Judging, *, first: bool
    ) -> Registration:
        target = Target(
            service=wanted.service, url=wanted.url, path="/validate" if first else f"/validate/{place.name}"
        )
        known = bool(wanted.service or wanted.url)
        shipped = configuration(wanted.configuration, target, judging.registry, wanted.excluded_namespaces)
        return Registration(
            Api(place),
            wanted.configuration,
            lambda: self.context.root_pem,
            ready=self._ready,
            shipped=shipped if known else None,
            cluster=place.name,
        )

    def _gauges(self) -> dict[str, float]:
        strict = bool(self.registrations) and all(one.strict for one in self.registrations)
        return {"connections": self.server.connections, "fail_policy": float(strict)}


def _following(settings: Settings, sources: Sequence[Source]) -> Iterable[tuple[ClusterPlace, Cluster]]:
    """Give the clusters that configuration comes from, in the order of the settings, each with its source."""
    following = [source for source in sources if isinstance(source, KubernetesSource)]
    for place, source in zip(settings.kubernetes.places(), following, strict=False):
        if settings.kubernetes.configures(place.name):
            yield place, Cluster(name=place.name, source=source.name, followed=True)
