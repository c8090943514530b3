"""The rules of VirtualService."""

from __future__ import annotations

import pytest

from tests.schemas.builders import Content, errors, faults, found, route, virtual_service

MATCH = "spec.http[0].match[0]"
ROUTE = "spec.http[0]"


@pytest.mark.parametrize(
    "content",
    [
        virtual_service(),
        virtual_service(hosts=["*.example.com", "other.org", "10.0.0.1"], gateways=["istio-system/gw", "mesh"]),
        virtual_service(hosts=["*"], gateways=["gw"]),
        virtual_service(route(), hosts=[]),
        {"hosts": ["a"], "http": [{"redirect": {"uri": "/x", "redirectCode": 308}}]},
        {"hosts": ["a"], "http": [{"directResponse": {"status": 503, "body": {"string": "no"}}}]},
        {"hosts": ["a"], "http": [{"delegate": {"name": "d", "namespace": "n"}}]},
        virtual_service(route(match=[{"uri": {"prefix": ""}, "headers": {"x-user": {"regex": "a|b"}}}])),
        virtual_service(route(match=[{"withoutHeaders": {"x-user": {"regex": "*"}}}, {"headers": {"x": {}}}])),
        virtual_service(route(match=[{"headers": {"@request.auth.claims.sub": {"exact": "a"}}}]), gateways=["gw"]),
        virtual_service(route(retries={"attempts": 2, "retryOn": "5xx,503,reset"}, timeout="1h")),
        virtual_service(route(fault={"delay": {"fixedDelay": "5s", "percentage": {"value": 0.1}}})),
        virtual_service(route(fault={"abort": {"grpcStatus": "NOT_FOUND"}})),
        virtual_service(route(headers={"request": {"set": {":authority": "a", "x": "%START_TIME%"}}})),
        virtual_service(route(corsPolicy={"allowOrigins": [{"exact": "*"}], "allowMethods": ["GET"], "maxAge": "24h"})),
        virtual_service(route(mirrors=[{"destination": {"host": "b"}, "percentage": {"value": 50}}])),
        {"hosts": ["*.a.com"], "tls": [{"match": [{"sniHosts": ["x.a.com"], "port": 443}], **route("x.a.com")}]},
        {"hosts": ["a"], "tcp": [{"match": [{"destinationSubnets": ["10.0.0.0/8"], "port": 27017}], **route("a")}]},
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No error for contents that Istio's validation accepts."""
    assert errors("VirtualService", content) == set()


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"hosts": ["a"]}, "spec"),
        (virtual_service(hosts=["a_b"]), "spec.hosts[0]"),
        (virtual_service(hosts=["*"]), "spec.hosts[0]"),
        (virtual_service(hosts=["foo.*.com"]), "spec.hosts[0]"),
        (virtual_service(hosts=["*.com", "a.example.com"]), "spec.hosts[1]"),
        (virtual_service(hosts=["a", "a"]), "spec.hosts[1]"),
        (virtual_service(hosts=[], gateways=["gw"]), "spec.gateways"),
        (virtual_service(gateways=["/gw"]), "spec.gateways[0]"),
        (virtual_service(gateways=["ns/g.w"]), "spec.gateways[0]"),
        (virtual_service(exportTo=["*", "a"]), "spec.exportTo"),
        (virtual_service(exportTo=["~"]), "spec.exportTo[0]"),
        (virtual_service(exportTo=[".", "default"]), "spec.exportTo[1]"),
        (virtual_service({}), ROUTE),
        (virtual_service(route(redirect={"uri": "/"})), ROUTE),
        (virtual_service(route(delegate={"name": "d"})), ROUTE),
        (virtual_service({"redirect": {"uri": "/"}, "fault": {"abort": {"httpStatus": 500}}}), f"{ROUTE}.fault"),
        (virtual_service({"directResponse": {"status": 200}, "rewrite": {"uri": "/"}}), f"{ROUTE}.rewrite"),
        (virtual_service({"delegate": {"name": "d"}}, hosts=[]), f"{ROUTE}.delegate"),
        (virtual_service({"redirect": {"redirectCode": 301}}), f"{ROUTE}.redirect"),
        (virtual_service({"redirect": {"uri": "/", "redirectCode": 200}}), f"{ROUTE}.redirect.redirectCode"),
        (virtual_service({"redirect": {"scheme": "ftp"}}), f"{ROUTE}.redirect.scheme"),
        (virtual_service({"redirect": {"port": 70000}}), f"{ROUTE}.redirect.port"),
        (virtual_service({"directResponse": {"status": 99}}), f"{ROUTE}.directResponse.status"),
        (
            virtual_service({"directResponse": {"status": 200, "body": {"string": "x" * (1024 * 1024 + 1)}}}),
            f"{ROUTE}.directResponse.body",
        ),
        (virtual_service(route("*")), f"{ROUTE}.route[0].destination.host"),
        (virtual_service(route("")), f"{ROUTE}.route[0].destination.host"),
        (
            virtual_service({"route": [{"destination": {"host": "a", "subset": "v.1"}}]}),
            f"{ROUTE}.route[0].destination.subset",
        ),
        (
            virtual_service({"route": [{"destination": {"host": "a", "port": {"number": 0}}}]}),
            f"{ROUTE}.route[0].destination.port.number",
        ),
        (virtual_service({"route": [{"destination": {"host": "a"}, "weight": -1}]}), f"{ROUTE}.route[0].weight"),
        (
            virtual_service({"route": [{"destination": {"host": "a"}}, {"destination": {"host": "b"}}]}),
            f"{ROUTE}.route",
        ),
        (virtual_service(route(retries={"attempts": -1})), f"{ROUTE}.retries.attempts"),
        (virtual_service(route(retries={"retryOn": "5xx"})), f"{ROUTE}.retries.attempts"),
        (virtual_service(route(retries={"attempts": 1, "retryOn": "5xx, reset"})), f"{ROUTE}.retries.retryOn"),
        (virtual_service(route(fault={})), f"{ROUTE}.fault"),
        (virtual_service(route(fault={"abort": {"httpStatus": 100}})), f"{ROUTE}.fault.abort.httpStatus"),
        (virtual_service(route(fault={"abort": {"grpcStatus": "NOPE"}})), f"{ROUTE}.fault.abort.grpcStatus"),
        (virtual_service(route(fault={"delay": {"exponentialDelay": "5s"}})), f"{ROUTE}.fault.delay.exponentialDelay"),
        (
            virtual_service(route(fault={"delay": {"fixedDelay": "5s", "percentage": {"value": 101}}})),
            f"{ROUTE}.fault.delay.percentage.value",
        ),
        (virtual_service(route(timeout="0s")), f"{ROUTE}.timeout"),
        (virtual_service(route(timeout="1500us")), f"{ROUTE}.timeout"),
        (virtual_service(route(mirror={"host": "b"}, mirrors=[{"destination": {"host": "c"}}])), f"{ROUTE}.mirrors"),
        (
            virtual_service(route(mirror={"host": "b"}, mirrorPercentage={"value": -1})),
            f"{ROUTE}.mirrorPercentage.value",
        ),
        (virtual_service(route(rewrite={})), f"{ROUTE}.rewrite"),
        (
            virtual_service(route(rewrite={"uri": "/", "uriRegexRewrite": {"match": "a", "rewrite": "b"}})),
            f"{ROUTE}.rewrite",
        ),
        (virtual_service(route(rewrite={"uriRegexRewrite": {"match": "a"}})), f"{ROUTE}.rewrite.uriRegexRewrite"),
        (
            virtual_service(route(rewrite={"uriRegexRewrite": {"match": "(", "rewrite": "b"}})),
            f"{ROUTE}.rewrite.uriRegexRewrite.match",
        ),
        (
            virtual_service(route(rewrite={"authority": "a"}, headers={"request": {"set": {"Host": "b"}}})),
            f"{ROUTE}.headers.request.set",
        ),
        (virtual_service(route(headers={"request": {"set": {":path": "b"}}})), f'{ROUTE}.headers.request.set[":path"]'),
        (virtual_service(route(headers={"response": {"add": {"Host": "b"}}})), f"{ROUTE}.headers.response.add.Host"),
        (virtual_service(route(headers={"request": {"add": {"x": "100%"}}})), f"{ROUTE}.headers.request.add.x"),
        (virtual_service(route(headers={"request": {"remove": [""]}})), f"{ROUTE}.headers.request.remove[0]"),
        (virtual_service(route(corsPolicy={"allowOrigins": [{}]})), f"{ROUTE}.corsPolicy.allowOrigins[0]"),
        (virtual_service(route(corsPolicy={"allowMethods": ["get"]})), f"{ROUTE}.corsPolicy.allowMethods[0]"),
        (virtual_service(route(corsPolicy={"allowHeaders": ["a b"]})), f"{ROUTE}.corsPolicy.allowHeaders[0]"),
        (virtual_service(route(corsPolicy={"maxAge": "1500ms"})), f"{ROUTE}.corsPolicy.maxAge"),
        (virtual_service(route(match=[{"uri": {"regex": "("}}])), f"{MATCH}.uri.regex"),
        (virtual_service(route(match=[{"uri": {"regex": "a" * 1025}}])), f"{MATCH}.uri.regex"),
        (virtual_service(route(match=[{"method": {"prefix": ""}}])), f"{MATCH}.method.prefix"),
        (virtual_service(route(match=[{"headers": {"a b": {"exact": "x"}}}])), f'{MATCH}.headers["a b"]'),
        (
            virtual_service(route(match=[{"headers": {"@request.auth.claims.sub": {"exact": "a"}}}])),
            f'{MATCH}.headers["@request.auth.claims.sub"]',
        ),
        (virtual_service(route(match=[{"port": 70000}])), f"{MATCH}.port"),
        (virtual_service(route(match=[{"sourceLabels": {"a/b/c": "x"}}])), f'{MATCH}.sourceLabels["a/b/c"]'),
        (virtual_service(route(match=[{"sourceNamespace": "a.b"}])), f"{MATCH}.sourceNamespace"),
        ({"hosts": ["a.com"], "tls": [{"match": [], **route("a")}]}, "spec.tls[0].match"),
        (
            {"hosts": ["a.com"], "tls": [{"match": [{"sniHosts": ["b.com"]}], **route("a")}]},
            "spec.tls[0].match[0].sniHosts[0]",
        ),
        ({"hosts": ["a.com"], "tls": [{"match": [{"sniHosts": ["a.com"]}]}]}, "spec.tls[0].route"),
        ({"hosts": ["a.com"], "tcp": [{"match": [{"port": 1}]}]}, "spec.tcp[0].route"),
        (
            {"hosts": ["a.com"], "tcp": [{"match": [{"destinationSubnets": ["10.0.0.0/99"]}], **route("a")}]},
            "spec.tcp[0].match[0].destinationSubnets[0]",
        ),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert path in errors("VirtualService", content)


def test_deprecated_and_old_forms_are_warnings() -> None:
    """Istio takes them, and warns."""
    content = virtual_service(route(mirror={"host": "b"}, mirrorPercent=5), gateways=["gw.ns.svc.cluster.local"])
    assert {("IST0133", "spec.http[0].mirrorPercent"), ("IST0133", "spec.gateways[0]")} <= found(
        "VirtualService", content
    )


def test_a_rule_after_one_without_matches_is_never_used() -> None:
    """Only the last rule may match everything: IST0130, with Istio's severity."""
    wrong = [fault for fault in faults("VirtualService", virtual_service(route(), route())) if fault.code == "IST0130"]
    assert [(fault.severity, fault.path) for fault in wrong] == [("warning", "spec.http[1]")]


def test_a_repeated_match_is_ineffective() -> None:
    """IST0131 for the match, IST0130 for the rule that has no other; the names of matches count nothing."""
    one = route(match=[{"uri": {"prefix": "/a"}, "name": "x"}])
    two = route(match=[{"uri": {"prefix": "/a"}, "name": "y"}])
    codes = found("VirtualService", virtual_service(one, two))
    assert codes == {("IST0131", "spec.http[1].match[0]"), ("IST0130", "spec.http[1]")}


def test_a_narrower_prefix_after_a_wider_one_is_ineffective() -> None:
    """Unless the wider one asks for more."""
    wide, narrow = {"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/ab"}}
    assert found("VirtualService", virtual_service(route(match=[wide]), route(match=[narrow]))) == {
        ("IST0131", "spec.http[1].match[0]")
    }
    picky = {**wide, "headers": {"x": {"exact": "y"}}}
    assert found("VirtualService", virtual_service(route(match=[picky]), route(match=[narrow]))) == set()


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"match": [{"uri": {"regex": ".{1000}" * 5}}]}, f"{MATCH}.uri.regex"),
        (
            {"rewrite": {"uriRegexRewrite": {"match": ".{1000}" * 5, "rewrite": "/"}}},
            f"{ROUTE}.rewrite.uriRegexRewrite.match",
        ),
    ],
)
def test_an_expression_that_proxies_refuse_is_an_error(more: Content, path: str) -> None:
    """GLY0114, where a path is matched and where it is rewritten."""
    assert found("VirtualService", virtual_service(route(**more))) == {("GLY0114", path)}
