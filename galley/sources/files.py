"""`FilesSource`: a directory of YAML and JSON files as a source.

Theory of operation. Events of the operating system are hints (`galley.sources.hints` says when to act on them), what
lies in the directory is the truth, and every so often everything is looked at anyway. A round looks at the hinted
paths, reads those that changed, compares what they say with what was said (`galley.sources.diff`) and emits all
differences as one batch. A file that does not parse, or says less than before, is looked at again a moment later before
that is believed (`galley.sources.doubt`); while something may be missing only for a moment, the others wait for it, so
that an object that moves between files moves in one batch.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Final

import structlog

from galley.documents.limits import DEFAULT_LIMITS
from galley.documents.reading import Reading
from galley.sources.contract import SourceStatus
from galley.sources.diff import NOTHING, difference
from galley.sources.doubt import Doubt, Doubts
from galley.sources.hints import Taken
from galley.sources.reader import Reader
from galley.sources.survey import RESCAN, Survey
from galley.sources.watch import watch
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Synced
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from pathlib import Path

    from galley.documents.limits import Limits
    from galley.sources.contract import Emit, Known, Words
    from galley.sources.diff import Difference
    from galley.sources.reader import Finding
    from galley.sources.watch import Watching
    from pipeline.model.change import Change
    from schemas.registry import Registry

_LOG = structlog.get_logger(__name__)

MANY: Final = 200
"""With more paths than this, they are compared in a thread, so that the event loop goes on."""


class FilesSource:
    """Watches a directory, at any depth, and says what its files say."""

    def __init__(
        self,
        root: Path,
        *,
        name: str = "files",
        limits: Limits = DEFAULT_LIMITS,
        registry: Registry = DEFAULT_REGISTRY,
        rescan: float = RESCAN,
        watching: Watching = watch,
    ) -> None:
        """Take a directory, which need not be there yet; nothing is read before `run`.

        Everything is looked at every `rescan` seconds, whatever the events of `watching` say.
        """
        self._name = name
        self._status = SourceStatus(name=name, kind="files", location=str(root))
        self._reader = Reader(root, name, limits, registry)
        self._survey = Survey(root, rescan=rescan, watching=watching)
        self._doubts = Doubts()
        self._words: dict[str, Words] = {}
        self._again: set[str] = set()

    @property
    def name(self) -> str:
        """See `galley.sources.contract.Source.name`."""
        return self._name

    @property
    def status(self) -> SourceStatus:
        """See `galley.sources.contract.Source.status`."""
        return self._status

    async def run(self, known: Known, emit: Emit) -> None:
        """See `galley.sources.contract.Source.run`."""
        self._words = dict(known)
        self._status.objects = sum(len(words.said) for words in self._words.values())
        try:
            await self._round(Taken(everything=True), emit)
            while True:
                await self._round(await self._survey.wait(self._doubts.due), emit)
        finally:
            self._survey.close()

    async def _round(self, taken: Taken, emit: Emit) -> None:
        """Look, compare, and say what differs."""
        at = time.time()
        again, self._again = self._again, set()
        changed = await self._survey.look(taken, again, self._words.keys())
        found = await self._reader.read(changed)
        if self._status.synced and self._survey.goes_on():
            self._again |= found.keys()
            return
        differences = await asyncio.to_thread(self._compare, found) if len(found) > MANY else self._compare(found)
        believed = self._believed(found, differences)
        changes = [change for path in believed for change in differences[path].changes]
        told = [path for path in believed if differences[path].changes]
        await self._emit(changes, Cause(at=at, trace=secrets.token_hex(16), reason=_reason(told)), emit)
        for path in believed:
            self._take(path, found[path], differences[path])
        self._status.note(list(self._survey.errors), lost=self._survey.lost)
        if not self._survey.lost:
            self._status.last_sync = time.time()

    def _compare(self, found: dict[str, Finding]) -> dict[str, Difference]:
        return {
            path: difference(self._name, path, self._words.get(path, NOTHING), one.said) for path, one in found.items()
        }

    def _believed(self, found: dict[str, Finding], differences: dict[str, Difference]) -> list[str]:
        """Return the paths whose differences are to be said now; the others are looked at again."""
        if not self._status.synced:
            return list(found)
        now = asyncio.get_running_loop().time()
        doubted: dict[str, Doubt] = {}
        for path, one in found.items():
            doubt = _doubt(differences[path], one)
            written = self._survey.last_written(path)
            if not self._doubts.believes(path, one.entry, doubt, now, written) and doubt is not None:
                doubted[path] = doubt
        waiting = found if Doubt.FEWER in doubted.values() and not self._doubts.are_old(now) else doubted
        self._doubts.keep(waiting, now)
        self._again |= waiting.keys()
        return [path for path in found if path not in waiting]

    def _take(self, path: str, one: Finding, new: Difference) -> None:
        """Remember what was said of a path."""
        before = self._words.pop(path, NOTHING)
        if new.words is not None:
            self._words[path] = new.words
        self._status.objects += len((new.words or NOTHING).said) - len(before.said)
        self._survey.believe(path, one.entry)

    async def _emit(self, changes: list[Change], cause: Cause, emit: Emit) -> None:
        first = not self._status.synced and not self._survey.lost
        if changes or first:
            synced = (Synced(source=self._name),) if first else ()
            await emit(Batch(source=self._name, changes=(*changes, *synced), cause=cause))
        if first:
            self._status.synced = True
            _LOG.info("source.synced", source=self._name, changes=len(changes))


def _doubt(new: Difference, one: Finding) -> Doubt | None:
    """Return why a difference is not to be believed at first sight."""
    if new.faults and isinstance(one.said, Reading):
        return Doubt.FAULTY
    return Doubt.FEWER if new.removes else None


def _reason(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths)} files"
