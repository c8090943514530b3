"""Delegation: routes of one VirtualService below a route of another."""

from __future__ import annotations

from typing import Any

from tests.proxy.routes.builders import document, entry, routes, to, virtual_service

SERVICE = entry("a.example.com")
ROOT = {"name": "root", "match": [{"uri": {"prefix": "/api"}}], "delegate": {"name": "d", "namespace": "team"}}


def delegate(*http: dict[str, Any], **more: Any) -> str:  # noqa: ANN401  JSON values
    """A VirtualService without hosts."""
    return document("VirtualService", "d", {"http": list(http), **more}, namespace="team")


def test_the_delegates_routes_stand_in_the_roots_place() -> None:
    """Conditions and names are joined; the others of the root stay around them."""
    team = delegate(
        {"name": "v1", "match": [{"uri": {"prefix": "/api/v1"}}], "route": [to(subset="v1")]},
        {"name": "rest", "route": [to("short")]},
    )
    found = routes(SERVICE + team + virtual_service(ROOT, {"route": [to(subset="end")]}))
    assert [(route.name, route.match.prefix, route.route.cluster) for route in found] == [
        ("root-v1", "/api/v1", "outbound|80|v1|a.example.com"),
        ("root-rest", "/api", "outbound|80||short.team.svc.cluster.local"),
        ("", "/", "outbound|80|end|a.example.com"),
    ]


def test_a_match_outside_the_roots_is_left_out() -> None:
    """Another prefix, an expression, another port; a header beside the root's is inside it."""
    team = delegate(
        {"match": [{"uri": {"prefix": "/other"}}], "route": [to()]},
        {"match": [{"uri": {"regex": "/api.*"}}], "route": [to()]},
        {"match": [{"headers": {"x": {"exact": "1"}}}], "route": [to(subset="in")]},
    )
    found = routes(SERVICE + team + virtual_service(ROOT, {"route": [to(subset="end")]}))
    assert [route.route.cluster.split("|")[2] for route in found] == ["in", "end"]
    assert found[0].match.prefix == "/api"


def test_what_both_set_is_the_delegates() -> None:
    """The root fills what the delegate leaves open."""
    team = delegate({"route": [to()], "timeout": "1s"})
    root = {**ROOT, "timeout": "9s", "retries": {"attempts": 7}}
    found = routes(SERVICE + team + virtual_service(root))[0].route
    assert found.timeout.seconds == 1
    assert found.retry_policy.num_retries.value == 7


def test_a_delegate_that_is_not_there_or_not_exported_routes_nothing() -> None:
    """Only that route is lost; the one after it still holds."""
    end = {"route": [to(subset="end")]}
    assert len(routes(SERVICE + virtual_service(ROOT, end))) == 1
    hidden = delegate({"route": [to()]}, exportTo=["."])
    assert len(routes(SERVICE + hidden + virtual_service(ROOT, end))) == 1


def test_delegates_do_not_delegate() -> None:
    """There is one level only."""
    team = delegate({"match": [{"uri": {"prefix": "/api/x"}}], "delegate": {"name": "e"}}, {"route": [to()]})
    assert len(routes(SERVICE + team + virtual_service(ROOT))) == 1
