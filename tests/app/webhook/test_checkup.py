"""What a checkup says of a real API server that asks us, or insists on somebody who is gone."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

import pytest
import yaml

from galley.app.api.answers import WebhookAnswer
from galley.app.check_cluster import cluster_checks
from galley.app.webhook.configuration import PATH, VALIDATION, Target, configuration
from galley.app.webhook_remedy import webhook_remedy
from schemas.registry import DEFAULT_REGISTRY
from tests.app.commands import galley
from tests.app.live import running
from tests.app.webhook.test_cluster import create, created, policy, serving, until
from tests.app.webhook.test_validate import GATEWAY
from tests.components.process import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.kubernetes.cluster import Cluster

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

_NAME = "left-behind"
_STRATEGIC = {"content-type": "application/strategic-merge-patch+json"}


def leave_behind(cluster: Cluster) -> None:
    """Leave what a server that was killed leaves: nobody answers, and the cluster insists."""
    shipped = configuration(_NAME, Target(url=f"https://127.0.0.1:{free_port()}"), DEFAULT_REGISTRY)
    shipped["webhooks"][0]["failurePolicy"] = "Fail"
    cluster.ask("POST", PATH, shipped)


async def test_what_a_killed_server_leaves_is_told_with_what_ends_it(cluster: Cluster) -> None:
    """Without any server; the patch that it names does what it says, and then all is well."""
    leave_behind(cluster)
    await until(lambda: not create(cluster, GATEWAY, "probe").is_success)
    asked = ("doctor", "--server", "127.0.0.1:1", "--kubernetes", cluster.kube.kubeconfig, "-o", "json")
    found = galley(*asked).json[-1]
    assert not found["good"]
    assert found["seen"].startswith(f"{_NAME}: Fail, so changes to our kinds are refused: nobody answers: ")
    assert "failed calling webhook" in found["seen"]
    patch, uninstall = [shlex.split(part) for part in found["remedy"].split("`")[1::2]]
    assert patch[:-1] == [
        *("kubectl", "--kubeconfig", str(cluster.kube.kubeconfig)),
        *("patch", "validatingwebhookconfiguration", _NAME, "-p"),
    ]
    # kubectl patches by strategic merge where it is not told how.
    answer = cluster.client.patch(f"{PATH}/{_NAME}", content=patch[-1], headers=_STRATEGIC)
    assert {one["name"]: one["failurePolicy"] for one in answer.json()["webhooks"]}[VALIDATION] == "Ignore"
    await until(lambda: create(cluster, GATEWAY, "probe").is_success)
    found = galley(*asked).json[-1]
    assert (found["good"], found["seen"][: len(_NAME) + 8]) == (True, f"{_NAME}: Ignore")
    assert galley(*uninstall[1:]).code == 0
    found = galley(*asked).json[-1]
    assert (found["good"], "asks nobody" in found["seen"]) == (True, True)


async def test_a_server_tells_that_a_cluster_insists_on_it(tmp_path: Path, cluster: Cluster) -> None:
    """And since when; the cluster itself, asked beside it, says that it is answered."""
    async with serving(tmp_path, cluster) as live:
        await until(lambda: policy(cluster) == "Fail")
        status = await live.until("/api/v1/status", lambda status: status["webhook"][0]["policy"] == "Fail")
        words = ("--server", live.addresses["admin"])
        ran = await asyncio.to_thread(galley, "doctor", *words, "--kubernetes", cluster.kube.kubeconfig, "-o", "json")
        text = await asyncio.to_thread(galley, "status", *words)
    (found,) = status["webhook"]
    assert (found["cluster"], found["configuration"], found["trouble"]) == ("kubernetes", "galley-validation", "")
    assert found["since"]
    seen = {one["what"]: one for one in ran.json}
    assert seen["webhook of kubernetes"]["good"]
    assert seen[f"webhook in {cluster.kube.kubeconfig}"]["seen"] == "galley-validation: Fail, and it is answered"
    assert f"webhook of kubernetes: galley-validation: Fail since {found['since']}" in text.out


async def test_a_server_that_nobody_registered_is_told(tmp_path: Path, cluster: Cluster) -> None:
    """As absent, which is no fault."""
    async with serving(tmp_path, cluster, url="") as live:
        status = await live.until("/api/v1/status", lambda status: status["webhook"][0]["policy"] == "absent")
        ran = await asyncio.to_thread(galley, "doctor", "--server", live.addresses["admin"], "-o", "json")
    assert status["webhook"][0]["trouble"] == ""
    found = {one["what"]: one for one in ran.json}["webhook of kubernetes"]
    assert (found["good"], "galley webhook manifest" in found["remedy"]) == (True, True)


async def test_what_the_way_to_us_lacks_is_told(tmp_path: Path, cluster: Cluster) -> None:
    """An address where nobody is: the server is up, and yet the cluster does not ask it."""
    async with serving(tmp_path, cluster, url=f"https://127.0.0.1:{free_port()}") as live:
        status = await live.until("/api/v1/status", lambda status: bool(status["webhook"][0]["trouble"]))
        ran = await asyncio.to_thread(galley, "doctor", "--server", live.addresses["admin"], "-o", "json")
        assert (await created(cluster, GATEWAY)).is_success
    assert status["webhook"][0]["policy"] == "Ignore"
    found = {one["what"]: one for one in ran.json}["webhook of kubernetes"]
    assert (ran.code, found["good"], "webhook.address" in found["remedy"]) == (1, False, True)


async def test_rights_that_are_missing_are_told(tmp_path: Path, cluster: Cluster) -> None:
    """Both by a server that may not look at the object, and to who asks the cluster without being allowed to."""
    place = kubeconfig_of_nobody(tmp_path, cluster)
    (found,) = await asyncio.to_thread(lambda: list(cluster_checks(str(place))))
    assert (found.good, "(403)" in found.seen, "allow to list" in found.remedy) == (False, True, True)
    async with running(tmp_path, kubernetes={"clusters": [str(place)]}, sources={"sync_timeout": 0.5}) as live:
        status = await live.until("/api/v1/status", lambda status: bool(status["webhook"][0]["trouble"]))
    (answer,) = map(WebhookAnswer.model_validate, status["webhook"])
    assert (answer.policy, answer.since, "(403)" in answer.trouble) == ("unknown", "", True)
    assert "roles of compose/" in webhook_remedy(answer)


def kubeconfig_of_nobody(root: Path, cluster: Cluster) -> Path:
    """Return a kubeconfig of a service account that may do nothing."""
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    cluster.client.post(accounts, json={"metadata": {"name": "nobody"}})
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
    token = cluster.ask("POST", f"{accounts}/nobody/token", request)["status"]["token"]
    config = yaml.safe_load(cluster.kube.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    place = root / "kubeconfig"
    place.write_text(yaml.safe_dump(config))
    return place
