"""A process that has everything imported, and forks a life whenever it is asked: so that a thousand lives are cheap.

It reads JSON lines, `{"folder", "failpoint", "kill_after"}`, and answers each with `{"status"}`: the exit code of the
life, or minus the signal that ended it. `kill_after` (seconds, 0: never) kills it from outside, whatever it is doing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import orjson
import structlog

from pipeline.log import failpoints
from tests.crash.life import live


def main() -> None:
    """Serve until standard input ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for line in sys.stdin.buffer:
        status = _one(orjson.loads(line))
        sys.stdout.buffer.write(orjson.dumps({"status": status}) + b"\n")
        sys.stdout.buffer.flush()


def _one(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        _child(order)
    if order["kill_after"]:
        time.sleep(order["kill_after"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _child(order: dict[str, Any]) -> None:
    """Live, and never return into the parent's loop."""
    failpoints.arm(order["failpoint"])
    status = 1
    try:
        asyncio.run(live(Path(order["folder"])))
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


if __name__ == "__main__":
    main()
