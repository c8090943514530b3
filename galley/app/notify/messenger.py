"""`Messenger`: delivers reports to one target, the latest of each commit, for as long as it takes, within bounds.

A target that is down is tried again, at ever longer intervals; meanwhile a newer report of a commit replaces the one
that waits. What a target refuses for good is told in the log, with the status that it answered and nothing secret.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx
import structlog

from galley.app.notify.outgoing import Unreachable, outgoing
from galley.sources.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from galley.app.notify.report import CommitReport
    from galley.settings.notify import NotifySettings, NotifyTarget

_log = structlog.get_logger("galley")

MOST: Final = 200
"""Commits that wait for a target; with more, the oldest are not told."""

ATTEMPTS: Final = 12
"""Attempts, over some five minutes, until a report is given up."""

_SECONDS: Final = 10.0
_LONGEST: Final = 4_096
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Messenger:
    """One target's. `told` and `failed` count reports.

    `failing` says that the last attempt failed; `reason` and `failed_at` (seconds since the epoch, 0: never) are of the
    last failure, which may be over.
    """

    def __init__(
        self, target: NotifyTarget, settings: NotifySettings, clock: Callable[[], float], backoff: Backoff | None = None
    ) -> None:
        """Deliver to a target; `clock` gives seconds since the epoch."""
        self.target = target
        self.told = 0
        self.failed = 0
        self.failing = False
        self.reason = ""
        self.failed_at = 0.0
        self._settings = settings
        self._clock = clock
        self._backoff = backoff or Backoff(0.5, 60.0)
        self._waiting: dict[tuple[str, str], CommitReport] = {}
        self._wake = asyncio.Event()

    @property
    def host(self) -> str:
        """Who it is, without what may be secret in the address."""
        return urlsplit(self.target.url).hostname or self.target.kind

    @property
    def waiting(self) -> int:
        """The commits whose reports are not delivered yet."""
        return len(self._waiting)

    def put(self, report: CommitReport) -> None:
        """Have a report delivered; it takes the place of an older one of its commit."""
        if self.target.sources and report.source not in self.target.sources:
            return
        if self.target.kind in {"slack", "webhook"} and not _wanted(self.target, report):
            return
        self._waiting.pop((report.source, report.commit), None)
        self._waiting[report.source, report.commit] = report
        while len(self._waiting) > MOST:
            self._waiting.pop(next(iter(self._waiting)))
            self.failed += 1
            self._failed_for(f"more than {MOST} commits wait: the oldest are not told")
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as http:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._deliver(http, next(iter(self._waiting)))

    async def _deliver(self, http: httpx.AsyncClient, which: tuple[str, str]) -> None:
        """Tell the latest report of a commit, or give it up."""
        self._backoff.reset()
        reason = ""
        for _ in range(ATTEMPTS):
            report = self._waiting.get(which)
            if report is None:
                return
            reason, again, asked = await self._attempt(http, report)
            self.failing = bool(reason)
            if reason:
                self._failed_for(reason)
            if not again:
                self._count(report, reason)
                if self._waiting.get(which) is report:
                    del self._waiting[which]
                return
            await asyncio.sleep(self._backoff.pause(asked))
        given_up = self._waiting.pop(which, None)
        if given_up is not None:  # newer commits may have crowded it out in the last pause
            self._count(given_up, reason)

    async def _attempt(self, http: httpx.AsyncClient, report: CommitReport) -> tuple[str, bool, float]:
        """Try once; return why it failed (empty: it did not), whether to try again, and after how many seconds."""
        try:
            request = outgoing(
                self.target,
                self._settings,
                report,
                url=_read(self.target.url_file) or self.target.url,
                secret=_read(self.target.token_file or self.target.secret_file),
                at=int(self._clock()),
            )
            async with http.stream("POST", request.url, headers=request.headers, content=request.body) as answer:
                status, asked = answer.status_code, answer.headers.get("retry-after", "")
        except (Unreachable, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return (str(error) if isinstance(error, Unreachable) else "the address is no URL"), False, 0.0
        except OSError as error:
            return f"{error.filename}: {error.strerror}", True, 0.0
        except (httpx.HTTPError, UnicodeError, ValueError) as error:
            return f"{self.host}: {type(error).__name__}", True, 0.0
        if httpx.codes.is_success(status):
            return "", False, 0.0
        return f"{self.host} answers {status}", status in _TRY_AGAIN, _seconds(asked)

    def _failed_for(self, reason: str) -> None:
        self.reason, self.failed_at = reason, self._clock()

    def _count(self, report: CommitReport, reason: str) -> None:
        if not reason:
            self.told += 1
            return
        self.failed += 1
        _log.warning("notify.failed", target=self.target.kind, commit=report.commit, reason=reason)


def _wanted(target: NotifyTarget, report: CommitReport) -> bool:
    """Whether people or programs are told: of what is final, or of failures alone."""
    return report.state == "failure" if target.only == "failures" else report.final or target.kind == "webhook"


def _read(file: Path | None) -> str:
    """Return what a small file holds, empty for none; raise `OSError`."""
    if file is None:
        return ""
    with file.expanduser().open(encoding="utf-8") as content:
        return content.read(_LONGEST).strip()


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0  # noqa: PLR2004  digits
