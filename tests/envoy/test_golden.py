"""Listeners and secrets of whole meshes, beside what they are to be; and the real Envoy's word on every mesh we have.

With `GOLDEN=write` in the environment the expectations are written instead; then read their difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.envoy.golden import FOLDER, listeners_and_secrets, nodes, sent
from tests.envoy.snapshot import refusal

MESHES = sorted(path.parent for path in FOLDER.glob("*/input.yaml"))
CASES = [case for case in MESHES if case.name.startswith("listeners_")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_listeners_and_secrets_are_as_expected(case: Path) -> None:
    """Every proxy gets what stands in `expected.json`."""
    made, expected = listeners_and_secrets(case), case / "expected.json"
    if os.environ.get("GOLDEN") == "write":
        expected.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
    assert made == json.loads(expected.read_text())


@pytest.mark.envoy
@pytest.mark.parametrize("case", MESHES, ids=lambda case: case.name)
def test_the_real_envoy_takes_all_that_it_is_sent(case: Path) -> None:
    """Clusters, endpoints, listeners, routes and secrets of every proxy of every mesh."""
    for name, node in nodes(case).items():
        assert refusal(sent(case, node)) == "", name
