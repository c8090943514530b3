"""How long `galley validate` of one small file takes, the whole process, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from tests.bench.mesh import route, service
from tests.bench.table import show

pytestmark = pytest.mark.bench

TIMES = 7


def _seconds(*arguments: str) -> float:
    """The median of some runs; each succeeds."""
    times = []
    for _ in range(TIMES):
        before = time.monotonic()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        times.append(time.monotonic() - before)
    return median(times)


def test_validate_starts_fast(tmp_path: Path) -> None:
    """It loads what a check needs, and neither the server nor gRPC."""
    path = tmp_path / "mesh.yaml"
    path.write_text(service(0) + "---\n" + route(0))
    _seconds("-m", "galley.app", "validate", str(path))
    nothing = _seconds("-c", "pass")
    models = _seconds("-c", "import pydantic, typer, yaml; class_ = type('M', (pydantic.BaseModel,), {})")
    validated = _seconds("-m", "galley.app", "validate", str(path))
    show(
        "galley validate FILE, the whole process",
        ("", "ms", "of nothing"),
        [
            ("python -c pass", nothing * 1e3, "1.0x"),
            ("import pydantic, typer, yaml", models * 1e3, f"{models / nothing:.1f}x"),
            ("galley validate", validated * 1e3, f"{validated / nothing:.1f}x"),
        ],
    )
    assert validated < 4 * models
