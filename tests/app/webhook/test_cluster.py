"""A real API server asks us, insists on us once we are proved, and on nobody once we are gone."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec

from citadel import certificate
from citadel.serving import LOOPBACK, ServingCertificate
from galley.app.assembly import assemble
from galley.app.webhook.configuration import PATH, VALIDATION, Target, configuration
from galley.app.webhook.registration import Pace, Registration
from galley.app.webhook.uninstall import remove
from galley.settings.kubernetes import KubernetesSettings
from galley.settings.settings import Settings
from galley.sources.kubernetes.api import Api
from schemas.registry import DEFAULT_REGISTRY
from tests.app.live import running
from tests.app.webhook.apiserver import document
from tests.app.webhook.test_validate import ENTRY, GATEWAY, ROUTE, RULE
from tests.components.process import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.app.live import Live
    from tests.sources.kubernetes.cluster import Cluster

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

_NAME = "galley-validation"
_PATIENCE = 40.0


@contextlib.asynccontextmanager
async def serving(root: Path, cluster: Cluster, port: int = 0, **webhook: object) -> AsyncIterator[Live]:
    """Run a server that follows the cluster and registers itself there."""
    port = port or free_port()
    settings = {"address": f"127.0.0.1:{port}", "url": f"https://127.0.0.1:{port}", **webhook}
    async with running(root, kubernetes={"clusters": [str(cluster.kube.kubeconfig)]}, webhook=settings) as live:
        yield live


async def until(true: Callable[[], bool]) -> None:
    """Wait for something of the cluster's."""
    async with asyncio.timeout(_PATIENCE):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.1)


def policy(cluster: Cluster) -> str:
    """Return the failurePolicy of what is stored."""
    answer = cluster.client.get(f"{PATH}/{_NAME}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return ""
    return next(str(one["failurePolicy"]) for one in answer.json()["webhooks"] if one["name"] == VALIDATION)


def create(cluster: Cluster, text: str, name: str = "") -> httpx.Response:
    """Ask for an object to be created, as kubectl does."""
    tree = document(text)
    if name:
        tree["metadata"]["name"] = name
    path = cluster.path_of(tree["apiVersion"], tree["kind"], tree["metadata"]["namespace"])
    return cluster.client.post(path, json=tree)


async def created(cluster: Cluster, text: str, name: str = "") -> httpx.Response:
    """Ask for an object while the server, on this loop, answers the API server."""
    return await asyncio.to_thread(create, cluster, text, name)


async def test_it_installs_itself_is_proved_and_then_insisted_on(tmp_path: Path, cluster: Cluster) -> None:
    """And lenient again when it stops, so that the cluster is never held up by a server that is gone."""
    async with serving(tmp_path, cluster) as live:
        await until(lambda: policy(cluster) == "Fail")
        found = cluster.ask("GET", f"{PATH}/{_NAME}")
        metrics = (await live.http.get("/metrics")).text
        left = await asyncio.to_thread(cluster.list, "networking.istio.io/v1", "Gateway")
    root = (live.data / "ca" / "ca-cert.pem").read_bytes()
    assert all(base64.b64decode(one["clientConfig"]["caBundle"]) == root for one in found["webhooks"])
    assert {one["name"]: one["failurePolicy"] for one in found["webhooks"]} == {
        VALIDATION: "Fail",
        "deletion.galley.dev": "Ignore",
    }
    assert "galley_webhook_fail_policy 1.0" in metrics
    assert left == [], "the proof is a dry run"
    assert policy(cluster) == "Ignore"
    assert (await created(cluster, GATEWAY)).is_success


async def test_a_bad_object_is_refused_with_our_words(tmp_path: Path, cluster: Cluster) -> None:
    """Whoever asked reads code, object and hint; warnings reach them too; objects may follow each other at once."""
    async with serving(tmp_path, cluster):
        await until(lambda: policy(cluster) == "Fail")
        for text in (GATEWAY, ENTRY, RULE, ROUTE):
            assert (answer := await created(cluster, text)).is_success, answer.text
        bad = await created(cluster, ROUTE.replace("[front]", "[nowhere]"), "other")
        two = await created(cluster, GATEWAY, "second")
        gone = await asyncio.to_thread(
            cluster.client.delete, cluster.path_of("networking.istio.io/v1", "DestinationRule", "default") + "/shop"
        )
    assert bad.status_code == 400
    said = bad.json()["message"]
    assert said.startswith(f'admission webhook "{VALIDATION}" denied the request: configuration is invalid')
    assert "IST0101: Referenced gateway not found: 'nowhere' (VirtualService default/other" in said
    assert two.status_code == 400
    assert "Gateway default/front" in two.json()["message"]
    assert gone.is_success
    assert "VirtualService default/shop" in gone.headers["warning"]


async def test_a_webhook_that_died_holds_up_only_our_kinds(cluster: Cluster) -> None:
    """Under Fail ours wait for it, under Ignore nothing does."""
    shipped = configuration(_NAME, Target(url=f"https://127.0.0.1:{free_port()}"), DEFAULT_REGISTRY)
    shipped["webhooks"][0]["failurePolicy"] = "Fail"
    cluster.ask("POST", PATH, shipped)
    await until(lambda: not create(cluster, GATEWAY, "probe").is_success)
    refused = await created(cluster, GATEWAY)
    secret = {"metadata": {"name": f"other-{free_port()}"}}
    assert refused.status_code == 500
    assert VALIDATION in refused.json()["message"]
    assert cluster.client.post("/api/v1/namespaces/default/configmaps", json=secret).is_success
    shipped["webhooks"][0]["failurePolicy"] = "Ignore"
    cluster.ask("DELETE", f"{PATH}/{_NAME}")
    cluster.ask("POST", PATH, shipped)
    await until(lambda: create(cluster, GATEWAY).is_success)


async def test_a_broken_object_that_is_stored_can_be_finalized(tmp_path: Path, cluster: Cluster) -> None:
    """It came past us; its finalizers and labels may change, and it may be deleted."""
    broken = document(ROUTE.replace("[front]", "[nowhere]"))
    broken["metadata"]["finalizers"] = ["galley.dev/test"]
    path = cluster.path_of("networking.istio.io/v1", "VirtualService", "default")
    cluster.ask("POST", path, broken)
    async with serving(tmp_path, cluster):
        await until(lambda: policy(cluster) == "Fail")
        merge = {"content-type": "application/merge-patch+json"}

        async def patch(body: str) -> httpx.Response:
            return await asyncio.to_thread(cluster.client.patch, f"{path}/shop", content=body, headers=merge)

        labelled = await patch('{"metadata": {"labels": {"a": "b"}}}')
        edited = await patch('{"spec": {"hosts": ["other.example.com"]}}')
        deleted = await asyncio.to_thread(cluster.client.delete, f"{path}/shop")
        finalized = await patch('{"metadata": {"finalizers": null}}')
    assert labelled.is_success
    assert "IST0101" in labelled.headers["warning"]
    assert edited.status_code == 400
    assert deleted.is_success
    assert finalized.is_success
    assert cluster.client.get(f"{path}/shop").status_code == httpx.codes.NOT_FOUND


async def test_a_shipped_object_keeps_what_others_say_of_it(tmp_path: Path, cluster: Cluster) -> None:
    """We claim two fields by server-side apply; a chart that is applied again takes and loses nothing."""
    port = free_port()
    shipped = configuration(_NAME, Target(url=f"https://127.0.0.1:{port}/"), DEFAULT_REGISTRY, ("kube-system",))
    for one in shipped["webhooks"]:
        del one["failurePolicy"]
    shipped["webhooks"][0]["timeoutSeconds"] = 7
    apply = {"content-type": "application/apply-patch+yaml"}
    query = {"fieldManager": "chart"}

    def chart() -> httpx.Response:
        return cluster.client.patch(f"{PATH}/{_NAME}", params=query, json=shipped, headers=apply)

    assert chart().is_success
    async with serving(tmp_path, cluster, address=f"127.0.0.1:{port}", url=""):
        await until(lambda: policy(cluster) == "Fail" and _bundle(cluster) != "")
        assert (await asyncio.to_thread(chart)).is_success
        found = cluster.ask("GET", f"{PATH}/{_NAME}")
    assert found["webhooks"][0]["timeoutSeconds"] == 7
    assert policy(cluster) == "Ignore"
    managers = {entry["manager"]: entry["fieldsV1"]["f:webhooks"] for entry in found["metadata"]["managedFields"]}
    (claim,) = [fields for one, fields in managers["galley-webhook"].items() if VALIDATION in one]
    assert set(claim) == {".", "f:name", "f:clientConfig", "f:failurePolicy"}


async def test_whoever_takes_it_back_again_and_again_is_left_alone(cluster: Cluster) -> None:
    """A few times we say it again; then we stay out of it, and say so."""
    (place,) = KubernetesSettings(clusters=(str(cluster.kube.kubeconfig),)).places()
    shipped = configuration(_NAME, Target(url="https://127.0.0.1:1"), DEFAULT_REGISTRY)
    cluster.ask("POST", PATH, shipped)
    api = Api(place)

    async def ready() -> bool:
        await asyncio.sleep(0)
        return False

    root = _root()
    pace = Pace(every=0.05, soon=0.05, writes=3)
    registration = Registration(api, _NAME, lambda: root, ready=ready, pace=pace)
    with structlog.testing.capture_logs() as logs:
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(registration.keep())
            for _ in range(3):
                await until(lambda: _bundle(cluster) != "")
                await asyncio.to_thread(_take_back, cluster)
            await until(lambda: registration.state == "overruled")
            await asyncio.sleep(0.3)
            bundle, found = _bundle(cluster), registration.registered
            keeping.cancel()
    assert bundle == ""
    assert (found.policy, found.trouble.partition(":")[0]) == ("Ignore", "overruled")
    assert [entry["event"] for entry in logs].count("webhook.overruled") == 1


async def test_where_another_object_takes_its_place_nobody_insists_on_us(tmp_path: Path, cluster: Cluster) -> None:
    """It is then neither ours nor strict, whatever it was before; and that is told."""
    (place,) = KubernetesSettings(clusters=(str(cluster.kube.kubeconfig),)).places()

    async def ready() -> bool:
        await asyncio.sleep(0)
        return True

    async with serving(tmp_path, cluster, configuration="") as live:
        root = (live.data / "ca" / "ca-cert.pem").read_text()
        shipped = configuration(_NAME, Target(url=f"https://{live.addresses['webhook']}"), DEFAULT_REGISTRY)
        cluster.ask("POST", PATH, shipped)
        pace = Pace(every=0.05, soon=0.05)
        registration = Registration(Api(place), _NAME, lambda: root, ready=ready, pace=pace)
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(registration.keep())
            await until(lambda: registration.strict)
            found = cluster.ask("GET", f"{PATH}/{_NAME}")
            found["webhooks"] = [{**found["webhooks"][0], "name": "validation.example.com"}]
            cluster.ask("PUT", f"{PATH}/{_NAME}", found)
            await until(lambda: registration.registered.policy == "absent")
            assert not registration.strict
            assert registration.trouble.startswith(f"it has no webhook {VALIDATION}")
            keeping.cancel()


async def test_a_server_that_comes_back_is_insisted_on_again(tmp_path: Path, cluster: Cluster) -> None:
    """On another port too, since what it made is its own to bring up to date; the CA is that of its directory."""
    async with serving(tmp_path, cluster):
        await until(lambda: policy(cluster) == "Fail")
        before = _bundle(cluster)
        assert (await created(cluster, GATEWAY)).is_success
    async with serving(tmp_path, cluster):
        await until(lambda: policy(cluster) == "Fail")
        assert _bundle(cluster) == before
        assert (await created(cluster, ROUTE.replace("[front]", "[nowhere]"))).status_code == 400


async def test_a_certificate_is_renewed_under_an_api_server(tmp_path: Path, cluster: Cluster) -> None:
    """Every few seconds here: connections that are open and those that come are both answered, and the CA stays."""
    port = free_port()
    url = {"address": f"127.0.0.1:{port}", "url": f"https://127.0.0.1:{port}"}
    settings = {"kubernetes": {"clusters": [str(cluster.kube.kubeconfig)]}, "webhook": url}
    assembly = assemble(Settings.model_validate({"data": tmp_path, **settings}))
    webhook = assembly.webhook
    assert webhook is not None
    short = ServingCertificate(webhook.context.authority, LOOPBACK, timedelta(seconds=4))
    webhook.context.serve(short)
    webhook.open()
    async with asyncio.TaskGroup() as tasks:
        running_ = tasks.create_task(webhook.run())
        shipped = configuration(_NAME, Target(url=f"https://127.0.0.1:{port}"), DEFAULT_REGISTRY)
        for one in shipped["webhooks"]:
            one["clientConfig"]["caBundle"] = base64.b64encode(webhook.context.root_pem.encode()).decode()
            one["failurePolicy"] = "Fail"
        await asyncio.to_thread(cluster.ask, "POST", PATH, shipped)
        bad = GATEWAY.replace("*.example.com", "*.*.com")
        await until(lambda: not create(cluster, bad).is_success)
        seen: set[str] = set()
        while len(seen) < 4:
            seen.add(await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port)))
            answer = await created(cluster, bad)
            assert answer.status_code == 400, answer.text
            assert "denied the request" in answer.json()["message"]
        running_.cancel()
    assembly.log.close()


async def test_what_is_made_for_a_service_goes_with_its_namespace(cluster: Cluster) -> None:
    """Nothing is left behind that would hold up the next installation."""
    (place,) = KubernetesSettings(clusters=(str(cluster.kube.kubeconfig),)).places()
    shipped = configuration(_NAME, Target(service="default/galley"), DEFAULT_REGISTRY)

    async def ready() -> bool:
        await asyncio.sleep(0)
        return False

    registration = Registration(Api(place), _NAME, _root, ready=ready, shipped=shipped)
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(registration.keep())
        await until(lambda: policy(cluster) == "Ignore")
        keeping.cancel()
    (owner,) = cluster.ask("GET", f"{PATH}/{_NAME}")["metadata"]["ownerReferences"]
    assert owner["uid"] == cluster.ask("GET", "/api/v1/namespaces/default")["metadata"]["uid"]


async def test_uninstalled_the_cluster_asks_nobody(tmp_path: Path, cluster: Cluster) -> None:
    """As `galley webhook uninstall` does it, again without harm."""
    async with serving(tmp_path, cluster):
        await until(lambda: policy(cluster) == "Fail")
    (place,) = KubernetesSettings(clusters=(str(cluster.kube.kubeconfig),)).places()
    assert await remove(place, _NAME) is True
    assert await remove(place, _NAME) is False
    await until(lambda: create(cluster, ROUTE.replace("[front]", "[nowhere]")).is_success)


def _bundle(cluster: Cluster) -> str:
    found: list[dict[str, Any]] = cluster.ask("GET", f"{PATH}/{_NAME}")["webhooks"]
    return str(found[0]["clientConfig"].get("caBundle", ""))


def _take_back(cluster: Cluster) -> None:
    found = cluster.ask("GET", f"{PATH}/{_NAME}")
    for one in found["webhooks"]:
        one["clientConfig"].pop("caBundle", None)
    cluster.ask("PUT", f"{PATH}/{_NAME}", found)


def _root() -> str:
    now = datetime.now(UTC)
    validity = certificate.Validity(not_before=now, not_after=now + timedelta(days=1))
    return certificate.to_pem(certificate.root(ec.generate_private_key(ec.SECP256R1()), validity, 1))
