"""What routes do with a request: forward, redirect, answer, delay, copy."""

from __future__ import annotations

from typing import Any

from envoy.extensions.filters.http.cors.v3.cors_pb2 import CorsPolicy
from envoy.extensions.filters.http.fault.v3.fault_pb2 import HTTPFault

from tests.proxy.routes.builders import document, entry, routes, to, virtual_service

SERVICE = entry("a.example.com") + entry("b.example.com", port=8080)


def route(**fields: Any) -> Any:  # noqa: ANN401  JSON values
    """The one route of a VirtualService with these fields."""
    fields = fields if fields.keys() & {"route", "redirect", "directResponse"} else {"route": [to()], **fields}
    found = routes(SERVICE + virtual_service(fields))
    assert len(found) == 1
    return found[0]


def test_a_single_destination_takes_all_whatever_its_weight() -> None:
    """No weighted clusters for one destination."""
    assert route(route=[to(weight=0)]).route.cluster == "outbound|80||a.example.com"


def test_among_several_destinations_weight_zero_takes_nothing() -> None:
    """Others keep their weights, which need not make 100."""
    found = route(route=[to(weight=3), to(subset="v1", weight=1), to(subset="v2", weight=0)])
    weights = [(each.name, each.weight.value) for each in found.route.weighted_clusters.clusters]
    assert weights == [("outbound|80||a.example.com", 3), ("outbound|80|v1|a.example.com", 1)]


def test_without_any_weight_the_answer_is_503() -> None:
    """Envoy refuses weights that add up to nothing, so the route says itself that it leads nowhere."""
    assert route(route=[to(weight=0), to(subset="v1", weight=0)]).direct_response.status == 503


def test_the_port_of_a_destination_is_given_or_its_only_one_or_the_listeners() -> None:
    """An unknown service still names a cluster: the request fails, the configuration does not."""
    assert route(route=[to("b.example.com")]).route.cluster == "outbound|8080||b.example.com"
    assert route(route=[to("b.example.com", port=9)]).route.cluster == "outbound|9||b.example.com"
    assert route(route=[to("c.example.com")]).route.cluster == "outbound|80||c.example.com"
    assert route(route=[to("short")]).route.cluster == "outbound|80||short.default.svc.cluster.local"


def test_there_is_no_timeout_unless_one_is_set() -> None:
    """Zero turns Envoy's 15 seconds off, for gRPC too; a set one bounds both."""
    action = route().route
    assert (action.timeout.seconds, action.HasField("timeout"), action.HasField("max_grpc_timeout")) == (0, True, True)
    action = route(timeout="1.5s").route
    assert (action.timeout.seconds, action.timeout.nanos, action.max_grpc_timeout.nanos) == (
        1,
        500_000_000,
        500_000_000,
    )


def test_retries_by_default() -> None:
    """Two, on failures that are safe to repeat, elsewhere than before."""
    policy = route().route.retry_policy
    assert policy.num_retries.value == 2
    assert policy.retry_on == "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
    assert policy.host_selection_retry_max_attempts == 5
    assert [each.name for each in policy.retry_host_predicate] == ["envoy.retry_host_predicates.previous_hosts"]


def test_retries_as_asked_for() -> None:
    """Numbers in `retryOn` become status codes; zero attempts turn retries off."""
    asked = {
        "attempts": 5,
        "perTryTimeout": "2s",
        "retryOn": "5xx, 503 ,gateway-error",
        "retryRemoteLocalities": True,
        "backoff": "10ms",
        "retryIgnorePreviousHosts": False,
    }
    policy = route(retries=asked).route.retry_policy
    assert (policy.num_retries.value, policy.per_try_timeout.seconds) == (5, 2)
    assert policy.retry_on == "5xx,gateway-error,retriable-status-codes"
    assert list(policy.retriable_status_codes) == [503]
    assert policy.retry_priority.name == "envoy.retry_priorities.previous_priorities"
    assert policy.retry_back_off.base_interval.nanos == 10_000_000
    assert not policy.retry_host_predicate
    assert not route(retries={"attempts": 0}).route.HasField("retry_policy")


def test_the_meshs_retries_count_where_a_route_has_none() -> None:
    """With a VirtualService or without; the route's own come first."""
    config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
    mesh = config + 'spec: {data: {mesh: "defaultHttpRetryPolicy: {attempts: 7}"}}\n'
    assert routes(SERVICE + mesh)[0].route.retry_policy.num_retries.value == 7
    found = routes(SERVICE + mesh + virtual_service({"route": [to()]}))
    assert found[0].route.retry_policy.num_retries.value == 7
    found = routes(SERVICE + mesh + virtual_service({"route": [to()], "retries": {"attempts": 1}}))
    assert found[0].route.retry_policy.num_retries.value == 1


def test_redirects() -> None:
    """301 unless said otherwise; the scheme's own port is not spelled out."""
    found = route(redirect={"uri": "/b", "authority": "x", "scheme": "https", "redirectCode": 308}).redirect
    assert (found.path_redirect, found.host_redirect, found.scheme_redirect, found.response_code) == (
        "/b",
        "x",
        "https",
        4,
    )
    assert route(redirect={"port": 8443}).redirect.port_redirect == 8443
    assert route(redirect={"derivePort": "FROM_REQUEST_PORT"}).redirect.port_redirect == 0
    assert route(redirect={"port": 443, "scheme": "https"}).redirect.port_redirect == 0
    assert route(redirect={"redirectCode": 399}).direct_response.status == 500


def test_direct_responses() -> None:
    """A body is text or base64; one that is too large for our tables is left out."""
    found = route(directResponse={"status": 418, "body": {"string": "tea"}}).direct_response
    assert (found.status, found.body.inline_string) == (418, "tea")
    assert route(directResponse={"status": 200, "body": {"bytes": "dGVh"}}).direct_response.body.inline_bytes == b"tea"
    assert not route(directResponse={"status": 200, "body": {"string": "x" * 2**21}}).direct_response.HasField("body")


def test_rewrites() -> None:
    """A path by prefix or by expression, the authority; an expression that cannot be is left out."""
    action = route(rewrite={"uri": "/v1", "authority": "x"}).route
    assert (action.prefix_rewrite, action.host_rewrite_literal) == ("/v1", "x")
    action = route(rewrite={"uriRegexRewrite": {"match": "^/a/(.*)$", "rewrite": r"/b/\1"}}).route
    assert action.regex_rewrite.pattern.regex == "^/a/(.*)$"
    assert action.regex_rewrite.substitution == r"/b/\1"
    action = route(rewrite={"uriRegexRewrite": {"match": "^/a$", "rewrite": r"/b/\1"}}).route
    assert not action.HasField("regex_rewrite")


def test_headers_are_set_then_added_sorted_and_the_host_becomes_a_rewrite() -> None:
    """No other pseudo-header can be changed."""
    request = {"set": {"b": "1", "a": "2", "Host": "x", ":path": "/"}, "add": {"c": "3"}, "remove": ["d", ":method"]}
    found = route(headers={"request": request, "response": {"add": {"e": "4"}, "remove": ["f"]}})
    options = [(each.header.key, each.append_action) for each in found.request_headers_to_add]
    assert options == [("a", 2), ("b", 2), ("c", 0)]
    assert list(found.request_headers_to_remove) == ["d"]
    assert [each.header.key for each in found.response_headers_to_add] == ["e"]
    assert list(found.response_headers_to_remove) == ["f"]
    assert found.route.host_rewrite_literal == "x"


def test_a_rewrite_of_the_authority_comes_before_a_header() -> None:
    """And the route's before the destination's."""
    found = route(rewrite={"authority": "x"}, headers={"request": {"set": {"host": "y"}}})
    assert found.route.host_rewrite_literal == "x"
    found = route(route=[to(headers={"request": {"set": {"host": "z"}}})], headers={"request": {"set": {"host": "y"}}})
    assert found.route.host_rewrite_literal == "y"


def test_headers_of_destinations() -> None:
    """On the route for a single destination, on its cluster among several."""
    found = route(route=[to(headers={"request": {"set": {"a": "1"}}})])
    assert [each.header.key for each in found.request_headers_to_add] == ["a"]
    weighted = [to(weight=1, headers={"request": {"set": {"a": "1", "host": "x"}}}), to(subset="v", weight=1)]
    found = route(route=weighted)
    first, second = found.route.weighted_clusters.clusters
    assert [each.header.key for each in first.request_headers_to_add] == ["a"]
    assert first.host_rewrite_literal == "x"
    assert not second.request_headers_to_add


def test_a_value_with_an_unknown_command_is_sent_as_text() -> None:
    """Envoy refuses `100%` and `%FOO%`; it would refuse everything else with it."""
    request = {"set": {"a": "100%", "b": "%REQ(:path)%", "c": "%FOO%", "d": "x\ny"}}
    found = route(headers={"request": request}).request_headers_to_add
    assert [each.header.value for each in found] == ["100%%", "%REQ(:path)%", "%%FOO%%"]


def test_faults() -> None:
    """Percentages are exact to the ten-thousandth; the older whole percent counts where no other is given."""
    faults = {
        "delay": {"fixedDelay": "2s", "percentage": {"value": 0.1}},
        "abort": {"httpStatus": 503, "percentage": {"value": 50}},
    }
    found = HTTPFault()
    route(fault=faults).typed_per_filter_config["envoy.filters.http.fault"].Unpack(found)
    assert (found.delay.fixed_delay.seconds, found.delay.percentage.numerator) == (2, 1000)
    assert (found.abort.http_status, found.abort.percentage.numerator) == (503, 500_000)
    old = route(fault={"delay": {"fixedDelay": "1s", "percent": 5}, "abort": {"grpcStatus": "UNAVAILABLE"}})
    old.typed_per_filter_config["envoy.filters.http.fault"].Unpack(found)
    assert (found.delay.percentage.numerator, found.abort.grpc_status) == (5, 14)
    assert not route(fault={"delay": {"exponentialDelay": "1s"}}).typed_per_filter_config


def test_cors() -> None:
    """Older exact origins count where no others are given; preflights that match nothing pass unless told otherwise."""
    policy = {"allowOrigins": [{"regex": "https://.*"}, {"regex": "("}], "allowMethods": ["GET", "PUT"], "maxAge": "1h"}
    found = CorsPolicy()
    route(corsPolicy={**policy, "allowCredentials": True}).typed_per_filter_config["envoy.filters.http.cors"].Unpack(
        found
    )
    assert [each.safe_regex.regex for each in found.allow_origin_string_match] == ["https://.*"]
    assert (found.allow_methods, found.max_age, found.allow_credentials.value) == ("GET,PUT", "3600", True)
    assert found.filter_enabled.default_value.numerator == 100
    assert found.forward_not_matching_preflights.value is True
    old = route(corsPolicy={"allowOrigin": ["x"], "unmatchedPreflights": "IGNORE"})
    old.typed_per_filter_config["envoy.filters.http.cors"].Unpack(found)
    assert found.allow_origin_string_match[0].exact == "x"
    assert found.forward_not_matching_preflights.value is False


def test_mirrors() -> None:
    """No percentage is all of the traffic, an explicit zero none of it; several mirrors come after the single one."""
    found = route(
        mirror=to("b.example.com")["destination"],
        mirrors=[
            {**to(subset="v1"), "percentage": {"value": 1.5}},
            {**to(subset="v2"), "percentage": {"value": 0}},
        ],
    ).route.request_mirror_policies
    shares = [(each.cluster, each.runtime_fraction.default_value.numerator) for each in found]
    assert shares == [("outbound|8080||b.example.com", 100), ("outbound|80|v1|a.example.com", 15_000)]
    assert not route(mirror=to()["destination"], mirrorPercentage={"value": 0}).route.request_mirror_policies
    assert route(mirror=to()["destination"], mirrorPercent=7).route.request_mirror_policies[0].runtime_fraction


def test_a_destination_rule_that_hashes_gives_the_route_its_policy() -> None:
    """The subset's setting comes before the rule's; then retries may go to the host that was tried."""
    hashing = {"loadBalancer": {"consistentHash": {"httpHeaderName": "x-user"}}}
    cookie = {"loadBalancer": {"consistentHash": {"httpCookie": {"name": "c", "ttl": "60s"}}}}
    spec = {"host": "a.example.com", "trafficPolicy": hashing, "subsets": [{"name": "v1", "trafficPolicy": cookie}]}
    rule = document("DestinationRule", "a", spec)
    found = routes(SERVICE + rule + virtual_service({"route": [to()]}))[0].route
    assert [each.header.header_name for each in found.hash_policy] == ["x-user"]
    assert not found.retry_policy.retry_host_predicate
    found = routes(SERVICE + rule + virtual_service({"route": [to(subset="v1")]}))[0].route
    assert [(each.cookie.name, each.cookie.ttl.seconds) for each in found.hash_policy] == [("c", 60)]
    plain = routes(SERVICE + rule)[0].route
    assert [each.header.header_name for each in plain.hash_policy] == ["x-user"]
