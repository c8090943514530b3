"""What a client asks for: the rows of the table in `proxy.xds.subscription`."""

from __future__ import annotations

import gc

import pytest

from proxy.resource_type import ResourceType
from proxy.xds.subscription import (
    Interner,
    Subscription,
    edit_delta,
    edit_sotw,
    first_delta,
    first_sotw,
    route_of,
)

CDS, EDS, LDS, VHDS = (
    ResourceType.CLUSTER,
    ResourceType.ENDPOINT,
    ResourceType.LISTENER,
    ResourceType.VIRTUAL_HOST,
)


@pytest.mark.parametrize(
    ("type_", "subscribe", "unsubscribe", "star", "names"),
    [
        (CDS, [], [], True, set()),
        (LDS, [], [], True, set()),
        (VHDS, [], [], True, set()),
        (EDS, [], [], False, set()),
        (CDS, [], ["*"], False, set()),
        (CDS, ["a"], [], False, {"a"}),
        (EDS, ["*", "a"], [], True, {"a"}),
    ],
)
def test_first_delta_request(
    type_: ResourceType, subscribe: list[str], unsubscribe: list[str], star: object, names: set[str]
) -> None:
    """Without names a wildcard, for the types that have one; with names, these."""
    found = first_delta(type_, subscribe, unsubscribe)
    assert found.star == star
    assert found.names == names


@pytest.mark.parametrize(
    ("subscribe", "unsubscribe", "star", "names"),
    [
        ([], [], True, {"a"}),
        (["b"], [], True, {"a", "b"}),
        ([], ["a"], True, set()),
        ([], ["phantom"], True, {"a"}),
        ([], ["*"], False, {"a"}),
        (["*"], ["a"], True, set()),
    ],
)
def test_later_delta_request(subscribe: list[str], unsubscribe: list[str], star: object, names: set[str]) -> None:
    """Names and the wildcard are edited apart."""
    found = edit_delta(Subscription(star=True, names=frozenset({"a"})), subscribe, unsubscribe)
    assert found.star == star
    assert found.names == names


def test_state_of_the_world_requests_list_all_names_anew() -> None:
    """No names are a wildcard as long as there never were any; afterwards they are nothing, for good."""
    legacy = first_sotw(CDS, [])
    assert legacy.star
    assert edit_sotw(legacy, []) is legacy
    named = edit_sotw(legacy, ["a"])
    assert not named.star
    assert named.names == {"a"}
    nothing = edit_sotw(named, [])
    assert not nothing.star
    assert not nothing.names
    assert edit_sotw(nothing, ["*", "b"]).selects("anything")
    assert not first_sotw(EDS, []).star


def test_a_wildcard_of_virtual_hosts_selects_those_of_its_routes() -> None:
    """The route is all of a host's name before the last slash, as Envoy splits it."""
    hosts = Subscription(star=True, routes=frozenset({"80", "/var/run/x"}), names=frozenset({"90/b"}))
    assert route_of("/var/run/x/a.example") == "/var/run/x"
    assert hosts.selects("80/a")
    assert hosts.selects("/var/run/x/a")
    assert hosts.selects("90/b")
    assert not hosts.selects("90/a")


def test_equal_subscriptions_are_one_object_while_held() -> None:
    """What streams share is found by identity, and forgotten with its last holder."""
    intern = Interner()
    first = intern(Subscription(names=frozenset({"a"})))
    assert intern(Subscription(names=frozenset({"a"}))) is first
    del first
    gc.collect()
    assert len(intern) == 0
