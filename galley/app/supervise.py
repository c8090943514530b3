"""`follow`: runs a source for as long as the server runs, whatever happens to the source or to the log.

A log that takes nothing (a full disk) ends a source's run, since its words were not heard; it runs again from what the
log knows as soon as changes are accepted. A source that fails otherwise is our own fault, and costs itself a pause.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from galley.sources.known import known_of
from pipeline.log.contract import LogUnusable

if TYPE_CHECKING:
    from galley.sources.contract import Emit, Source
    from pipeline.engines.contract import Engine

_log = structlog.get_logger("galley")
_SOONEST, _LATEST = 0.1, 30.0


async def follow(source: Source, engine: Engine, emit: Emit) -> None:
    """Run a source until cancelled, once the engine knows what the source has said before, wherever that was."""
    await engine.accepting()
    pause = _SOONEST
    while True:
        begun = asyncio.get_running_loop().time()
        try:
            await source.run(known_of(engine.state, source.name), emit)
        except LogUnusable as error:
            _log.warning("source.waiting", source=source.name, reason=str(error))
            await engine.accepting()
            continue
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # A library has cancelled something of its own, and nobody us.
            failed = "a connection of it was cut off"
        except Exception as error:  # noqa: BLE001  the lifecycle: one source's fault is no other's
            _log.error("source.failed", source=source.name, exc_info=error)
            failed = f"it failed with {type(error).__name__}; the server's log has the details"
        else:
            failed = "it ended by itself"
        lasted = asyncio.get_running_loop().time() - begun
        pause = _SOONEST if lasted > _LATEST else min(_LATEST, 2 * pause)
        source.status.failing(failed, retry_at=time.time() + pause)
        await asyncio.sleep(pause)
