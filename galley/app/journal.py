"""What the log says of a running server: its revisions, what is held back and refused, sources in trouble.

Revisions and refusals are written as they happen (`Journal.tell`); what lasts (something held, a source that fails) is
compared once a second with what was written last (`Journal.look`), so that each thing is said once when it begins and
once when it ends, however often it is met in between.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from galley.app.control.status import held_answers
from schemas.events.catalogue import Applied, Nacked, Published, Received

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine
    from schemas.events.catalogue import AnyEvent

_log = structlog.get_logger("galley")
_EVERY = 1.0
_MOST = 20
"""Objects that are named at once; a directory of a thousand broken files is one line more."""


class Journal:
    """Writes the log of one server. Used on one event loop only."""

    def __init__(self, engine: Engine, sources: Sequence[Source]) -> None:
        """Tell of these."""
        self._engine = engine
        self._sources = sources
        self._seen = -1
        self._held: dict[tuple[str, str], dict[str, object]] = {}
        self._guarded = 0
        self._failing: dict[str, tuple[str, ...]] = {}

    def tell(self, event: AnyEvent, trace: str) -> None:
        """Write an event of `galley.app.observe.Observer`."""
        match event:
            case Received():
                _log.info("source.batch", trace=trace, source=event.source, changes=event.changes)
            case Published():
                number, changes = event.revision, event.changes
                _log.info("revision.published", revision=number, source=event.source, changed=changes, trace=trace)
            case Applied(complete=True):
                number = event.revision
                _log.info("revision.applied", revision=number, trace=trace, applied=event.applied, of=event.of)
            case Nacked():
                told = event.model_dump(exclude={"type"})
                _log.warning("revision.refused", trace=trace, **told)
            case _:
                pass

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_EVERY)

    def look(self) -> None:
        """Write what has begun and what has ended since the last look."""
        self._look_at_sources()
        state = self._engine.state
        if state.sequence == self._seen:
            return
        self._seen = state.sequence
        self._look_at_held()
        guarded = state.hold.number if state.hold else 0
        if state.hold and guarded != self._guarded:
            _log.warning("revision.held", revision=guarded, removed=state.hold.removed, of=state.hold.total)
        self._guarded = guarded

    def _look_at_held(self) -> None:
        held = {(answer.file, answer.resource): answer.model_dump() for answer in held_answers(self._engine.state)}
        begun = [answer for place, answer in held.items() if self._held.get(place) != answer]
        for answer in begun[:_MOST]:
            _log.warning("object.held", **answer)
        ended = [place for place in self._held if place not in held]
        for file, resource in ended[:_MOST]:
            _log.info("object.released", file=file, resource=resource)
        if len(begun) > _MOST or len(ended) > _MOST:
            _log.warning("objects.held", held=len(held), begun=len(begun), ended=len(ended))
        self._held = held

    def _look_at_sources(self) -> None:
        for source in self._sources:
            errors = tuple(source.status.errors)
            if errors == self._failing.get(source.name, ()):
                continue
            self._failing[source.name] = errors
            if errors:
                _log.warning("source.failing", source=source.name, errors=list(errors))
            else:
                _log.info("source.recovered", source=source.name)
