"""`KubernetesSource`: one cluster as a source.

Theory of operation. A watch for each kind keeps the picture of the cluster in step (`reflector`, `picture`); the
definitions of kinds are watched too, so that a kind that appears is watched, and one that vanishes takes its objects
with it (`served`). Whatever comes is gathered for a few milliseconds and said as one batch; while a batch is being
heard, what happens is gathered for the next. The first batch waits until every kind has been listed, or refused.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

import structlog

from galley.documents.limits import DEFAULT_LIMITS
from galley.sources.contract import SourceStatus
from galley.sources.kubernetes.api import Api
from galley.sources.kubernetes.health import Health
from galley.sources.kubernetes.membership import Membership
from galley.sources.kubernetes.picture import Picture
from galley.sources.kubernetes.place import key_at
from galley.sources.kubernetes.projection import Projection
from galley.sources.kubernetes.served import Served
from galley.sources.kubernetes.watched import watched_kinds
from galley.sources.unwrapped import unwrapped
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Synced, Upserted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from galley.documents.limits import Limits
    from galley.settings.kubernetes import ClusterPlace, KubernetesSettings
    from galley.sources.contract import Emit, Known
    from galley.sources.kubernetes.connection import Connection
    from galley.sources.kubernetes.projection import Live
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from schemas.registry import Registry

_LOG = structlog.get_logger(__name__)

QUIET: Final = 0.005
"""Seconds without an event after which what came is said."""

LONGEST: Final = 0.05
"""Seconds that something waits to be said, at most, while more keeps coming."""

TICK: Final = 5.0
"""Seconds after which the status says again that all is well."""


class Subject(NamedTuple):
    """An object as it is in the cluster: where the API server has it, how it is, and what is said of it."""

    key: Key
    path: str
    live: Live
    said: Upserted | Diagnostic


class KubernetesSource:
    """Says what the API server of a cluster has."""

    def __init__(
        self,
        place: ClusterPlace,
        settings: KubernetesSettings,
        registry: Registry,
        *,
        limits: Limits = DEFAULT_LIMITS,
        connection: Connection | None = None,
    ) -> None:
        """Take where the cluster is, and what of it is read; nothing is opened before `run`."""
        self._place = place
        self._settings = settings
        self._name = place.name if place.name.startswith("kubernetes") else f"kubernetes-{place.name}"
        self._watched = watched_kinds(registry, settings, configures=settings.configures(place.name))
        self._writable = {watched.key_kind: watched for watched in self._watched if watched.has_our_status}
        self._projection = Projection(
            self._name,
            Membership(
                cluster=place.name,
                is_first=place.name == settings.places()[0].name,
                network=settings.networks.get(place.name, ""),
            ),
            revision=settings.revision,
            secret_types=settings.secrets.types,
            limits=limits,
        )
        self._connection = connection
        self._status = SourceStatus(name=self._name, kind="kubernetes", location=_location(place))
        self._wake = asyncio.Event()
        self._picture = Picture(self._name, {})
        self.listeners: list[Callable[[Collection[str]], None]] = []
        """Told of the places of the objects whose words have taken effect; of all of them once everything was said."""

    @property
    def name(self) -> str:
        """See `galley.sources.contract.Source.name`."""
        return self._name

    @property
    def status(self) -> SourceStatus:
        """See `galley.sources.contract.Source.status`."""
        return self._status

    @property
    def place(self) -> ClusterPlace:
        """Which cluster it is."""
        return self._place

    def subject(self, place: str) -> Subject | None:
        """Return an object whose status is ours to write, as it is in the cluster; None for any other."""
        live, said = self._picture.live(place), self._picture.now(place)
        if live is None or said is None:
            return None
        key = key_at(place)
        watched = self._writable[key.kind]
        path = watched.path(live.api_version, key.namespace)
        return Subject(key, f"{path}/{quote(key.name, safe='')}", live, said)

    @property
    def places(self) -> Collection[str]:
        """Where the cluster's objects are."""
        return self._picture.places

    async def run(self, known: Known, emit: Emit) -> None:
        """See `galley.sources.contract.Source.run`."""
        self._picture = Picture(self._name, known)
        self._status.objects = self._picture.objects
        self._wake.clear()
        api = Api(self._place, self._connection)
        served = Served(
            api,
            Health(self._status),
            self._watched,
            namespaces=self._settings.namespaces,
            picture=self._picture,
            projection=self._projection,
            tell=self._wake.set,
        )
        try:
            with unwrapped():
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(served.run(), name=f"{self._name}.watches")
                    await self._follow(served, emit)
        finally:
            await api.close()

    async def _follow(self, served: Served, emit: Emit) -> None:
        while True:
            await self._gather()
            if self._picture.is_changed or not self._status.synced:
                await self._say(served, emit)
            self._status.detail = f"{served.kinds} kinds"
            if self._status.synced and not self._status.lost:
                self._status.last_sync = time.time()

    async def _gather(self) -> None:
        """Wait until something happens, and then until nothing has for a moment."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(TICK):  # `wait_for` of 3.11 can lose a cancellation
                await self._wake.wait()
        except TimeoutError:
            return
        end = loop.time() + LONGEST
        while self._wake.is_set() and loop.time() < end:
            self._wake.clear()
            await asyncio.sleep(QUIET)
        self._wake.clear()

    async def _say(self, served: Served, emit: Emit) -> None:
        """Say what differs; nothing before everything is known, which is then said at once, or fails to be for long."""
        first = not self._status.synced
        whole = first and served.is_complete
        if first and not whole and not (served.is_late and self._picture.is_changed):
            return
        if whole:
            self._picture.forget_others(served.scopes)
        at = time.time()
        changes, words = self._picture.changes()
        if changes or whole:
            synced = (Synced(source=self._name),) if whole else ()
            cause = Cause(at=at, trace=secrets.token_hex(16), reason=_reason(words))
            await emit(Batch(source=self._name, changes=(*changes, *synced), cause=cause))
            self._picture.said(words)
            self._status.objects = self._picture.objects
            for listener in self.listeners:
                listener(list(self._picture.places) if whole else list(words))
        if whole:
            self._status.synced = True
            _LOG.info("source.synced", source=self._name, changes=len(changes))


def _location(place: ClusterPlace) -> str:
    return f"{place.kubeconfig}#{place.context}" if place.context else place.kubeconfig


def _reason(words: Collection[str]) -> str:
    return next(iter(words)) if len(words) == 1 else f"{len(words)} objects"
