"""`RefsWatch`: wakes a source when references of a repository on this machine's disk may have changed.

Events are hints. Where there are none (a limit is reached, the file system has none), a glance each second finds what
changed, also where the whole repository was moved away or came back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from galley.sources.git import local
from galley.sources.git.git_error import GitError
from galley.sources.watch import watch

if TYPE_CHECKING:
    from pathlib import Path

    from galley.sources.git.local import Fingerprint
    from galley.sources.hints import Event
    from galley.sources.watch import Watch, Watching

GLANCE: Final = 1.0
"""Seconds between two looks at a few files' times."""

_MATTERS: Final = frozenset({"", "HEAD", "packed-refs", "refs"})
"""What of a git directory tells that a reference moved; the empty path is the directory itself."""


class RefsWatch:
    """Watches one repository; sets `wake`."""

    def __init__(self, directory: Path, wake: asyncio.Event, watching: Watching = watch) -> None:
        """Take the repository, as it was named; nothing is watched before `cover`."""
        self._directory = directory
        self._wake = wake
        self._watching = watching
        self._watch: Watch | None = None
        self._root: Path | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._seen: Fingerprint = ()
        self._ref = ""

    def cover(self, ref: str = "") -> None:
        """Watch what there is now, and take it as seen; `ref` is the full name of the reference that matters."""
        self._loop = asyncio.get_running_loop()
        self._ref = ref or self._ref
        try:
            lies = local.find(self._directory)
            if self._watch is None or lies.common != self._root or not self._watch.alive:
                self.close()
                self._watch, self._root = self._watching(lies.common, self._tell), lies.common
            if self._watch.cover(local.directories(lies, self._ref)):
                self._wake.set()
        except (GitError, OSError, KeyError):
            self.close()
        self._seen = local.fingerprint(self._directory, self._ref)

    def glance(self) -> bool:
        """Whether something is other than when it was covered."""
        return local.fingerprint(self._directory, self._ref) != self._seen

    def close(self) -> None:
        """Stop watching."""
        watch_, self._watch = self._watch, None
        if watch_ is not None:
            watch_.close()

    def _tell(self, path: str, event: Event | None) -> None:
        """Take an event; called by the watch's own thread."""
        del event
        loop = self._loop
        matters = path in _MATTERS or (path.startswith("refs/") and not path.endswith(".lock"))
        if matters and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake.set)
