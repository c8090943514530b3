"""The clusters and endpoints of whole meshes, beside what they are to be: `tests/golden/clusters_*`.

Each case is read by three proxies. With `GOLDEN=write` in the environment the expectations are written instead; then
read their difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from pipeline.derive import Graph
from tests.proxy.clusters.decoded import as_json, assignments, clusters, refusal
from tests.proxy.registry.meshes import graph_of, scope

CASES = sorted((Path(__file__).parents[2] / "golden").glob("clusters_*"))
PROXIES = {
    "workload": "sidecar~10.0.9.1~vm-1.default~default.svc.cluster.local",
    "elsewhere": "sidecar~10.9.9.9~client.other~other.svc.cluster.local",
    "gateway": "router~10.9.9.8~gateway.istio-system~istio-system.svc.cluster.local",
}


def plain(graph: Graph) -> dict[str, dict[str, object]]:
    """What each proxy is sent, as JSON."""
    found: dict[str, dict[str, object]] = {}
    for name, identity in PROXIES.items():
        client = scope(graph, identity)
        found[name] = {
            "cds": [as_json(item) for item in clusters(graph, client).values()],
            "eds": [as_json(item) for item in assignments(graph, client).values()],
        }
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_clusters_are_as_expected(case: Path) -> None:
    """Every proxy gets what stands in `expected.yaml`."""
    made = plain(graph_of((case / "input.yaml").read_text()))
    if os.environ.get("GOLDEN") == "write":
        (case / "expected.yaml").write_text(yaml.safe_dump(made, width=120))
    assert made == yaml.safe_load((case / "expected.yaml").read_text())


@pytest.mark.envoy
@pytest.mark.parametrize("identity", PROXIES.values(), ids=list(PROXIES))
def test_the_real_envoy_takes_them(identity: str) -> None:
    """All clusters of a proxy, of each case; certificates in files are not there, so they are left out."""
    for case in CASES:
        graph = graph_of((case / "input.yaml").read_text().replace("clientCertificate: /etc/certs/c.pem, ", ""))
        assert refusal(clusters(graph, scope(graph, identity)).values()) == ""
