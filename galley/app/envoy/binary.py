"""Finds Envoy on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


class NoEnvoy(Exception):
    """There is no Envoy; the message says where was looked."""


def find_envoy(given: Path | None = None) -> Path:
    """Return the executable: that given, `GALLEY_ENVOY`, `.envoy/bin/envoy` beside our environment, or that on PATH."""
    beside = Path(sys.prefix).parent / ".envoy" / "bin" / "envoy"
    named = os.environ.get("GALLEY_ENVOY")
    on_path = shutil.which("envoy")
    for candidate in (given, Path(named) if named else None, beside, Path(on_path) if on_path else None):
        if candidate is not None and candidate.exists():
            return candidate
    msg = f"there is no Envoy: not at --envoy, GALLEY_ENVOY, {beside} or on PATH"
    raise NoEnvoy(msg)
