"""A kind that the API server itself cannot give holds up the others for a moment, and no longer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from galley.sources.kubernetes import served
from schemas.crd import crd_of
from schemas.registry import Registry
from tests.sources.contract import eventually
from tests.sources.kubernetes.cluster import Cluster, kind_named
from tests.sources.listener import Listener

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

SIDECAR = kind_named("Sidecar")
BROKEN = kind_named("WorkloadGroup")
STORED = "v1alpha3"


def unconverted() -> dict[str, Any]:
    """Return a definition that is stored in another version than is read, by a conversion that nobody answers."""
    made = crd_of(BROKEN)
    for version in made["spec"]["versions"]:
        version["storage"] = version["name"] == STORED
    where = {"url": "https://127.0.0.1:1/convert"}
    webhook = {"conversionReviewVersions": ["v1"], "clientConfig": where}
    made["spec"]["conversion"] = {"strategy": "Webhook", "webhook": webhook}
    return made


async def test_what_one_kind_fails_at_the_others_do_not_wait_for(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are said before all is known, and followed; what was said of the kind before stays."""
    monkeypatch.setattr(served, "LATE", 0.5)
    if not cluster.serves(SIDECAR):
        cluster.define([SIDECAR])
    cluster.clear(SIDECAR)
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    if cluster.client.get(f"{definitions}/{BROKEN.plural}.{BROKEN.group}").is_success:
        cluster.undefine(BROKEN)
    cluster.ask("POST", definitions, unconverted())
    try:
        path = f"/apis/{BROKEN.group}/{STORED}/namespaces/default/{BROKEN.plural}"
        tree = {"apiVersion": f"{BROKEN.group}/{STORED}", "kind": BROKEN.name, "metadata": {"name": "w"}}
        await eventually(
            lambda: cluster.client.post(path, json={**tree, "spec": {"template": {"serviceAccount": "a"}}}).is_success
        )
        assert cluster.client.get(f"/apis/{BROKEN.group}/v1/{BROKEN.plural}").is_server_error
        cluster.apply({"apiVersion": f"{SIDECAR.group}/v1", "kind": "Sidecar", "metadata": {"name": "a"}, "spec": {}})
        source, listener = cluster.source(Registry.of([SIDECAR, BROKEN])), Listener()
        async with listener.running(source):
            await eventually(lambda: listener.names() == {"a"}, 30)
            assert not source.status.synced
            assert BROKEN.plural in source.status.errors[0]
            tree = {"apiVersion": f"{SIDECAR.group}/v1", "kind": "Sidecar", "metadata": {"name": "b"}, "spec": {}}
            cluster.apply(tree)
            await eventually(lambda: listener.names() == {"a", "b"})
        cluster.proxy.cut()  # the API server does not say farewell on a connection on which it failed
        await asyncio.sleep(0.1)
    finally:
        cluster.undefine(BROKEN)
