"""Runs commands as users do, and writes the files that they are about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ROUTE = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
spec:
  hosts: [web.example]
  http:
  - route:
    - destination:
        host: {host}
"""
ENTRY = """apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: {name}
spec:
  hosts: [{name}.example]
  addresses: [10.0.0.{address}]
  ports: [{{number: 80, name: http, protocol: HTTP}}]
  resolution: STATIC
  endpoints: [{{address: 192.0.2.1}}]
"""


def route(host: str) -> str:
    """Return a VirtualService for `web.example` that leads to a host."""
    return ROUTE.format(host=host)


def entry(name: str, address: int = 1) -> str:
    """Return a ServiceEntry of the host `NAME.example`."""
    return ENTRY.format(name=name, address=address)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  JSON
        """The output as JSON."""
        return json.loads(self.out)


def galley(*words: str | Path, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ran:
    """Run `galley` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "galley.app", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
