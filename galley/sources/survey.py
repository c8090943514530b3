"""`Survey`: what may have changed in a directory, by events where there are any, by looking where there are none."""

from __future__ import annotations

import asyncio
import errno
import time
from collections import deque
from typing import TYPE_CHECKING, Final

import structlog

from galley.sources.diff import ROOT
from galley.sources.hints import Event, Hints, Taken
from galley.sources.scan import Signature, is_read, look, scan
from galley.sources.watch import watch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from galley.sources.scan import Entry, Listing
    from galley.sources.watch import Watch, Watching

_LOG = structlog.get_logger(__name__)

RESCAN: Final = 30.0
"""Seconds between two looks at everything, whatever the events say."""

POLL: Final = 0.5
"""Seconds between two looks at everything where there are no events."""

GLANCE: Final = 1.0
"""Seconds between two looks at the directory's own identity, which changes where a directory far above is swapped."""

MOST_EVENTS: Final = 20_000
"""With more events than this waiting, each of them matters less than their number: everything is looked at."""

MOST_WALKS: Final = 5
"""Directories that appear faster than they can be walked are left to the next look."""

_RACY: Final = 50_000_000
"""A file that changed so short a time (nanoseconds) before it was read can change again under the same signature."""


class Survey:
    """Keeps what every path was when it was last believed, and finds what differs from that."""

    def __init__(self, root: Path, *, rescan: float = RESCAN, watching: Watching = watch) -> None:
        self.errors: list[str] = []
        self.lost = False
        """Whether the directory itself cannot be read."""
        self._root = root
        self._rescan = rescan
        self._watching = watching
        self._hints = Hints()
        self._events: deque[tuple[str, Event | None, float]] = deque(maxlen=MOST_EVENTS)
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: Watch | None = None
        self._entries: dict[str, Entry] = {}
        self._racy: set[str] = set()
        self._linked = False
        self._identity: tuple[int, int] | None = None
        """The device and inode of the directory that was walked; None where it could not be."""
        self._next = 0.0
        self._glance = 0.0
        self._blind = ""
        """Why there are no events; empty while there are."""
        self._watch_again = 0.0

    def close(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def last_written(self, path: str) -> float | None:
        """See `galley.sources.hints.Hints.last_written`."""
        return self._hints.last_written(path)

    def believe(self, path: str, entry: Entry | None) -> None:
        """Remember what a path is."""
        if entry is None:
            self._entries.pop(path, None)
        else:
            self._entries[path] = entry
        if isinstance(entry, Signature) and time.time_ns() - entry.changed < _RACY:
            self._racy.add(path)
        else:
            self._racy.discard(path)

    # ------------------------------------------------------------------------------------------------------- waiting

    async def wait(self, due: float | None) -> Taken:
        """Return what to look at, once there is something, or at `due` (a time of the event loop)."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            self._drain()
            now = loop.time()
            if now >= self._glance:
                self._look_up(now)
            times = (self._hints.due, due, self._next, self._glance)
            deadline = min(at for at in times if at is not None)
            if now >= deadline:
                taken = self._hints.take(now)
                return Taken(taken.paths, taken.everything or now >= self._next)
            try:
                async with asyncio.timeout_at(deadline):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _look_up(self, now: float) -> None:
        """See whether the directory is still the one that was walked, and the watch still awake."""
        self._glance = now + GLANCE
        if self._watch is not None and not self._watch.alive:
            self.close()
            self._hints.note_everything(now)
        if _identity_of(self._root) != self._identity:
            self._hints.note_everything(now)

    def _drain(self) -> None:
        if len(self._events) == MOST_EVENTS:
            self._events.clear()
            self._hints.note_everything(time.monotonic())
        while self._events:
            path, event, at = self._events.popleft()
            if event is None:
                self._hints.note_everything(at)
            elif any(step.startswith(".") for step in path.split("/")) or not is_read(path):
                if self._linked:
                    self._hints.note_everything(at)
            else:
                self._hints.note(path, event, at)

    def _tell(self, path: str, event: Event | None) -> None:
        """Take an event; called by the watch's own thread."""
        self._events.append((path, event, time.monotonic()))
        loop = self._loop
        if loop is not None and not self._wake.is_set() and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake.set)

    def goes_on(self) -> bool:
        """See `galley.sources.hints.Hints.goes_on`."""
        self._drain()
        return self._hints.goes_on(time.monotonic())

    # ------------------------------------------------------------------------------------------------------- looking

    async def look(self, taken: Taken, again: Iterable[str], known: Collection[str]) -> dict[str, Entry | None]:
        """Return the paths that are to be read, with what is there (None: nothing).

        Those are the taken ones, those to be looked at `again`, and, where everything is looked at, those that differ
        from what was believed or are gone; `known` are the paths that something was said of.
        """
        wanted = {*taken.paths, *again}
        if not taken.everything:
            found = look(self._root, wanted)
            if found is not None:
                return {path: entry for path, entry in found.items() if entry is not None or path in known}
        listing = await self._list()
        now = asyncio.get_running_loop().time()
        entries: dict[str, Entry] = {path or ROOT: problem for path, problem in listing.unreadable.items()}
        entries |= listing.files
        changed: dict[str, Entry | None] = {
            path: entry for path, entry in entries.items() if path in wanted or self._differs(path, entry, now)
        }
        gone = {*known, *self._entries} - entries.keys()
        return changed | {path: None for path in gone if not _is_below(path, listing.unreadable)}

    def _differs(self, path: str, entry: Entry, now: float) -> bool:
        return (path in self._racy or self._entries.get(path) != entry) and not self._hints.is_open(path, now)

    async def _list(self) -> Listing:
        """Walk through everything, and watch what was walked."""
        loop = self._loop = asyncio.get_running_loop()
        begin = loop.time()
        listing = await asyncio.to_thread(self._walk)
        end = loop.time()
        self._linked = listing.linked
        self.lost = "" in listing.unreadable
        self._identity = listing.directories.get("")
        lost = [f"{self._root} {listing.unreadable[''].message}"] if self.lost else []
        self.errors = [*lost, *([self._blind] if self._blind else [])]
        poll = max(POLL, 10 * (end - begin))
        self._next = end + (poll if self.lost or self._blind else self._rescan)
        return listing

    def _walk(self) -> Listing:
        """List, and watch what is listed; again while that finds directories in which something may have happened."""
        listing = scan(self._root)
        for _ in range(MOST_WALKS):
            if "" in listing.unreadable or not self._cover(listing):
                break
            listing = scan(self._root)
        return listing

    def _cover(self, listing: Listing) -> bool:
        """Watch the directories; whether there are new ones among them. Fall back to polling where that cannot be."""
        now = time.monotonic()
        if self._blind and now < self._watch_again:
            return False
        try:
            if self._watch is None:
                self._watch = self._watching(self._root, self._tell)
            more = self._watch.cover(listing.directories)
        except OSError as error:
            self.close()
            self._watch_again = now + self._rescan
            if not self._blind:
                _LOG.warning("source.unwatched", root=str(self._root), error=str(error))
            limit = error.errno in {errno.ENOSPC, errno.EMFILE}
            remedy = "; raise fs.inotify.max_user_watches and fs.inotify.max_user_instances" if limit else ""
            why = f"{error.strerror or error}{remedy}"
            self._blind = f"{self._root} cannot be watched ({why}); looking every {POLL} s instead"
            return False
        self._blind = ""
        return more


def _identity_of(root: Path) -> tuple[int, int] | None:
    try:
        info = root.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _is_below(path: str, directories: Collection[str]) -> bool:
    """Whether a path is in one of these directories."""
    return any(not directory or path.startswith(directory + "/") for directory in directories)
