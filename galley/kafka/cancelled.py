"""`is_cancelled`: whether a `CancelledError` is meant for us: aiokafka raises it too where a connection breaks."""

from __future__ import annotations

import asyncio


def is_cancelled() -> bool:
    """Tell whether somebody has asked the current task to end; else a `CancelledError` is a fault like any other."""
    task = asyncio.current_task()
    return task is not None and bool(task.cancelling())
