"""Watching a directory: every event is a hint, none is the truth. Which kind of watch the platform has.

On Linux it is `galley.sources.inotify`, elsewhere watchdog's observer. Both call back from their own thread, with
nothing but what happened to which path.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypeAlias

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.utils import UnsupportedLibcError

from galley.sources.hints import Event
from galley.sources.scan import is_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

Tell: TypeAlias = "Callable[[str, Event | None], None]"
"""Takes a path relative to the root and what happened to it; without an event, anything may have happened."""

Directories: TypeAlias = "Mapping[str, tuple[int, int]]"
"""Directories relative to the root, with device and inode."""


Watching: TypeAlias = "Callable[[Path, Tell], Watch]"
"""Begins to watch a directory; raises `OSError` where that cannot be done."""


class Watch(Protocol):
    """Something that watches."""

    def cover(self, directories: Directories) -> bool:
        """Watch exactly these; return whether one is new, so that what happened in it before may be unknown.

        Raises `OSError` where a limit of the operating system is reached.
        """
        ...

    @property
    def alive(self) -> bool:
        """Whether its thread still runs."""
        ...

    def close(self) -> None:
        """Stop watching."""
        ...


class ObserverWatch(FileSystemEventHandler):
    """watchdog's own observer, which is recursive by itself. It cannot tell when a file is closed."""

    def __init__(self, root: Path, tell: Tell) -> None:
        self._given = root
        self._root = ""
        self._identity = (0, 0)
        self._tell = tell
        self._observer: BaseObserver | None = None

    def cover(self, directories: Directories) -> bool:
        """See `Watch.cover`: begins anew where the root has become another directory."""
        if directories[""] == self._identity:
            return False
        self.close()
        self._identity = directories[""]
        self._root = os.path.realpath(self._given)
        self._observer = Observer()
        self._observer.schedule(self, self._root, recursive=True)
        self._observer.start()
        return True

    @property
    def alive(self) -> bool:
        """See `Watch.alive`."""
        return self._observer is None or self._observer.is_alive()

    def close(self) -> None:
        """See `Watch.close`."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell what happened; called by the observer's thread."""
        if event.event_type in {"opened", "closed_no_write"}:
            return
        gone = event.event_type in {"deleted", "moved"}
        self._hint(os.fsdecode(event.src_path), Event.GONE if gone else Event.WRITTEN, directory=event.is_directory)
        if event.dest_path:
            self._hint(os.fsdecode(event.dest_path), Event.WRITTEN, directory=event.is_directory)

    def _hint(self, path: str, event: Event, *, directory: bool) -> None:
        inner = os.path.relpath(path, self._root)
        self._tell(inner, None if directory and event is Event.GONE else event if is_read(inner) else Event.TOUCHED)


try:
    from galley.sources.inotify import InotifyWatch
except (ImportError, UnsupportedLibcError):
    watch: Watching = ObserverWatch
else:
    watch = InotifyWatch
