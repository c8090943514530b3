"""All parts of one server, made from its settings. Nothing runs yet."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from citadel.authority import Authority, AuthorityError
from citadel.server import CertificateService, JoinServer
from citadel.serving import LOOPBACK, ServingCertificate
from citadel.tokens import TokenStore
from galley.app.api.application import application
from galley.app.cannot_start import CannotStart
from galley.app.commits import has_repositories, hooks, notifier
from galley.app.control.control import Control, Parts
from galley.app.control.proxies import Proxies
from galley.app.data_directory import admin_token, data_directory, prepare
from galley.app.engine_choice import check_engine, make_engine
from galley.app.event_history import EventHistory
from galley.app.events import Events, source_of
from galley.app.fleet.fleet import Fleet
from galley.app.fleet.make_fleet import make_fleet, server_name
from galley.app.journal import Journal
from galley.app.kafka_publishing import KafkaPublishing, kafka_publishing
from galley.app.kafka_sources import share_words
from galley.app.kubernetes_status.writers import status_writers
from galley.app.memory import tend_memory
from galley.app.notify.notifier import Notifier
from galley.app.observe import Observer
from galley.app.offline.settings import Unreadable, registry_of
from galley.app.policy import policy_for
from galley.app.reception import Reception
from galley.app.source_list import distinct_names, make_sources, places_of
from galley.app.webhook.webhook import Webhook
from galley.settings.address import split_address
from mixer.index import Index
from mixer.server import AccessLogService, MixerServer
from mixer.telemetry import Telemetry
from pipeline.log.contract import LogUnusable
from pipeline.log.sqlite import SqliteLog
from pipeline.stages.inputs import IP_AUTOALLOCATE, PRECEDENCE, TLS_ON_SIDECAR_INGRESS
from proxy.catalogue import refs
from proxy.scope import scope_of
from proxy.server import Certificates, Limits, Server
from proxy.xds.catalogue import Catalogue
from proxy.xds.discovery import Discovery
from sinks.citadel import CitadelSink, Issuing
from sinks.mixer import MixerSink
from sinks.proxies import ProxiesSink

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from starlette.types import ASGIApp

    from galley.app.fleet.exchange import Exchange
    from galley.app.kubernetes_status.writer import StatusWriter
    from galley.settings.settings import Settings
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine
    from proxy.xds.ledger import Ledger
    from schemas.registry import Registry

_NONCES = 1 << 48
_STREAM = 100
_JUDGED = 5


@dataclass(slots=True, kw_only=True)
class Assembly:
    """The parts; those of roles that are not ours are None."""

    settings: Settings
    data: Path
    log: SqliteLog
    engine: Engine
    sources: list[Source]
    events: Events
    event_history: EventHistory
    registry: CollectorRegistry
    observer: Observer
    reception: Reception
    journal: Journal
    kinds: Registry
    addresses: dict[str, str] = field(default_factory=dict)
    fleet: Fleet = field(default_factory=lambda: Fleet(time.monotonic))
    exchange: Exchange | None = None
    discovery: Discovery | None = None
    proxies: Proxies | None = None
    xds: Server | None = None
    authority: Authority | None = None
    tokens: TokenStore | None = None
    serving: ServingCertificate | None = None
    certificate_service: CertificateService | None = None
    join_server: JoinServer | None = None
    citadel_sink: CitadelSink | None = None
    mixer_server: MixerServer | None = None
    mixer_sink: MixerSink | None = None
    status_writers: list[StatusWriter] = field(default_factory=list)
    webhook: Webhook | None = None
    notifier: Notifier | None = None
    kafka: KafkaPublishing | None = None

    @property
    def ledger(self) -> Ledger | None:
        """Who has what of what was sent; None without the xDS server."""
        return self.discovery.ledger if self.discovery else None

    def attach(self) -> None:
        """Attach the sinks, proxies first: nothing is as urgent; each gets the last snapshot at once."""
        if self.xds and self.discovery:
            self.engine.attach(ProxiesSink(self.discovery, self.xds.ready))
        for sink in (self.citadel_sink, self.mixer_sink):
            if sink is not None:
                self.engine.attach(sink)
        if self.webhook:
            self.engine.attach(self.webhook.reviewer)
        for writer in self.status_writers:
            self.engine.attach(writer)
        if self.kafka:
            self.kafka.attach(self.engine)
        self.observer.served(self.engine.snapshot)
        self.engine.attach(self.observer)

    def application(self) -> ASGIApp:
        """Return the administration."""
        parts = Parts(
            engine=self.engine,
            sources=self.sources,
            events=self.events,
            registry=self.registry,
            observer=self.observer,
            reception=self.reception,
            data=self.data,
            addresses=self.addresses,
            fleet=self.fleet,
            proxies=self.proxies,
            authority=self.authority,
            tokens=self.tokens,
            citadel=self.citadel_sink,
            mixer=self.mixer_sink,
            webhook=self.webhook,
            notifier=self.notifier,
            git_hook=self.settings.git.hook if self.webhook and has_repositories(self.sources) else None,
            kinds=self.kinds,
        )
        host, _ = split_address(self.settings.admin.address)
        return application(Control(parts), admin_token(self.data), host)

    def background(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """Give what runs besides engine and sources."""
        yield "journal", self.journal.keep()
        yield "observer", self.observer.run()
        yield "events", self.event_history.keep()
        if self.exchange:
            yield "fleet", self.exchange.run()
        yield "memory", tend_memory(self._stirred)
        if self.xds:
            yield "xds", self.xds.run()
        for number, writer in enumerate(self.status_writers, 1):
            yield f"status.{number}", writer.run()
        if self.webhook:
            yield "webhook", self.webhook.run()
        if self.notifier:
            yield "notifier", self.notifier.run()
        if self.kafka:
            yield from self.kafka.background()

    def _stirred(self) -> int:
        """Return about how much has come: objects, results, and what streams and judged objects weigh in results."""
        streams = self.xds.turnover if self.xds else 0
        judged = _JUDGED * self.webhook.reviewer.objects if self.webhook else 0
        return len(self.engine.state.mesh) + self.engine.graph.size() + judged + _STREAM * streams

    def certificates(self) -> Certificates:
        """Return what our TLS xDS address shows now."""
        assert self.serving is not None
        pair = self.serving.current(datetime.now(UTC))
        root = self.serving.authority.root_pem.encode()
        return Certificates(chain=pair.certificate_pem, key=pair.key_pem, roots=root)


_CATALOGUE = Catalogue(scope_of=scope_of, refs=refs)


def assemble(settings: Settings) -> Assembly:
    """Make the parts; raise `CannotStart` where roles, data directory or log cannot be used."""
    check_engine(settings)
    data = data_directory(settings)
    try:
        prepare(data)
        log = SqliteLog(data / "galley.db")
    except OSError as error:
        message = f"the state directory {data} cannot be used: {error.strerror}"
        raise CannotStart(message, "name another: --data DIR") from error
    except LogUnusable as error:
        raise CannotStart(str(error), "name another state directory: --data DIR") from error
    try:
        return _assemble(settings, data, log)
    except CannotStart:
        log.close()
        raise
    except Unreadable as error:
        log.close()
        raise CannotStart(str(error), "sources.schemas names folders of schemas; see docs/schemas.md") from error
    except AuthorityError as error:
        log.close()
        raise CannotStart(
            str(error), "mend or move the CA's files; a new CA means new certificates everywhere"
        ) from error


def _assemble(settings: Settings, data: Path, log: SqliteLog) -> Assembly:
    registry_of_kinds = registry_of(settings.sources.schemas)
    named = make_sources(settings, registry_of_kinds)
    policy = replace(policy_for(registry_of_kinds, settings, distinct_names(named)), places=places_of(named))
    sources = named if "ingest" in settings.roles else []
    engine = make_engine(settings, log, policy, data)
    if settings.engine == "kafka":
        share_words(sources, engine)
    engine.graph.set_input(PRECEDENCE, engine.policy.precedence)
    engine.graph.set_input(IP_AUTOALLOCATE, settings.mesh.ip_autoallocate)
    engine.graph.set_input(TLS_ON_SIDECAR_INGRESS, settings.mesh.tls_on_sidecar_ingress)
    history = EventHistory(data / "events.jsonl")
    events, journal = Events(source_of(server_name(settings, data)), history.load()), Journal(engine, sources)
    events.hearers.append(history.add)
    registry = CollectorRegistry()
    observer = Observer(engine, events, journal, time.time)
    assembly = Assembly(
        settings=settings,
        data=data,
        log=log,
        engine=engine,
        sources=sources,
        events=events,
        event_history=history,
        registry=registry,
        observer=observer,
        reception=Reception(engine, observer.tell),
        journal=journal,
        kinds=registry_of_kinds,
    )
    _add_authority(assembly)
    _add_citadel(assembly)
    _add_mixer(assembly)
    _add_xds(assembly)
    assembly.fleet, assembly.exchange = make_fleet(settings, data, assembly.ledger, assembly.proxies)
    _add_tellers(assembly)
    _add_webhook(assembly, named)
    _add_kafka_sink(assembly)
    assembly.observer.expose(registry, assembly.ledger, sources)
    return assembly


def _add_tellers(assembly: Assembly) -> None:
    """Who writes to a cluster's objects, and who tells forges and people, how far a change is."""
    sources, engine, settings = assembly.sources, assembly.engine, assembly.settings
    assembly.status_writers = status_writers(sources, engine, settings.kubernetes, assembly.fleet)
    assembly.notifier = notifier(settings, sources, engine, assembly.fleet)
    if assembly.notifier:
        assembly.registry.register(assembly.notifier.metrics)


def _add_authority(assembly: Assembly) -> None:
    """The authority, for whoever issues by it and whoever shows a certificate of it."""
    settings = assembly.settings
    if {"citadel", "xds", "webhook"}.isdisjoint(settings.roles):
        return
    folder = settings.citadel.ca.expanduser() if settings.citadel.ca else assembly.data / "ca"
    authority = assembly.authority = Authority.open(folder, datetime.now(UTC))
    assembly.serving = ServingCertificate(authority, (*LOOPBACK, *settings.citadel.names))


def _add_citadel(assembly: Assembly) -> None:
    settings, authority, serving = assembly.settings, assembly.authority, assembly.serving
    if "citadel" not in settings.roles or authority is None or serving is None:
        return
    folder = settings.citadel.tokens.expanduser() if settings.citadel.tokens else assembly.data / "tokens"
    assembly.tokens = TokenStore(folder)
    assembly.citadel_sink = CitadelSink(assembly.engine.graph, Issuing(ttl=timedelta(seconds=settings.citadel.ttl)))
    service = CertificateService(authority, assembly.tokens, assembly.citadel_sink.policy)
    assembly.certificate_service = service
    assembly.join_server = JoinServer(service, serving)
    assembly.registry.register(service.counts)


def _add_webhook(assembly: Assembly, named: Sequence[Source]) -> None:
    """The webhook asks about every cluster that is named, and hears of pushes to the repositories that run here."""
    settings, authority = assembly.settings, assembly.authority
    if "webhook" not in settings.roles or not settings.webhook.address or authority is None:
        return
    assembly.webhook = Webhook(
        settings,
        assembly.engine,
        registry=assembly.kinds,
        authority=authority,
        sources=named,
        tell=assembly.observer.tell,
        routers=hooks(settings, assembly.sources),
    )
    assembly.registry.register(assembly.webhook.counts)


def _add_kafka_sink(assembly: Assembly) -> None:
    """What is published on Kafka for others, where that is wanted."""
    assembly.kafka = kafka_publishing(assembly.settings, assembly.engine, assembly.events)
    if assembly.kafka:
        assembly.registry.register(assembly.kafka.metrics)


def _add_mixer(assembly: Assembly) -> None:
    settings = assembly.settings
    if "mixer" not in settings.roles:
        return
    index, telemetry = Index(), Telemetry(limit=settings.mixer.max_label_sets)
    assembly.mixer_sink = MixerSink(index)
    assembly.mixer_server = MixerServer(AccessLogService(index, telemetry))
    assembly.registry.register(telemetry)


def _add_xds(assembly: Assembly) -> None:
    settings = assembly.settings
    if "xds" not in settings.roles:
        return
    nonces = itertools.count(secrets.randbelow(_NONCES))
    assembly.discovery = Discovery(assembly.engine.graph, _CATALOGUE, nonces)
    assembly.proxies = Proxies(assembly.engine.graph, _CATALOGUE, assembly.discovery.ledger)
    limits = Limits(max_streams=settings.xds.max_streams, write_timeout=settings.xds.write_timeout)
    services = [assembly.certificate_service.renewal] if assembly.certificate_service else []
    assembly.xds = Server(assembly.discovery, limits, services)
