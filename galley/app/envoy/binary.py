"""Finds Envoy on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


class NoEnvoy(Exception):
    """There is no Envoy; the message says where was looked."""


def find_envoy(given: Path | None = None) -> Path:
    """Return the executable: that given, `GALLEY_ENVOY`, `.envoy/bin/envoy` beside our environment, or that on PATH.

    One that is named and not there is never replaced by another. Raises `NoEnvoy`.
    """
    beside = Path(sys.prefix).parent / ".envoy" / "bin" / "envoy"
    named = os.environ.get("GALLEY_ENVOY")
    on_path = shutil.which("envoy")
    chosen = given or (Path(named) if named else None)
    for candidate in [chosen] if chosen else [beside, *([Path(on_path)] if on_path else [])]:
        if candidate.exists():
            return candidate
    msg = f"there is no Envoy at {chosen}" if chosen else f"there is no Envoy: not at {beside}, not on PATH"
    raise NoEnvoy(msg)
