"""Failpoints: where a test may kill the process, to see what a crash leaves. Off, they cost one comparison.

The environment variable `GALLEY_FAILPOINT` is `NAME:COUNT`: the COUNTth time that NAME is passed, the process kills
itself with SIGKILL, as a power cut or an out-of-memory killer would. Only tests set it.
"""

from __future__ import annotations

import os
import signal
from typing import Final

APPEND: Final = "append"
COMMIT_BEFORE: Final = "commit.before"
COMMIT_AFTER: Final = "commit.after"
PUBLISH_BEFORE: Final = "publish.before"
PUBLISH_AFTER: Final = "publish.after"
COMPACT_BEFORE: Final = "compact.before"
COMPACT_WITHIN: Final = "compact.within"
COMPACT_AFTER: Final = "compact.after"

NAMES: Final = (
    APPEND,
    COMMIT_BEFORE,
    COMMIT_AFTER,
    PUBLISH_BEFORE,
    PUBLISH_AFTER,
    COMPACT_BEFORE,
    COMPACT_WITHIN,
    COMPACT_AFTER,
)
"""Every failpoint, in the order in which a change passes them."""

_armed = ""
_left = 0


def arm(failpoint: str) -> None:
    """Set the failpoint, `NAME:COUNT` or `NAME`; empty: none."""
    global _armed, _left  # noqa: PLW0603  one for the process, as the environment has one
    _armed, _, count = failpoint.partition(":")
    _left = int(count or "1")


def passed(name: str) -> None:
    """Die here, if this is the point and the time that the environment names."""
    if name == _armed:
        _die_in_time()


def _die_in_time() -> None:
    global _left  # noqa: PLW0603  as above
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get("GALLEY_FAILPOINT", ""))
