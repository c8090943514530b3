"""`Registration`: keeps a cluster's ValidatingWebhookConfiguration as it must be, and strict only while that is safe.

Shipped, the cluster lets everything through that we do not answer. Once it trusts our certificate, and refuses an
object that is known to be bad, with our words, by way of the whole path through the cluster (a dry run: nothing is
stored), it is made to refuse what we do not answer. When that proof fails, and when we stop, it is made lenient again.

We say of the object only `caBundle` and `failurePolicy`, by server-side apply under a name of our own; what a chart or
a GitOps tool says of the rest stays theirs. Whoever takes these two back is met a few times, then left alone for an
hour: we stay lenient, and say so.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import structlog

from galley.app.webhook.configuration import (
    PATH,
    VALIDATION,
    FailurePolicy,
    claimed,
    ours,
    owned,
)
from galley.app.webhook.proving import PASSED_BY, disproof
from galley.app.webhook.registered import Insistence, Registered
from galley.app.webhook.trust import trusted
from galley.sources.backoff import Backoff, jittered
from galley.sources.kubernetes.failure import Refusal, Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from galley.sources.kubernetes.api import Api

_log = structlog.get_logger("galley")

State: TypeAlias = Literal["unknown", "absent", "unproved", "strict", "overruled", "drained"]
"""What is known of the object: it is not there; it is lenient; it is strict; somebody keeps taking it back."""

MANAGER: Final = "galley-webhook"

_INSTALLER: Final = "galley-webhook-install"
_APPLY: Final = "application/apply-patch+yaml"
_EVERY: Final = 30.0
_SOON: Final = 2.0
"""Seconds after a change, when an API server has taken it up."""
_PATIENCE: Final = 2
"""Proofs that may fail one after the other before what is strict is made lenient."""
_DRAIN: Final = 2.0
_OVERRULED: Final = "overruled: somebody keeps resetting caBundle or failurePolicy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the object is looked at, and how often it may be written when others write it too; seconds."""

    every: float = _EVERY
    soon: float = _SOON
    writes: int = 5
    window: float = 600.0
    truce: float = 3600.0


class Registration:
    """Keeps the object of one cluster. It is made, if it is not there, where `shipped` says how."""

    def __init__(
        self,
        api: Api,
        name: str,
        root_pem: Callable[[], str],
        *,
        ready: Callable[[], Awaitable[bool]],
        shipped: Mapping[str, Any] | None = None,
        pace: Pace | None = None,
        cluster: str = "",
    ) -> None:
        """Keep the object of this name; `ready` says, when it is asked, whether we can judge."""
        self._api = api
        self._name = name
        self._root_pem = root_pem
        self._ready = ready
        self._shipped = shipped
        self._pace = pace or Pace()
        self._turn = asyncio.Lock()
        self._backoff = Backoff(latest=self._pace.every)
        self._writes: deque[float] = deque()
        self._truce = 0.0
        self._failed = 0
        self._made = False
        self._stopping = False
        self._cluster = cluster
        self._policy: Insistence = "unknown"
        self._since = 0.0
        self._last_words = ""
        self.state: State = "unknown"
        self.trouble = ""

    @property
    def registered(self) -> Registered:
        """What is known of the object."""
        return Registered(
            cluster=self._cluster,
            configuration=self._name,
            policy=self._policy,
            since=self._since,
            trouble=self.trouble,
        )

    @property
    def strict(self) -> bool:
        """Whether the cluster refuses what we do not answer, as it was last seen."""
        return self._policy == "Fail"

    async def keep(self) -> None:
        """Look at the object again and again, until cancelled."""
        try:
            while not self._stopping:
                pause = await self._look()
                await asyncio.sleep(pause)
        finally:
            await self._api.close()

    async def drain(self) -> None:
        """Make the object lenient, since we are about to stop."""
        self._stopping = True
        if self.state in {"drained", "absent", "unknown"}:
            return
        try:
            async with asyncio.timeout(_DRAIN), self._turn:
                found = await self._api.get(f"{PATH}/{self._name}")
                if _policy(found) == "Fail":
                    await self._apply(found, _bundle(found), "Ignore")
                    _log.info("webhook.lenient", configuration=self._name, reason="we are stopping")
        except (Unreachable, Refusal, TimeoutError) as error:
            _log.warning("webhook.drain-failed", configuration=self._name, error=_said(error))
        self.state = "drained"

    async def _look(self) -> float:
        """Look once; return the seconds until the next time."""
        try:
            async with self._turn:
                pause = 0.0 if self._stopping else await self._reconcile()
        except (Unreachable, Refusal) as error:
            self._tell_trouble(_said(error))
            return self._backoff.pause(error.after if isinstance(error, Refusal) else 0.0)
        self._backoff.reset()
        return pause

    async def _reconcile(self) -> float:
        try:
            found = await self._api.get(f"{PATH}/{self._name}")
        except Refusal as refusal:
            if not refusal.is_missing:
                raise
            self._saw("absent")
            return await self._make()
        self._saw(_policy(found) if ours(found) else "absent")
        if not ours(found):
            self._tell_trouble(f"it has no webhook {VALIDATION}: galley webhook manifest prints one that has")
            return jittered(self._pace.every)
        if self._shipped is not None and not self._made and _made_by_us(found):
            return await self._make()
        now = asyncio.get_running_loop().time()
        if now < self._truce:
            return await self._lenient_truce(found)
        bundle = trusted(_bundle(found), self._root_pem(), datetime.now(UTC))
        if any(one["clientConfig"].get("caBundle", "") != bundle for one in ours(found)):
            return await self._write(found, bundle, _policy(found), now)
        return await self._prove(found, bundle, now)

    async def _make(self) -> float:
        """Make the object, or bring it up to date, where we are told how; else it is somebody else's to make."""
        if self._shipped is None:
            if self.state != "absent":
                _log.info("webhook.absent", configuration=self._name, hint="galley webhook manifest prints one")
            self.state, self.trouble = "absent", ""
            return jittered(self._pace.every)
        query = {"fieldManager": _INSTALLER, "force": "true"}
        body = owned(self._shipped, await self._owner(self._shipped))
        await self._api.send("PATCH", f"{PATH}/{self._name}", body, content=_APPLY, query=query)
        _log.info("webhook.installed", configuration=self._name)
        self._made = True
        self.state = "unproved"
        return 0.0

    async def _owner(self, shipped: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the namespace of our Service, with which the object is to go; None where there is none."""
        service = ours(shipped)[0]["clientConfig"].get("service")
        if service is None:
            return None
        query = {"fieldSelector": f"metadata.name={service['namespace']}"}
        try:
            found = (await self._api.get("/api/v1/namespaces", query)).get("items") or ()
        except Refusal as refusal:
            if refusal.is_forbidden:
                return None  # it is then left behind, lenient; galley webhook uninstall removes it
            raise
        return next(iter(found), None)

    async def _prove(self, found: Mapping[str, Any], bundle: str, now: float) -> float:
        """Be strict where the proof succeeds, lenient where it fails."""
        policy = _policy(found)
        if not await self._ready():
            why = "we have no mesh to judge against yet"
        else:
            why = self._explained(await disproof(self._api), policy)
        if not why:
            self._failed, self.trouble, self._last_words = 0, "", ""
            if policy == "Fail":
                self.state = "strict"
                return jittered(self._pace.every)
            pause = await self._write(found, bundle, "Fail", now)
            if self.strict:
                _log.info("webhook.strict", configuration=self._name)
            return pause
        self._failed += 1
        self._tell_trouble(f"not proved: {why}")
        if policy == "Fail" and self._failed >= _PATIENCE:
            await self._apply(found, bundle, "Ignore")
            _log.warning("webhook.lenient", configuration=self._name, reason=why)
        if policy != "Fail" or self._failed >= _PATIENCE:
            self.state = "unproved"
        return self._pace.soon if self._failed < _PATIENCE else jittered(self._pace.every)

    async def _write(self, found: Mapping[str, Any], bundle: str, policy: FailurePolicy, now: float) -> float:
        """Apply, unless that was done too often: then somebody else wants it otherwise."""
        pace = self._pace
        while self._writes and self._writes[0] < now - pace.window:
            self._writes.popleft()
        if len(self._writes) >= pace.writes:
            self._truce = now + pace.truce
            _log.warning(
                "webhook.overruled",
                configuration=self._name,
                hint="somebody keeps resetting caBundle or failurePolicy: let them ignore these fields",
            )
            return await self._lenient_truce(found)
        self._writes.append(now)
        await self._apply(found, bundle, policy)
        self.state = "strict" if policy == "Fail" else "unproved"
        return pace.soon

    async def _lenient_truce(self, found: Mapping[str, Any]) -> float:
        """Leave the object alone, but never strict and unproved."""
        self.state, self.trouble = "overruled", _OVERRULED
        if _policy(found) == "Fail" and await disproof(self._api):
            await self._apply(found, _bundle(found), "Ignore")
        return jittered(self._pace.every)

    async def _apply(self, found: Mapping[str, Any], bundle: str, policy: FailurePolicy) -> None:
        names = [one["name"] for one in ours(found)]
        body = claimed(self._name, found["metadata"]["uid"], names, bundle, policy)
        query = {"fieldManager": MANAGER, "force": "true"}
        await self._api.send("PATCH", f"{PATH}/{self._name}", body, content=_APPLY, query=query)
        self._saw(policy)

    def _saw(self, policy: Insistence) -> None:
        if policy != self._policy:
            self._policy, self._since = policy, time.time()

    def _explained(self, why: str, policy: FailurePolicy) -> str:
        """Say what the cluster said while it was strict: lenient, it passes us by and does not say why."""
        if why != PASSED_BY:
            self._last_words = why if policy == "Fail" else self._last_words
            return why
        return f"{why}; before: {self._last_words}" if self._last_words else why

    def _tell_trouble(self, trouble: str) -> None:
        if trouble != self.trouble:
            _log.warning("webhook.trouble", configuration=self._name, error=trouble)
        self.trouble = trouble


def _made_by_us(found: Mapping[str, Any]) -> bool:
    managers = found["metadata"].get("managedFields") or ()
    return any(one.get("manager") == _INSTALLER for one in managers)


def _policy(found: Mapping[str, Any]) -> FailurePolicy:
    strict = any(one["name"] == VALIDATION and one.get("failurePolicy") == "Fail" for one in ours(found))
    return "Fail" if strict else "Ignore"


def _bundle(found: Mapping[str, Any]) -> str:
    bundles = [str(one.get("clientConfig", {}).get("caBundle") or "") for one in ours(found)]
    return next(filter(None, bundles), "")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
