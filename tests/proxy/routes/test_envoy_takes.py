"""Whatever a VirtualService says, Envoy takes the routes that are made of it: it would refuse everybody's otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proxy.routes.builders import document, entry, graph_of, router, sidecar, tables, to, virtual_service
from tests.proxy.routes.envoy_validate import refusal

ODD = [
    "",
    " ",
    "/",
    "//",
    "*",
    "%",
    "%%",
    "%FOO%",
    "%REQ(",
    "a\nb",
    "a\rb",
    "a\x00b",
    "é",
    "{",
    "\\1",
    "(",
    "a?b#c",
    "x" * 17_000,
]
NUMBERS = [-(2**31), -1, 0, 1, 99, 100, 199, 200, 301, 302, 599, 600, 999, 65_535, 65_536, 2**31 - 1, 2**32 - 1]
DURATIONS = ["0s", "1ns", "1us", "-1s", "1ms", "0.0001s", "24h", "87600h", "2540400h"]
SHARES = [-1.0, 0.0, 0.00001, 0.1, 33.333333, 100.0, 101.0, 1e300]


def _strings(value: str) -> list[dict[str, Any]]:
    matches = [{kind: value} for kind in ("exact", "prefix", "regex")]
    conditions = [
        *({field: match} for field in ("uri", "scheme", "method", "authority") for match in matches),
        *({field: {"x": match}} for field in ("headers", "withoutHeaders", "queryParams") for match in matches),
        *({field: {value: {"exact": "1"}}} for field in ("headers", "withoutHeaders", "queryParams")),
        {"headers": {f"@request.auth.claims[{value}]": {"exact": "1"}}},
        {"name": value, "statPrefix": value, "uri": {"prefix": "/a"}},
    ]
    operations = [{"set": {"x": value}}, {"add": {value: "1"}}, {"remove": [value]}, {"set": {"host": value}}]
    cors = [{"allowOrigins": [match]} for match in matches]
    return [
        *({"match": [condition]} for condition in conditions),
        *({"headers": {side: each}} for side in ("request", "response") for each in operations),
        *({"route": [to(headers={"request": each}, weight=1), to(weight=1)]} for each in operations),
        *({"corsPolicy": each} for each in cors),
        {"corsPolicy": {"allowOrigin": [value], "allowMethods": [value], "allowHeaders": [value]}},
        {"corsPolicy": {"allowOrigin": [value], "exposeHeaders": [value]}},
        {"rewrite": {"uri": value}},
        {"rewrite": {"authority": value}},
        {"rewrite": {"uriRegexRewrite": {"match": value, "rewrite": "/"}}},
        {"rewrite": {"uriRegexRewrite": {"match": "a", "rewrite": value}}},
        {"redirect": {"uri": value}},
        {"redirect": {"authority": value}},
        {"redirect": {"scheme": value, "uri": "/"}},
        {"directResponse": {"status": 200, "body": {"string": value}}},
        {"retries": {"attempts": 1, "retryOn": value}},
        {"fault": {"abort": {"grpcStatus": value, "percentage": {"value": 1}}}},
        {"name": value},
        {"route": [to("b.example.com", subset=value)]},
        {"mirror": {"host": "b.example.com", "subset": value}},
    ]  # fmt: skip


def _numbers(value: int) -> list[dict[str, Any]]:
    return [
        {"redirect": {"port": value}},
        {"redirect": {"uri": "/", "redirectCode": value}},
        {"directResponse": {"status": value}},
        {"retries": {"attempts": value}},
        {"fault": {"abort": {"httpStatus": value, "percentage": {"value": 1}}}},
        {"fault": {"delay": {"fixedDelay": "1s", "percent": value}}},
        {"route": [to(weight=value), to(weight=value), to(weight=value)]},
        {"mirror": to()["destination"], "mirrorPercent": value},
        {"route": [to(port=value)]},
    ]


def _durations(value: str) -> list[dict[str, Any]]:
    return [
        {"timeout": value},
        {"retries": {"attempts": 1, "perTryTimeout": value}},
        {"retries": {"attempts": 1, "backoff": value}},
        {"fault": {"delay": {"fixedDelay": value, "percentage": {"value": 1}}}},
        {"corsPolicy": {"allowOrigin": ["*"], "maxAge": value}},
    ]


def _shares(value: float) -> list[dict[str, Any]]:
    return [
        {"fault": {"delay": {"fixedDelay": "1s", "percentage": {"value": value}}}},
        {"fault": {"abort": {"httpStatus": 500, "percentage": {"value": value}}}},
        {"mirror": to()["destination"], "mirrorPercentage": {"value": value}},
        {"mirrors": [{"destination": to()["destination"], "percentage": {"value": value}}]},
    ]


def _odd_routes() -> list[dict[str, Any]]:
    odd = [route for value in ODD for route in _strings(value)]
    odd += [route for value in NUMBERS for route in _numbers(value)]
    odd += [route for value in DURATIONS for route in _durations(value)]
    odd += [route for value in SHARES for route in _shares(value)]
    answers = ("route", "redirect", "directResponse")
    return [route if any(name in route for name in answers) else {"route": [to()], **route} for route in odd]


def _hashing(number: int, consistent: dict[str, Any]) -> str:
    host = f"hash{number}.example.com"
    policy = {"loadBalancer": {"consistentHash": consistent}}
    return entry(host) + document("DestinationRule", host, {"host": host, "trafficPolicy": policy})


HOSTS = ["", " ", "a b", "a*b", "*a*", "foo.*", "a/b", "a\nb", "*", "**", "*.", "A.B", "é.com", "[::1]", "::1", "a:80"]


@pytest.mark.envoy
def test_odd_hosts_never_make_envoy_refuse() -> None:
    """Neither those of services nor those of routes, in a sidecar or in a gateway; one that cannot be is left out."""
    server = {
        "port": {"number": 80, "name": "http", "protocol": "HTTP"},
        "hosts": HOSTS,
        "tls": {"httpsRedirect": True},
    }
    gateway = document("Gateway", "gw", {"selector": {}, "servers": [server, {**server, "hosts": ["*"]}]})
    ports = [{"number": 80, "name": "http", "protocol": "HTTP"}, {"number": 81, "name": "auto"}]
    services = "".join(
        document("ServiceEntry", f"s{number}", {"hosts": [host], "ports": ports, "resolution": "STATIC"})
        for number, host in enumerate(HOSTS)
    )
    routed = "".join(
        virtual_service({"route": [to()]}, hosts=(host,), name=f"v{number}", gateways=["mesh", "gw"])
        for number, host in enumerate(HOSTS)
    )
    meshes = [gateway + services, gateway + routed, gateway + services + routed]
    found = [
        table for mesh in meshes for scope in (sidecar(), router()) for table in tables(graph_of(mesh), scope).values()
    ]
    assert len(found) > 20
    assert refusal(found) == ""


@pytest.mark.envoy
def test_odd_values_never_make_envoy_refuse() -> None:
    """Every field of a route with every odd value, each in a VirtualService of its own, all in one table."""
    mesh = ""
    for number, route in enumerate(_odd_routes()):
        mesh += virtual_service(route, hosts=(f"h{number}.example.com",), name=f"v{number}")
    keys: list[dict[str, Any]] = [
        *({"httpHeaderName": value} for value in ODD),
        *({"httpQueryParameterName": value} for value in ODD),
        *({"httpCookie": {"name": value, "path": value, "ttl": "0s"}} for value in ODD),
        {"useSourceIp": False},
        {"httpCookie": {"name": "c", "ttl": "-1s"}},
    ]
    mesh += "".join(_hashing(number, consistent) for number, consistent in enumerate(keys))
    found = tables(graph_of(mesh), sidecar())["80"]
    assert len(found.virtual_hosts) > 300
    assert refusal([found]) == ""
