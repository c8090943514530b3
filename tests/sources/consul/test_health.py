"""What Consul says of a service, and what that is in the mesh."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from galley.settings.consul import ConsulSettings
from galley.sources.consul.health import account_of
from galley.sources.contract import Words
from galley.sources.platform.account import Account, changes_of
from galley.sources.platform.lost import Unusable
from galley.sources.platform.objects import Home
from pipeline.model.change import Deleted, Faulted, Upserted

HOME = Home("consul", "default")


def entry(identity: str = "r1", *, checks: tuple[str, ...] = (), **service: object) -> dict[str, Any]:
    """An instance, as `/v1/health/service/NAME` lists it."""
    about = {"ID": identity, "Service": "reviews", "Tags": [], "Address": "", "Port": 8080, "Meta": {}} | service
    node = {"ID": "x", "Node": "n1", "Address": "10.0.0.9", "Datacenter": "dc1", "Meta": None}
    return {"Node": node, "Service": about, "Checks": [{"CheckID": "c", "Status": status} for status in checks]}


def account(*entries: object, **settings: object) -> Account:
    """The account of a service."""
    found = account_of("reviews", list(entries), ConsulSettings.model_validate(settings), HOME)
    assert found is not None
    return found


def specs(found: Account, kind: str) -> list[dict[str, Any]]:
    """The specs of the objects of a kind."""
    return [orjson.loads(read.resource.spec) for read in found.objects if read.resource.key.kind == kind]


def codes(found: Account) -> list[str]:
    """The codes of what is noted of the service, and of what is wrong."""
    return [one.code for read in found.objects for one in read.diagnostics] + [one.code for one in found.faults]


@pytest.mark.parametrize(
    ("checks", "listed"),
    [((), 1), (("passing",), 1), (("passing", "warning"), 1), (("passing", "critical"), 0), (("maintenance",), 0)],
)
def test_the_worst_check_counts(checks: tuple[str, ...], listed: int) -> None:
    """Critical, and what is not known, takes an instance out; its service stays."""
    found = account(entry(checks=checks))
    assert len(specs(found, "WorkloadEntry")) == listed
    assert len(specs(found, "ServiceEntry")) == 1


def test_an_instance_is_at_its_own_address_or_its_node_s() -> None:
    """With its tags as labels, its weight, and the place that is named most closely."""
    more: dict[str, Any] = {"Weights": {"Passing": 5, "Warning": 2}, "Locality": {"Region": "eu", "Zone": "a"}}
    found = account(entry(), entry("r2", Address="10.0.0.2", Tags=["version|v1", "x", "bad key|y", "a|b|c"], **more))
    assert specs(found, "WorkloadEntry") == [
        {
            "address": "10.0.0.9",
            "labels": {"galley.dev/service": "reviews.consul"},
            "locality": "dc1",
            "ports": {"tcp": 8080},
        },
        {
            "address": "10.0.0.2",
            "labels": {"galley.dev/service": "reviews.consul", "version": "v1"},
            "locality": "eu/a",
            "ports": {"tcp": 8080},
            "weight": 5,
        },
    ]


def test_a_tag_cannot_move_an_instance_to_another_service() -> None:
    """The label that says which service it is of is ours."""
    found = account(entry(Tags=["galley.dev/service|payments.consul"]))
    assert specs(found, "WorkloadEntry")[0]["labels"] == {"galley.dev/service": "reviews.consul"}


def test_names_are_resolved_by_proxies() -> None:
    """One host name among the instances, and the service carries all endpoints itself."""
    found = account(entry(), entry("r2", Address="db.example.com", Meta={"external": "true"}))
    [service] = specs(found, "ServiceEntry")
    assert (service["resolution"], specs(found, "WorkloadEntry")) == ("DNS", [])
    assert [endpoint["address"] for endpoint in service["endpoints"]] == ["10.0.0.9", "db.example.com"]
    assert "workloadSelector" not in service


def test_what_belongs_to_the_service_is_decided_by_most() -> None:
    """And said, where they disagree; what cannot be a protocol is TCP."""
    found = account(
        entry(Meta={"protocol": "http"}),
        entry("r2", Meta={"protocol": "http", "external": "yes"}),
        entry("r3", Meta={"protocol": "grpc"}),
    )
    [service] = specs(found, "ServiceEntry")
    assert (service["ports"][0]["protocol"], service["location"]) == ("HTTP", "MESH_INTERNAL")
    assert codes(found) == ["GLY0082", "GLY0082"]
    odd = account(entry(Meta={"protocol": "gopher"}))
    assert (specs(odd, "ServiceEntry")[0]["ports"][0]["protocol"], codes(odd)) == ("TCP", ["GLY0083"])


@pytest.mark.parametrize(
    ("ports", "meta", "number"),
    [((8080, 8080), {}, 8080), ((8080, 8081), {}, 80), ((8080, 8081), {"port": "90"}, 90), ((1, 2), {"port": "0"}, 80)],
)
def test_the_port_that_clients_use(ports: tuple[int, ...], meta: dict[str, str], number: int) -> None:
    """What is said, else the instances' own where it is one, else the default; an instance keeps its own."""
    found = account(*(entry(f"r{port}{at}", Port=port, Meta=meta) for at, port in enumerate(ports)))
    assert specs(found, "ServiceEntry")[0]["ports"][0]["number"] == number
    assert [spec["ports"]["tcp"] for spec in specs(found, "WorkloadEntry")] == list(ports)


def test_what_is_no_service_of_the_mesh() -> None:
    """No instances is gone; no port, or Consul's own proxies, is there without objects."""
    settings = ConsulSettings()
    assert account_of("reviews", [], settings, HOME) is None
    assert account(entry(Port=0)).objects == ()
    assert account(entry(Kind="connect-proxy", Port=0, Address="?")) == Account()


def test_hosts() -> None:
    """By service, or by service and datacentre; a name that can be none is replaced, which is said."""
    [service] = specs(account(entry(), datacenter_hosts=True, domain="example"), "ServiceEntry")
    assert service["hosts"] == ["reviews.service.dc1.example"]
    found = account_of("my_reviews", [entry()], ConsulSettings(), HOME)
    assert found is not None
    assert codes(found) == ["GLY0084"]
    assert specs(found, "ServiceEntry")[0]["hosts"][0].startswith("my-reviews-")


def test_a_bad_instance_holds_itself_alone() -> None:
    """It stays as it was; of the others, those that are gone go, and those that changed change."""
    home, before = HOME, account(entry("a"), entry("b"), entry("c"))
    words = changes_of(home, "reviews", Words(), before).words
    assert words is not None
    now = account(entry("a", Address="?"), entry("c", Tags=["x|y"]))
    changes, words = changes_of(home, "reviews", words, now)
    assert [type(change) for change in changes] == [Upserted, Deleted, Faulted]
    fault = changes[-1]
    assert isinstance(fault, Faulted)
    assert fault.held == (home.instance_key("reviews", "n1/a"),)
    assert words is not None
    assert changes_of(home, "reviews", words, now).changes == ()
    mended, words = changes_of(home, "reviews", words, account(entry("a"), entry("c", Tags=["x|y"])))
    assert mended == (Faulted(origin=home.origin("reviews")),)
    assert words is not None
    assert not words.fault


def test_an_instance_that_nobody_can_tell_holds_whatever_is_missing() -> None:
    """It may be any of them."""
    before = changes_of(HOME, "reviews", Words(), account(entry("a"), entry("b"))).words
    assert before is not None
    changes, words = changes_of(HOME, "reviews", before, account({"Node": 5}, entry("b")))
    assert [type(change) for change in changes] == [Faulted]
    assert words is not None
    assert words.said == before.said


@pytest.mark.parametrize("data", [None, {}, "x", 5, [1] * 20_001])
def test_an_answer_that_is_no_list(data: object) -> None:
    """Cannot be used."""
    with pytest.raises(Unusable):
        account_of("reviews", data, ConsulSettings(), HOME)
