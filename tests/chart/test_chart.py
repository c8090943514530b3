"""The chart: linted by Helm, taken by a real API server, and of one mind with the settings and the roles."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from galley.app.cluster_roles import rules
from galley.settings.load import load_settings
from galley.settings.settings import Settings
from tests.components.building import program
from tests.components.kube_api import Kube, kube
from tests.house.tree import Tree

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

CHART = Tree.of_repository().root / "compose/helm/galley"
SEVERAL = ("--set=namespaces={shop,default}", "--set=replicas=2", "--set=plaintext=true", "--set=webhook.enabled=false")
BARE = ("--set=status.write=false", "--set=secrets.read=false", '--set-json=settings={"history.revisions":50}')
KAFKA = ("--set=kafka.bootstrap={kafka-0.kafka:9092,kafka-1.kafka:9092}", "--set=kafka.authority=authority")
CASES = {"default": (), "several": SEVERAL, "bare": BARE, "kafka": KAFKA}


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Helm."""
    command = [str(program("helm")), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def rendered(*arguments: str) -> list[dict[str, Any]]:
    """The objects that the chart makes."""
    done = helm("template", "galley", str(CHART), "-n", "galley-system", "--kube-version", "1.35.0", *arguments)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def of_kind(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Those of a kind."""
    return [one for one in objects if one["kind"] == kind]


def container_of(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The container of the only workload of a kind."""
    (workload,) = of_kind(objects, kind)
    found: dict[str, Any] = workload["spec"]["template"]["spec"]["containers"][0]
    return found


def settings_of(objects: list[dict[str, Any]], folder: Path, kind: str = "StatefulSet") -> Settings:
    """The settings that the server of a workload reads."""
    (config,) = of_kind(objects, "ConfigMap")
    file = folder / "galley.yaml"
    file.write_text(config["data"]["galley.yaml"])
    arguments = container_of(objects, kind)["args"]
    given = [one.removeprefix("--set=") for one in arguments if one.startswith("--set=")]
    roles = [one.removeprefix("--roles=").split(",") for one in arguments if one.startswith("--roles=")]
    return load_settings(file, {}, given, {"roles": tuple(roles[0])} if roles else {})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """An API server with the namespaces that are named."""
    with kube(tmp_path_factory.mktemp("chart")) as found:
        with found.client() as client:
            for name in ("galley-system", "shop"):
                client.post("/api/v1/namespaces", json={"metadata": {"name": name}})
        yield found


def test_helm_finds_nothing_to_mend() -> None:
    """Warnings are errors."""
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("case", CASES)
def test_an_api_server_takes_what_it_makes(case: str, server: Kube) -> None:
    """Every object, field by field, in whatever form the chart is asked for."""
    with server.client() as client:
        for tree in rendered(*CASES[case]):
            refused = create(client, tree)
            assert not refused, refused


def create(client: httpx.Client, tree: dict[str, Any]) -> str:
    """Have an object checked, and not stored; return why it is refused."""
    version, kind = tree["apiVersion"], tree["kind"]
    within = f"/namespaces/{tree['metadata']['namespace']}" if "namespace" in tree["metadata"] else ""
    path = f"/{'apis' if '/' in version else 'api'}/{version}{within}/{kind.lower()}s"
    answer = client.post(f"{path}?dryRun=All&fieldValidation=Strict", content=json.dumps(tree))
    return "" if answer.is_success else answer.text


@pytest.mark.parametrize("case", CASES)
def test_its_settings_are_settings(case: str, tmp_path: Path) -> None:
    """The server starts with them; what listens beyond the pod is what the Service leads to."""
    objects = rendered(*CASES[case])
    settings = settings_of(objects, tmp_path)
    assert settings.kubernetes.clusters == ("in-cluster",)
    assert settings.admin.address.startswith("127.0.0.1:")
    for service in of_kind(objects, "Service"):
        (workload,) = [one for one in objects if selects(service, one)]
        ports = {one["name"] for one in workload["spec"]["template"]["spec"]["containers"][0]["ports"]}
        assert {one["targetPort"] for one in service["spec"]["ports"]} == ports
        assert ("plain" in ports) == settings.allow_plaintext


def selects(service: dict[str, Any], workload: dict[str, Any]) -> bool:
    """Whether a Service leads to the pods of a workload."""
    labels = workload["spec"].get("template", {}).get("metadata", {}).get("labels", {}) if "spec" in workload else {}
    return bool(labels) and service["spec"]["selector"].items() <= labels.items()


def test_over_kafka_one_pod_reads_and_several_serve(tmp_path: Path) -> None:
    """Both have the same settings and authority; the one that reads the cluster may ask it, and hears its webhook."""
    objects = rendered(*KAFKA)
    reading, serving = settings_of(objects, tmp_path), settings_of(objects, tmp_path, "Deployment")
    assert (reading.roles, serving.roles) == (("ingest", "pipeline", "webhook"), ("xds", "citadel"))
    assert reading.model_copy(update={"roles": ()}) == serving.model_copy(update={"roles": ()})
    assert (serving.engine, len(serving.kafka.bootstrap)) == ("kafka", 2)
    for kind, asks in (("StatefulSet", True), ("Deployment", False)):
        (workload,) = of_kind(objects, kind)
        assert workload["spec"]["template"]["spec"]["automountServiceAccountToken"] is asks
        mounted = {one["mountPath"] for one in container_of(objects, kind)["volumeMounts"]}
        assert serving.citadel.ca is not None
        assert str(serving.citadel.ca.parent) in mounted
    (webhook,) = of_kind(objects, "ValidatingWebhookConfiguration")
    named = {f"{one['clientConfig']['service'][key]}" for one in webhook["webhooks"] for key in ("name",)}
    assert named == {reading.webhook.service.partition("/")[2]} == {"galley-webhook"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--set=kafka.bootstrap={kafka:9092}",), "/kafka/authority"),
        ((*KAFKA, "--set=replicas=2"), "replicas must be 1"),
    ],
)
def test_over_kafka_what_cannot_be_is_refused(wrong: tuple[str, ...], said: str) -> None:
    """Servers with an authority each, and a cluster that two pods read."""
    done = helm("template", "galley", str(CHART), "--kube-version", "1.35.0", *wrong)
    assert done.returncode != 0
    assert said in done.stderr


def test_namespaces_make_roles_of_their_own() -> None:
    """Then no Secret, and no object of a namespace, may be read anywhere else; several servers share a Lease."""
    objects = rendered(*SEVERAL)
    everywhere = [rule for role in of_kind(objects, "ClusterRole") for rule in role["rules"]]
    assert everywhere == rules()["cluster"]
    reading = [role for role in of_kind(objects, "Role") if role["metadata"]["name"].endswith("-read")]
    assert {role["metadata"]["namespace"] for role in reading} == {"shop", "default"}
    assert all(role["rules"] == [*rules()["namespaced"], *rules()["secrets"]] for role in reading)


def test_what_is_turned_off_is_not_granted(tmp_path: Path) -> None:
    """No Secrets, no statuses, no Lease."""
    objects = rendered(*BARE)
    granted = {
        resource for role in of_kind(objects, "ClusterRole") for one in role["rules"] for resource in one["resources"]
    }
    assert "secrets" not in granted
    assert not any(resource.endswith("/status") for resource in granted)
    assert not of_kind(objects, "Role")
    settings = settings_of(objects, tmp_path)
    assert not settings.kubernetes.secrets.read
    assert settings.history.revisions == 50


def test_further_settings_are_what_was_written(tmp_path: Path) -> None:
    """Large numbers, lists and mappings too, as a file of values has them."""
    values = tmp_path / "values.yaml"
    further = {
        "git.max_files": 1_000_000,
        "kubernetes.namespaces": ["shop", "default"],
        "sources.precedence": [{"hosts": ["*.shop"], "order": ["git"]}, "kubernetes"],
        "guard.share": 0.25,
        "log_format": "console",
    }
    values.write_text(yaml.safe_dump({"settings": further}))
    settings = settings_of(rendered("-f", str(values)), tmp_path)
    assert settings.git.max_files == 1_000_000
    assert settings.kubernetes.namespaces == ("shop", "default")
    assert len(settings.sources.precedence) == 2
    assert (settings.guard.share, settings.log_format) == (0.25, "console")


def test_a_value_that_is_none_is_refused() -> None:
    """A word that is misspelt is told, not passed over."""
    done = helm("template", "galley", str(CHART), "--kube-version", "1.35.0", "--set=webhok.enabled=true")
    assert done.returncode != 0
    assert "webhok" in done.stderr
