"""Ten thousand objects from a cold directory to the first snapshot, beside a bare parse of the same files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from tests.bench.mesh import write
from tests.bench.process import galley
from tests.bench.table import show

pytestmark = pytest.mark.bench

SERVICES = 3_334
OBJECTS = 3 * SERVICES


async def test_a_cold_start_is_a_few_parses(tmp_path: Path) -> None:
    """Starting, reading, validating, storing and publishing take a small multiple of what parsing takes."""
    write(tmp_path / "mesh", SERVICES)
    before = time.monotonic()
    documents = 0
    for path in sorted((tmp_path / "mesh").iterdir()):
        documents += sum(1 for _ in yaml.load_all(path.read_bytes(), yaml.CSafeLoader))
    parsed = time.monotonic() - before
    assert documents == OBJECTS
    before = time.monotonic()
    async with galley(tmp_path):
        first = time.monotonic() - before
    before = time.monotonic()
    async with galley(tmp_path):
        again = time.monotonic() - before
    rows = [("parse alone", parsed), ("to the first snapshot", first), ("restarted, from the log", again)]
    show(
        f"{OBJECTS:,} objects in {2 * SERVICES:,} files",
        ("", "seconds", "objects/s", "of the parse"),
        [(name, seconds, OBJECTS / seconds, f"{seconds / parsed:.1f}x") for name, seconds in rows],
    )
    assert first < 5 * parsed
    assert again < first
