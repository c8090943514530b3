"""`InotifyWatch`: one inotify descriptor, one thread, told directory by directory what to watch. Linux.

It uses watchdog's reader of inotify and not its recursive observer, because that one keeps silent about directories
which it cannot watch once the limit of watches is reached, and holds every event back for half a second after a file
was moved out of the tree.
"""

from __future__ import annotations

import os
import stat
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyFD, Mask, WatchDescriptor

from galley.sources.hints import Event
from galley.sources.scan import is_read

if TYPE_CHECKING:
    from pathlib import Path

    from watchdog.observers.inotify_c import InotifyEvent

    from galley.sources.watch import Directories, Tell

_NAMES = (
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
)
_CONTENT = InotifyConstants.IN_MODIFY | InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_ATTRIB
_ITSELF = InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_MOVE_SELF


class _Covered(NamedTuple):
    descriptor: WatchDescriptor
    identity: tuple[int, int]


class InotifyWatch:
    """Watches directories, and the root's own name in the directory above it, so that a swap of the root is seen."""

    def __init__(self, root: Path, tell: Tell) -> None:
        """Begin with nothing watched; raise `OSError` at the limit of inotify instances."""
        self._root = root.absolute()
        """As it was given: where it is a link, the link may be swapped."""
        self._tell = tell
        self._lock = Lock()
        self._covered: dict[str, _Covered] = {}
        self._paths: dict[WatchDescriptor, str] = {}
        self._above: _Above | None = None
        self._callback = CallbackId(id(self))
        self._reader = InotifyFD()
        self._reader.start()

    def cover(self, directories: Directories) -> bool:
        """See `galley.sources.watch.Watch.cover`."""
        if self._above is None:
            # It may be forbidden to watch that one; then a swap of the root is found by looking, a second later.
            self._above = _Above(self)
            above, mask = os.fsencode(self._root.parent), Mask(_NAMES | InotifyConstants.IN_ONLYDIR)
            self._reader.add_callback(above, mask, self._above, self._callback)
        with self._lock:
            stale = [path for path, (_, identity) in self._covered.items() if directories.get(path) != identity]
            dropped = [self._forget(path) for path in stale]
            missing = [path for path in directories if path not in self._covered]
        self._reader.remove_callbacks([(descriptor, self._callback) for descriptor in dropped])
        added = [self._add(path, directories[path]) for path in missing]
        return any(added)

    @property
    def alive(self) -> bool:
        """See `galley.sources.watch.Watch.alive`."""
        return self._reader.is_alive()

    def close(self) -> None:
        """See `galley.sources.watch.Watch.close`."""
        self._reader.stop()
        self._reader.join()

    # ------------------------------------------------------------------------------ called by the reader's thread

    def on_event(self, event: InotifyEvent) -> None:
        """Tell what happened to a name in a directory."""
        directory = self._paths.get(event.wd)
        if directory is None:
            return
        name = os.fsdecode(event.name)
        path = f"{directory}/{name}" if directory else name
        if not name or (event.is_directory and not name.startswith(".")):
            self._tell(path, None)
        elif not event.is_directory:
            self._tell(path, self._event(event, path) if is_read(name) else Event.TOUCHED)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Forget a directory that is no more."""
        with self._lock:
            path = self._paths.get(wd)
            if path is not None:
                self._forget(path)

    def on_queue_overflow(self) -> None:
        """Tell that events were lost."""
        self._tell("", None)

    def above(self, name: bytes) -> None:
        """Tell that something of the root's name came or went."""
        if os.fsdecode(name) == self._root.name:
            self._tell("", None)

    # ----------------------------------------------------------------------------------------------------------------

    def _add(self, path: str, identity: tuple[int, int]) -> bool:
        full = self._root / path
        mask = Mask(_NAMES | _CONTENT | _ITSELF | InotifyConstants.IN_ONLYDIR)
        try:
            descriptor = self._reader.add_callback(os.fsencode(full), mask, self, self._callback)
        except (FileNotFoundError, NotADirectoryError):
            return False
        if descriptor == -1:
            raise PermissionError(f"{full} cannot be watched")
        with self._lock:
            self._covered[path] = _Covered(descriptor, identity)
            self._paths[descriptor] = path
        return True

    def _forget(self, path: str) -> WatchDescriptor:
        descriptor = self._covered.pop(path).descriptor
        self._paths.pop(descriptor, None)
        return descriptor

    def _event(self, event: InotifyEvent, path: str) -> Event:
        if event.is_delete or event.is_moved_from:
            return Event.GONE
        if event.is_close_write or event.is_moved_to:
            return Event.WRITTEN
        if event.is_attrib:
            return Event.TOUCHED
        return Event.WRITING if event.is_modify or self._is_new_file(path) else Event.WRITTEN

    def _is_new_file(self, path: str) -> bool:
        """Whether what was created will be written and closed: links, also hard ones, and FIFOs will not."""
        try:
            info = os.lstat(self._root / path)
        except OSError:
            return False
        return stat.S_ISREG(info.st_mode) and info.st_nlink == 1


class _Above:
    """Hears what happens in the directory above the root."""

    def __init__(self, watch: InotifyWatch) -> None:
        self._watch = watch

    def on_event(self, event: InotifyEvent) -> None:
        """Pass a name on."""
        self._watch.above(event.name)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Take note of nothing: without the directory above there is no root."""

    def on_queue_overflow(self) -> None:
        """Leave it to the watch of the root."""
