"""One Envoy as a child process: started on a bootstrap, stopped by its pid."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from galley.app.envoy.bootstrap import Bootstrap

_STOP = 5.0
T = TypeVar("T")


@contextlib.asynccontextmanager
async def running_envoy(
    envoy: Path, bootstrap: Bootstrap, directory: Path, log: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Envoy until the block ends; its bootstrap goes to `directory`, its words to `log` or our standard error."""
    config = directory / "bootstrap.json"
    config.write_bytes(orjson.dumps(bootstrap.render(), option=orjson.OPT_INDENT_2))
    arguments = [str(envoy), "-c", str(config), "--log-level", "warning", "--use-dynamic-base-id"]
    arguments += ["--concurrency", "2", "--drain-time-s", "1", "--parent-shutdown-time-s", "2"]
    with contextlib.ExitStack() as stack:
        output: Any = stack.enter_context(log.open("ab")) if log else None
        process = await asyncio.create_subprocess_exec(*arguments, stdout=output, stderr=output)
    try:
        yield process
    finally:
        await stop(process)


async def until_told(work: Coroutine[Any, Any, T]) -> T:
    """Do the work; where a signal asks this process to end, cancel it, so that its children are stopped with it.

    Raises `asyncio.CancelledError` then.
    """
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    return await work


async def stop(process: asyncio.subprocess.Process) -> None:
    """Ask the process to end; make it, where it has not after 5 s."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
