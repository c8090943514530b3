"""The routes of whole meshes, beside what they are to be: `tests/golden/routes_*`.

Each case is read by a sidecar of namespace `default` and by the proxies of an ingress gateway. With `GOLDEN=write` in
the environment the expectations are written instead; then read their difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf.json_format import MessageToJson

from tests.proxy.routes.builders import graph_of, router, sidecar, tables
from tests.proxy.routes.envoy_validate import refusal

CASES = sorted((Path(__file__).parents[2] / "golden").glob("routes_*"))
PROXIES = {"sidecar": sidecar(), "router": router()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_routes_are_as_expected(case: Path) -> None:
    """Every proxy gets what stands in `expected.yaml`."""
    graph = graph_of((case / "input.yaml").read_text())
    made = {name: _plain(tables(graph, scope)) for name, scope in PROXIES.items()}
    if os.environ.get("GOLDEN") == "write":
        (case / "expected.yaml").write_text(yaml.safe_dump(made, width=120))
    assert made == yaml.safe_load((case / "expected.yaml").read_text())


@pytest.mark.envoy
def test_the_real_envoy_takes_them_all() -> None:
    """All route configurations of all cases at once."""
    graphs = [graph_of((case / "input.yaml").read_text()) for case in CASES]
    found = [table for graph in graphs for scope in PROXIES.values() for table in tables(graph, scope).values()]
    assert len(found) > len(CASES)
    assert refusal(found) == ""


def _plain(found: dict[str, Any]) -> list[Any]:
    return [json.loads(MessageToJson(table)) for table in found.values()]
