"""What Marathon says of an app, and what that is in the mesh."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from galley.settings.marathon import MarathonSettings
from galley.sources.marathon.app import App, account_of
from galley.sources.platform.answer import parsed
from galley.sources.platform.objects import Home
from tests.sources.marathon.world import app, task

HOME = Home("marathon", "default")


def specs(raw: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The specs of a kind that are made of an app."""
    found = account_of(parsed(App, raw), MarathonSettings(), HOME)
    return [orjson.loads(read.resource.spec) for read in found.objects if read.resource.key.kind == kind]


def test_an_app_is_a_service() -> None:
    """Its path backwards is the host, its ports are the service's, its labels those of its tasks."""
    raw = app("/shop/reviews", task("r.1", region="eu", zone="a"), labels={"version": "v1", "bad label": "x"})
    [service], [entry] = specs(raw, "ServiceEntry"), specs(raw, "WorkloadEntry")
    assert service["hosts"] == ["reviews.shop.marathon"]
    assert service["ports"] == [{"name": "web", "number": 10_001, "protocol": "HTTP"}]
    assert entry == {
        "address": "10.0.0.1",
        "labels": {"galley.dev/service": "shop.reviews.marathon", "version": "v1"},
        "locality": "eu/a",
        "ports": {"web": 31_001},
    }


def test_containers_with_addresses_of_their_own() -> None:
    """Take the containers' ports; clients use the service ports."""
    mappings = [
        {"containerPort": 80, "hostPort": 0, "servicePort": 10_001, "labels": {"protocol": "http"}},
        {"containerPort": 81, "servicePort": 10_002, "labels": {"protocol": "http"}},
    ]
    raw = app("/a", task("a.1", ipAddresses=[{"ipAddress": "172.16.0.5", "protocol": "IPv4"}]))
    raw |= {"portDefinitions": None, "container": {"portMappings": mappings}, "networks": [{"mode": "container"}]}
    assert [port["name"] for port in specs(raw, "ServiceEntry")[0]["ports"]] == ["http", "http-10002"]
    [entry] = specs(raw, "WorkloadEntry")
    assert (entry["address"], entry["ports"]) == ("172.16.0.5", {"http": 80, "http-10002": 81})


@pytest.mark.parametrize(
    ("checks", "results", "state", "listed"),
    [
        ([], None, "TASK_RUNNING", 1),
        ([], None, "TASK_STAGING", 0),
        ([{}], None, "TASK_RUNNING", 0),
        ([{}], [{"alive": True}], "TASK_RUNNING", 1),
        ([{}, {}], [{"alive": True}, {"alive": False}], "TASK_RUNNING", 0),
    ],
)
def test_tasks_that_take_requests(checks: list[object], results: object, state: str, listed: int) -> None:
    """Those that run, and that every check of the app found alive."""
    raw = app("/a", task("a.1", state=state, healthCheckResults=results), healthChecks=checks)
    assert len(specs(raw, "WorkloadEntry")) == listed


def test_a_bad_task_is_no_other_s_fault() -> None:
    """It is held, and named; an app without ports has no objects."""
    raw = app("/a", task("a.1", host="?"), task("a.2"), {"id": 5})
    found = account_of(parsed(App, raw), MarathonSettings(), HOME)
    assert [fault.code for fault in found.faults] == ["GLY0081", "GLY0081"]
    assert found.held is None
    assert len(specs(raw, "WorkloadEntry")) == 1
    assert account_of(parsed(App, {"id": "/b"}), MarathonSettings(), HOME).objects == ()
