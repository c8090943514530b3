"""`Lease`: of several servers, the one that holds a Lease of a cluster writes; the others wait for it to lapse.

No clock is compared with another machine's: a Lease has lapsed when it has not changed for its duration, as seen here.
Source: https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import structlog

from galley.sources.backoff import jittered
from galley.sources.kubernetes.failure import Refusal, Unreachable

if TYPE_CHECKING:
    from galley.sources.kubernetes.api import Api

_LOG = structlog.get_logger("galley")

DURATION: Final = 15.0
"""Seconds after which a Lease that is not renewed lapses."""


class Lease:
    """One server's part in holding a Lease: `held` is set while it is the holder."""

    def __init__(self, api: Api, lease: str, identity: str, *, duration: float = DURATION) -> None:
        """Take the Lease's `NAMESPACE/NAME`, and who we are."""
        namespace, _, name = lease.partition("/")
        self._root = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._name = name
        self._api = api
        self._identity = identity
        self._duration = duration
        self._seen = ("", 0.0)
        self._renewed = 0.0
        self.held = asyncio.Event()

    async def run(self) -> None:
        """Hold it, or wait for it, until cancelled; what is held is let go at the end."""
        try:
            while True:
                try:
                    await self._try()
                except (Refusal, Unreachable) as error:
                    _LOG.warning("lease.failing", lease=self._name, reason=str(error))
                if self.held.is_set() and self._now() - self._renewed > self._duration * 2 / 3:
                    self._let(reason="it could not be renewed")
                await asyncio.sleep(jittered(self._duration / (5 if self.held.is_set() else 7)))
        finally:
            if self.held.is_set():
                self._let(reason="the server ends")
                with suppress(Refusal, Unreachable, TimeoutError):
                    async with asyncio.timeout(2):
                        await self._release()

    async def _try(self) -> None:
        lease = await self._read()
        if lease is None:
            await self._write("POST", self._root, {"metadata": {"name": self._name}}, transitions=0)
            return
        spec = lease.get("spec") or {}
        holder, version = str(spec.get("holderIdentity") or ""), str(lease["metadata"]["resourceVersion"])
        if version != self._seen[0]:
            self._seen = (version, self._now())
        lapsed = self._now() - self._seen[1] > float(spec.get("leaseDurationSeconds") or self._duration)
        if holder == self._identity or not holder or lapsed:
            transitions = int(spec.get("leaseTransitions") or 0) + (holder != self._identity)
            await self._write("PUT", f"{self._root}/{self._name}", lease, transitions=transitions)
        elif self.held.is_set():
            self._let(reason=f"{holder} has it")

    async def _read(self) -> dict[str, Any] | None:
        try:
            return await self._api.get(f"{self._root}/{self._name}")
        except Refusal as refusal:
            if refusal.is_missing:
                return None
            raise

    async def _write(self, method: str, path: str, lease: dict[str, Any], transitions: int) -> None:
        """Take it, or renew it; somebody who was quicker is a conflict, and no failure."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = dict(lease.get("spec") or {})
        acquired = spec.get("acquireTime") if spec.get("holderIdentity") == self._identity else now
        spec |= {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": max(1, round(self._duration)),
            "renewTime": now,
            "acquireTime": acquired or now,
            "leaseTransitions": transitions,
        }
        body = {**lease, "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec}
        try:
            await self._api.send(method, path, body)
        except Refusal as refusal:
            if refusal.status == HTTPStatus.CONFLICT:
                return
            raise
        self._renewed = self._now()
        if not self.held.is_set():
            self.held.set()
            _LOG.info("lease.held", lease=self._name, identity=self._identity)

    async def _release(self) -> None:
        lease = await self._read()
        if lease is not None and lease["spec"].get("holderIdentity") == self._identity:
            lease["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1}
            await self._api.send("PUT", f"{self._root}/{self._name}", lease)

    def _let(self, reason: str) -> None:
        self.held.clear()
        _LOG.info("lease.lost", lease=self._name, reason=reason)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
