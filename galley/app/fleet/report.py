"""`ServerReport`: what one xDS server tells the others of its proxies, a record of the topic `live`. Pure.

A report is bounded: beyond some number, proxies are counted and not listed, those that refuse or lack something listed
first. A newer version may add fields, which are not looked at.
"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = 1
"""Of what is said here; more may be added to it without another number."""

MOST_LISTED: Final = 2_000
"""Proxies that are listed; the others are counted."""

MOST_REFUSED: Final = 500
"""Refusals that are told in words."""

MOST_REASON: Final = 1_000
"""Characters of a proxy's reason."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PartReport(_Told):
    """An object that a resource was made of; `origin` is where it was written: `FILE:LINE`."""

    origin: str
    kind: str
    namespace: str
    name: str


class RefusalReport(_Told):
    """A resource (by Envoy's type URL) that a proxy refuses since a revision, in the proxy's words."""

    node: str
    type: str
    name: str
    version: str = ""
    reason: str = ""
    revision: int
    objects: tuple[PartReport, ...] = ()


class ProxyReport(_Told):
    """A proxy: `revision` is the last that it lacks nothing of, `refuses` the first of what it refuses (0: nothing).

    `state` is `synced`, `stale` or `refusing`; `since` when it connected, or disconnected, in seconds since the epoch.
    Labels are those of gateways only.
    """

    node: str
    namespace: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    connected: bool = True
    state: str
    revision: int
    refuses: int = 0
    mode: str = ""
    since: float = 0.0
    pending: int = 0

    @property
    def live(self) -> int:
        """The last revision that is live here: nothing of it, or of one before, is lacking or refused."""
        return min(self.revision, self.refuses - 1) if self.refuses else self.revision


class RestReport(_Told):
    """So many connected proxies that are not listed, all of which have come as far as `revision` (and `refuses`)."""

    count: int
    revision: int
    refuses: int = 0


class ServerReport(_Told):
    """One server at a time (`at`, seconds since the epoch): `applied` of `of` proxies have all of `revision`.

    `instance` stands for the life of the process: two at once under one name are two servers.
    """

    format: int
    server: str
    instance: str = ""
    at: float
    revision: int
    applied: int
    of: int
    refused: tuple[RefusalReport, ...] = ()
    proxies: tuple[ProxyReport, ...] = ()
    rest: tuple[RestReport, ...] = ()
