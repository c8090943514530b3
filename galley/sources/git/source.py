"""`GitSource`: a repository of YAML and JSON files as a source.

Theory of operation. What counts is the commit at the tip of one reference: however many commits a push brings, the tip
is one batch and one revision. A repository elsewhere is asked where the reference is every few seconds, one on this
machine's disk when its references change; `hint` asks at once. If the reference has moved it is fetched into a copy of
ours (`galley.sources.git.mirror`), its directories are compared with those of the commit before
(`galley.sources.git.tree`), and only files whose content has another id are read. What they say is compared with what
was said (`galley.sources.diff`), without commits (`galley.sources.git.stamp`), and emitted as one batch.

A repository that is out of reach, empty after it was not, without its branch, or beyond a limit keeps all that it said.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import structlog

from galley.documents.limits import DEFAULT_LIMITS
from galley.sources.backoff import Backoff, jittered
from galley.sources.contract import SourceStatus
from galley.sources.diff import ROOT
from galley.sources.git.damaged import DamagedError
from galley.sources.git.git_error import GitError
from galley.sources.git.mirror import Mirror
from galley.sources.git.plain import plain
from galley.sources.git.proposal import propose
from galley.sources.git.reader import Reader
from galley.sources.git.refs_watch import GLANCE, RefsWatch
from galley.sources.git.stamp import unstamped
from galley.sources.git.tree import Extent, Trees, changed
from galley.sources.git.verdict import Verdict
from galley.sources.watch import watch
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Synced
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from galley.documents.limits import Limits
    from galley.settings.git import GitRepository, GitSettings
    from galley.sources.contract import Emit, Known, Words
    from galley.sources.git.commit import Commit
    from galley.sources.git.mirror import Tip
    from galley.sources.git.objects import Objects
    from galley.sources.git.proposal import Proposal
    from galley.sources.git.tree import Listing, Place
    from galley.sources.watch import Watching
    from pipeline.model.change import Change
    from pipeline.stages.policy import Judge
    from schemas.registry import Registry

T = TypeVar("T")

_LOG = structlog.get_logger(__name__)

MANY: Final = 200
"""With more files than this, they are compared in a thread, so that the event loop goes on."""

BREATH: Final = 0.5
"""Seconds between two questions to a repository elsewhere, however many hints there are."""

REST: Final = 0.1
"""Likewise, of one on this machine's disk, however often its references change."""

_SETTLES: Final = 0.005
"""Seconds after an event: what is written together is looked at once."""


class GitSource:
    """Follows one reference of a repository, and says what its files say."""

    def __init__(
        self,
        repository: GitRepository,
        *,
        home: Path,
        settings: GitSettings,
        judge: Judge,
        name: str = "git",
        limits: Limits = DEFAULT_LIMITS,
        registry: Registry = DEFAULT_REGISTRY,
        watching: Watching = watch,
    ) -> None:
        """Take a repository, which need not be in reach yet; copies lie in `home`. Nothing is done before `run`.

        `judge` is the stages'; it decides about commits that are all or nothing.
        """
        self.repository = repository
        self.heard: list[Callable[[Verdict], None]] = []
        """Who is told what became of each commit; they return at once."""
        self._settings = settings
        self._status = SourceStatus(name=name, kind="git", location=repository.location)
        self._mirror = Mirror(repository, home, settings)
        self._judge = judge
        self._limits = limits
        self._registry = registry
        self._wake = asyncio.Event()
        self._refs = RefsWatch(repository.directory, self._wake, watching) if repository.scheme == "file" else None
        self._words: dict[str, Words] = {}
        self._listing: Listing | None = None
        """What the commit that was said last has, as far as it was read; None before the first."""
        self._tip = ""
        """The object at which the reference was last seen and dealt with."""
        self._looked = 0.0
        """When it was last asked, as a time of the event loop."""

    @property
    def name(self) -> str:
        """See `galley.sources.contract.Source.name`."""
        return self._status.name

    @property
    def status(self) -> SourceStatus:
        """See `galley.sources.contract.Source.status`."""
        return self._status

    def hint(self) -> None:
        """Look now: the repository may have changed. Costs nothing; many hints are one. Call it on the event loop."""
        self._wake.set()

    async def run(self, known: Known, emit: Emit) -> None:
        """See `galley.sources.contract.Source.run`."""
        self._words = unstamped(known)
        self._listing, self._tip = None, ""
        self._count()
        backoff = Backoff(0.2, 5.0) if self._refs else Backoff(1.0, 60.0)
        try:
            async with self._mirror.objects() as objects:
                trees = Trees(objects)
                while True:
                    self._wake.clear()
                    pause = await self._round(objects, trees, emit, backoff)
                    await self._wait(pause)
        finally:
            if self._refs is not None:
                self._refs.close()

    # ----------------------------------------------------------------------------------------------------------------

    async def _round(self, objects: Objects, trees: Trees, emit: Emit, backoff: Backoff) -> float:
        """Look once; return the seconds after which to look again at the latest."""
        self._looked = asyncio.get_running_loop().time()
        try:
            if self._refs is not None:
                self._refs.cover()
            await self._look(objects, trees, emit)
            await self._mirror.tidy(objects)
        except GitError as error:
            if isinstance(error, DamagedError):
                self._mirror.discard()
                await objects.restart()
            pause = backoff.pause()
            self._status.failing(str(error), retry_at=time.time() + pause)
            return pause
        backoff.reset()
        self._status.well(time.time())
        return self._settings.rescan if self._refs is not None else jittered(self._settings.poll)

    async def _wait(self, seconds: float) -> None:
        """Wait for a hint, a change of references on the disk, or the end of the pause."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self._wake.is_set() and (left := deadline - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, GLANCE) if self._refs is not None else left):
                    await self._wake.wait()
            if self._refs is not None and self._refs.glance():
                break
        # Hints are never lost, but neither are they a way to have somebody else's server asked without end.
        rest = REST if self._refs is not None else BREATH
        await asyncio.sleep(max(_SETTLES, self._looked + rest - loop.time()))

    async def _look(self, objects: Objects, trees: Trees, emit: Emit) -> None:
        """Ask where the reference is; if it has moved, say what is different there."""
        at = time.time()
        tip = await self._mirror.tip()
        if tip is None:
            if self._words:
                raise GitError("the repository is empty; what it said last is kept")
            self._status.detail = "empty"
            await self._emit((), Cause(at=at, trace=secrets.token_hex(16), reason="empty repository"), emit)
            return
        if self._refs is not None:
            self._refs.cover(tip.branch)
        if tip.oid == self._tip:
            return
        self._status.detail = self._status.detail or "fetching"
        commit = await self._mirror.fetch(tip, objects)
        extent = Extent(path=self.repository.path, most=self._settings.max_files)
        listing = await trees.listing(commit.tree, extent)
        reader = Reader(objects, self.name, self._limits, self._registry)
        await self._take(_Seen(tip, commit, listing, at), reader, emit)
        self._tip = tip.oid

    async def _take(self, seen: _Seen, reader: Reader, emit: Emit) -> None:
        """Say what is different at a commit, or why it is not applied."""
        tip, commit, listing, at = seen
        found = await reader.read(self._different(listing))
        judge = self._judge if self.repository.all_or_nothing else None
        words = dict(self._words) if len(found) > MANY else self._words
        proposal = await _aside(len(found), lambda: propose(self.name, words, found, commit, judge))
        reason = commit.subject or commit.oid[:9]
        trace = secrets.token_hex(16)
        cause = Cause(at=at, trace=trace, author=commit.author, commit=commit.oid, reason=reason)
        receipt = await self._emit(proposal.changes, cause, emit)
        self._remember(proposal)
        if not proposal.refused:
            self._listing = listing
        branch = plain(tip.branch.removeprefix("refs/heads/").removeprefix("refs/tags/"))
        self._status.commit = commit.oid
        self._status.refused = proposal.found[0].message if proposal.refused else ""
        self._status.detail = f"{'refused ' if proposal.refused else ''}{branch} {commit.oid}"
        verdict = Verdict(
            source=self.name,
            location=self._status.location,
            ref=tip.branch,
            commit=commit,
            refused=proposal.refused,
            found=proposal.found,
            files=tuple(found),
            receipt=receipt,
        )
        for hear in self.heard:
            hear(verdict)

    def _different(self, listing: Listing) -> dict[str, Place | None]:
        """Return the paths that may say something else than was said, and those that say nothing any longer."""
        if self._listing is not None:
            return changed(self._listing, listing)
        gone: dict[str, Place | None] = {path: None for path in self._words if path not in listing and path != ROOT}
        return gone | listing

    async def _emit(self, changes: tuple[Change, ...], cause: Cause, emit: Emit) -> object:
        """Emit changes, and `Synced` the first time; return what the engine returned, None where nothing was said."""
        first = not self._status.synced
        if not changes and not first:
            return None
        synced = (Synced(source=self.name),) if first else ()
        receipt = await emit(Batch(source=self.name, changes=(*changes, *synced), cause=cause, whole=True))
        if first:
            self._status.synced = True
            _LOG.info("source.synced", source=self.name, changes=len(changes), commit=cause.commit)
        return receipt

    def _remember(self, proposal: Proposal) -> None:
        for file, words in proposal.words.items():
            if words is None:
                self._words.pop(file, None)
            else:
                self._words[file] = words
        self._count()

    def _count(self) -> None:
        self._status.objects = sum(len(words.said) for words in self._words.values())


class _Seen(NamedTuple):
    """A commit that was fetched, and when it was asked for."""

    tip: Tip
    commit: Commit
    listing: Listing
    at: float


async def _aside(size: int, work: Callable[[], T]) -> T:
    """Return what some work gives; much work is done in a thread."""
    return await asyncio.to_thread(work) if size > MANY else work()
