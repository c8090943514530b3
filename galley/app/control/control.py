"""Everything the administration answers and does, over the parts of one server.

Runs on the server's loop; what reads the log does so in a thread, and what takes long is done in slices.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from citadel.identity import Identity, IdentityError
from citadel.policy import denies
from galley import __version__
from galley.app.api.answers import (
    Changed,
    Difference,
    ExplainAnswer,
    Findings,
    JudgeAnswer,
    JudgeRequest,
    Live,
    ProxyAnswer,
    RevisionAnswer,
    SentAnswer,
    ServerAnswer,
    SourceAnswer,
    Status,
    TokenAnswer,
    TokenRequest,
    Waited,
)
from galley.app.control import changes, commits, history, judging, status
from galley.app.control.fleet import proxy_answers, refuse_elsewhere, server_answers
from galley.app.control.names import type_named
from galley.app.control.refused import Refused
from galley.app.control.sources import readiness, source_answers
from galley.app.control.told import git_hook_answer, target_answers, webhook_answers
from galley.app.control.turn import Turn
from galley.app.control.waiting import held_back, key_named, last_change, not_there, waited
from galley.app.convert import findings, revision_answer, time_text
from pipeline.stages import analyze, report
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from citadel.authority import Authority
    from citadel.tokens import TokenStore
    from galley.app.control.proxies import Proxies
    from galley.app.events import Events
    from galley.app.fleet.fleet import Fleet
    from galley.app.notify.notifier import Notifier
    from galley.app.observe import Observer
    from galley.app.reception import Reception
    from galley.app.webhook.webhook import Webhook
    from galley.settings.git_hook import GitHookSettings
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.revision import Revision
    from schemas.registry import Registry
    from sinks.citadel import CitadelSink
    from sinks.mixer import MixerSink

_ABSENT = 0.2
_ELSEWHERE = "ask one that runs with the role citadel; `galley envoy --plaintext` needs none"
"""Seconds between two looks for an object that is not there yet."""


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a server is made of, as far as the administration asks it; None where a role is not ours."""

    engine: Engine
    sources: Sequence[Source]
    events: Events
    registry: CollectorRegistry
    observer: Observer
    reception: Reception
    fleet: Fleet
    data: Path
    addresses: Mapping[str, str]
    proxies: Proxies | None = None
    authority: Authority | None = None
    tokens: TokenStore | None = None
    citadel: CitadelSink | None = None
    mixer: MixerSink | None = None
    webhook: Webhook | None = None
    notifier: Notifier | None = None
    git_hook: GitHookSettings | None = None
    kinds: Registry = DEFAULT_REGISTRY


class Control:
    """The administration, without HTTP. Raises `Refused`."""

    def __init__(self, parts: Parts) -> None:
        """Answer for these parts."""
        self._parts = parts
        self.events = parts.events

    # -- the server -----------------------------------------------------------------------------------------------

    def unready(self) -> str:
        """Return why nobody new should be sent here, in words; empty where a snapshot is served and followed."""
        engine = self._parts.engine
        return "no snapshot yet" if engine.snapshot is None else engine.stalled

    def readiness(self) -> str:
        """Return the readiness in full: the snapshot, the engine and each source, a line each."""
        engine = self._parts.engine
        return readiness(self.source_answers(), self._newest(), engine.trouble, engine.stalled)

    async def metrics(self) -> tuple[bytes, str]:
        """Return the metrics and their content type; the text of many series is made in a thread."""
        self._parts.observer.take()
        return await asyncio.to_thread(generate_latest, self._parts.registry), CONTENT_TYPE_LATEST

    def server(self) -> ServerAnswer:
        """Return who answers."""
        parts = self._parts
        return ServerAnswer(version=__version__, pid=os.getpid(), data=str(parts.data), addresses=dict(parts.addresses))

    def root_certificate(self) -> str:
        """Return the root certificate, PEM."""
        if self._parts.authority is None:
            raise Refused(404, "this server has no Citadel", _ELSEWHERE)
        return self._parts.authority.root_pem

    # -- status ---------------------------------------------------------------------------------------------------

    async def status(self, revision: int | None) -> Status:
        """Return the status at a revision, the newest if none is said."""
        parts = self._parts
        number = revision or self._newest()
        old = await self._revision(revision) if revision is not None else None
        consumers = {sink.name: sink.revision for sink in (parts.citadel, parts.mixer) if sink is not None}
        answer = status.status_answer(
            parts.engine,
            number,
            self._live(number),
            sources=self.source_answers(),
            proxies=self.proxies(),
            consumers=consumers,
            accepting=not parts.engine.trouble,
        )
        answer = answer.model_copy(
            update={
                "trouble": parts.engine.trouble,
                "servers": server_answers(parts.fleet),
                "unknown": parts.fleet.unknown,
                "webhook": webhook_answers(parts.webhook.registered() if parts.webhook else ()),
                "notify": target_answers(parts.notifier.messengers if parts.notifier else ()),
                "git_hook": git_hook_answer(parts.git_hook),
            }
        )
        if old is not None and old.number != self._newest():
            answer = answer.model_copy(update={"digest": old.digest, "time": time_text(old.cause.at)})
        return answer

    async def diagnostics(self) -> Findings:
        """Return everything that is wrong: each document alone, then together."""
        engine = self._parts.engine
        found: list[Diagnostic] = [*report.diagnostics(engine.state, engine.policy)]
        turn = Turn()
        for key in sorted(engine.state.mesh):
            await turn.pause()
            found += engine.graph.derive(analyze.findings, key)
        return findings(list(dict.fromkeys(found)), len(engine.state.claims))

    async def judge(self, request: JudgeRequest) -> JudgeAnswer:
        """Return what files that are about to be pushed would do."""
        reviewer = self._parts.webhook.reviewer if self._parts.webhook else None
        return await judging.judge(reviewer, self._parts.kinds, request)

    def source_answers(self) -> list[SourceAnswer]:
        """Return how each source is."""
        parts = self._parts
        return source_answers(parts.sources, parts.engine.state, time.time(), shared=parts.fleet.shared)

    # -- history --------------------------------------------------------------------------------------------------

    async def revisions(self, limit: int, before: int | None) -> list[RevisionAnswer]:
        """Return revisions, newest first."""
        answers: list[RevisionAnswer] = []
        turn = Turn()
        for revision in await asyncio.to_thread(self._parts.engine.log.history, limit, before):
            await turn.pause()
            answers.append(revision_answer(revision, self._live(revision.number)))
        return answers

    async def revision(self, number: int) -> RevisionAnswer:
        """Return one revision."""
        return revision_answer(await self._revision(number), self._live(number))

    async def differences(self, older: int, newer: int) -> list[Difference]:
        """Return what differs between two revisions."""
        return await asyncio.to_thread(history.differences, self._parts.engine.log, older, newer)

    # -- proxies --------------------------------------------------------------------------------------------------

    def proxies(self) -> list[ProxyAnswer]:
        """Return every proxy."""
        return proxy_answers(self._parts.fleet)

    def sent(self, node: str, type_: str | None, *, bodies: bool) -> list[SentAnswer]:
        """Return what a proxy was sent."""
        return self._proxies(node).sent(node, type_named(type_) if type_ else None, bodies=bodies)

    def explain(self, node: str, resource: str) -> list[ExplainAnswer]:
        """Return what a proxy's resource was made of."""
        return self._proxies(node).explain(node, resource)

    # -- waiting --------------------------------------------------------------------------------------------------

    async def wait_for_commit(self, commit: str, seconds: float) -> Waited:
        """Return once a commit is live on every connected proxy, or refused by its source; it may still be to come."""
        parts, loop = self._parts, asyncio.get_running_loop()
        end = loop.time() + seconds
        seen: commits.Come | None = None
        while True:
            # To look is to go through the whole mesh and its history: only where something has come since.
            before, seen = seen, commits.come(parts.engine, parts.sources)
            found = await commits.revision_with(parts.engine, parts.sources, commit) if seen != before else None
            left = end - loop.time()
            if isinstance(found, Waited):
                return found
            if found is not None:
                return await self.wait(found, left)
            if left <= 0:
                return commits.not_come(commit)
            await asyncio.sleep(min(left, _ABSENT))

    async def wait_for_object(self, kind: str, name: str, seconds: float) -> Waited:
        """Return once an object's last change is live on every connected proxy; at once where it is held back."""
        engine, loop = self._parts.engine, asyncio.get_running_loop()
        key = key_named(kind, name)
        end = loop.time() + seconds
        while True:
            if held := held_back(engine, key):
                return held
            number = await last_change(engine, key)
            left = end - loop.time()
            if number is not None:
                return await self.wait(number, left)
            if left <= 0:
                return not_there(key)
            await asyncio.sleep(min(left, _ABSENT))

    async def wait(self, revision: int, seconds: float) -> Waited:
        """Return once a revision is live on every connected proxy, or something is refused, or time is up."""
        changed, listeners = asyncio.Event(), self._parts.fleet.listeners
        tell = changed.set
        listeners[tell] = None
        try:
            return await self._wait(revision, seconds, changed)
        finally:
            listeners.pop(tell, None)

    async def _wait(self, revision: int, seconds: float, changed: asyncio.Event) -> Waited:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            changed.clear()
            answer = waited(self._parts.fleet, revision, self._newest())
            left = end - loop.time()
            if answer.done or answer.refused or left <= 0:
                return answer
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, 0.5)):
                    await changed.wait()

    # -- changes --------------------------------------------------------------------------------------------------

    async def rollback(self, revision: int, *, release: bool) -> Changed:
        """Go back to a revision, or release the pins of a rollback to it."""
        engine, submit = self._parts.engine, self._parts.reception.submit
        return await (changes.release if release else changes.rollback)(engine, submit, revision)

    async def confirm(self, revision: int) -> Changed:
        """Let a held revision through."""
        return await changes.confirm(self._parts.engine, self._parts.reception.submit, revision)

    async def create_token(self, request: TokenRequest) -> TokenAnswer:
        """Make a join token."""
        parts = self._parts
        if parts.tokens is None or parts.citadel is None:
            raise Refused(404, "this server has no Citadel", _ELSEWHERE)
        policy = parts.citadel.policy()
        domain = policy.trust_domain if policy else "cluster.local"
        try:
            identity = Identity.parse(request.identity or f"spiffe://{domain}/ns/default/sa/default")
            if policy is not None and (refusal := denies(policy, identity)) is not None:
                raise Refused(422, refusal.message)
            now = datetime.now(UTC)
            ttl = timedelta(seconds=request.ttl)
            token = await asyncio.to_thread(parts.tokens.create, identity, ttl, now=now)
        except (IdentityError, ValueError) as error:
            raise Refused(422, str(error), "an identity is spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT") from error
        return TokenAnswer(token=token, identity=str(identity), expires=time_text((now + ttl).timestamp()))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _newest(self) -> int:
        snapshot = self._parts.engine.snapshot
        return snapshot.revision.number if snapshot else 0

    async def _revision(self, number: int) -> Revision:
        return await asyncio.to_thread(history.revision_or_refuse, self._parts.engine.log, number)

    def _live(self, revision: int) -> Live:
        return status.live(self._parts.fleet, revision)

    def _proxies(self, node: str) -> Proxies:
        """Return who knows what our proxies were sent; refuse where none is ours, or this one is another server's."""
        refuse_elsewhere(self._parts.fleet, node)
        if self._parts.proxies is None:
            raise Refused(404, "this server has no proxies", "ask one that runs with the role xds")
        return self._parts.proxies
