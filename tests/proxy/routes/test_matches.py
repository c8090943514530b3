"""Conditions on requests and clients, as Envoy gets them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proxy.routes.builders import entry, routes, sidecar, to, virtual_service

SERVICE = entry("a.example.com")


def match(condition: dict[str, Any], **more: Any) -> Any:  # noqa: ANN401  JSON values
    """The match of the one route with this condition."""
    found = routes(SERVICE + virtual_service({"match": [condition], "route": [to()], **more}))
    assert len(found) == 1
    return found[0].match


def test_a_prefix_is_a_plain_prefix() -> None:
    """`/foo` takes `/foobar` too, as Istio's documentation says of prefixes."""
    found = match({"uri": {"prefix": "/foo"}})
    assert found.prefix == "/foo"
    assert found.case_sensitive.value is True


def test_a_path_may_be_exact_or_an_expression_and_case_may_not_count() -> None:
    """Each form has its field; `ignoreUriCase` is the opposite of Envoy's switch."""
    assert match({"uri": {"exact": "/a"}}).path == "/a"
    assert match({"uri": {"regex": "/a.*"}}).safe_regex.regex == "/a.*"
    assert match({"uri": {"prefix": "/a"}, "ignoreUriCase": True}).case_sensitive.value is False


def test_a_prefix_of_an_ingress_ends_at_a_separator() -> None:
    """A VirtualService made of an Ingress or a Gateway API route follows their rule."""
    annotated = virtual_service(
        {"match": [{"uri": {"prefix": "/foo/"}}], "route": [to()]},
        metadata={"annotations": {"internal.istio.io/route-semantics": "gateway"}},
    )
    found = routes(SERVICE + annotated)[0]
    assert found.match.path_separated_prefix == "/foo"
    assert found.route.cluster_not_found_response_code == 2


def test_headers_come_sorted_before_pseudo_headers() -> None:
    """The order is stable, so that equal configuration has equal bytes."""
    found = match({
        "headers": {"z": {"exact": "1"}, "a": {"prefix": "p"}, "m": {"regex": "r+"}},
        "method": {"exact": "GET"},
        "authority": {"exact": "x"},
        "scheme": {"exact": "https"},
    })  # fmt: skip
    assert [header.name for header in found.headers] == ["a", "m", "z", ":method", ":authority", ":scheme"]
    assert found.headers[0].string_match.prefix == "p"
    assert found.headers[1].string_match.safe_regex.regex == "r+"


def test_an_empty_value_or_a_star_asks_for_presence() -> None:
    """`{}` and the expression `*` match any value that is there."""
    found = match({"headers": {"a": {}, "b": {"regex": "*"}}, "queryParams": {"q": {}, "r": {"exact": "1"}}})
    assert all(header.present_match for header in found.headers)
    assert found.query_parameters[0].present_match
    assert found.query_parameters[1].string_match.exact == "1"


def test_headers_that_must_not_be_there_count_as_empty_when_missing() -> None:
    """An inverted value matches a request without the header; inverted presence needs no such rule."""
    found = match({"withoutHeaders": {"a": {"exact": "1"}, "b": {}}})
    value, presence = found.headers
    assert value.invert_match
    assert value.treat_missing_header_as_empty
    assert presence.invert_match
    assert presence.present_match
    assert not presence.treat_missing_header_as_empty


def test_a_claim_of_a_token_is_matched_in_the_metadata() -> None:
    """`@request.auth.claims[...]` is no header; nested claims are a path, in both ways of writing them."""
    found = match(
        {
            "headers": {"@request.auth.claims[group][id]": {"exact": "x"}},
            "withoutHeaders": {"@request.auth.claims.a": {}},
        }
    )
    assert not found.headers
    wanted, unwanted = found.dynamic_metadata
    assert [segment.key for segment in wanted.path] == ["payload", "group", "id"]
    assert wanted.value.or_match.value_matchers[0].string_match.exact == "x"
    assert unwanted.invert
    assert unwanted.value.present_match


def test_each_entry_of_match_is_a_route_and_the_first_that_takes_everything_is_the_last() -> None:
    """Entries are alternatives, in order; nothing after a catch-all is sent, nor after a route without conditions."""
    several = {
        "match": [{"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/"}}, {"uri": {"prefix": "/b"}}],
        "route": [to()],
    }
    found = routes(SERVICE + virtual_service(several, {"route": [to(subset="never")]}))
    assert [route.match.prefix for route in found] == ["/a", "/"]
    found = routes(SERVICE + virtual_service({"route": [to()]}, several))
    assert len(found) == 1


def test_names_of_routes_and_matches_are_joined() -> None:
    """`route.match`, and the route's name alone where the match has none; `statPrefix` goes to the route."""
    named = {
        "name": "r",
        "match": [{"name": "m", "uri": {"prefix": "/a"}, "statPrefix": "s"}, {"uri": {"prefix": "/b"}}],
    }
    found = routes(SERVICE + virtual_service({**named, "route": [to()]}))
    assert [(route.name, route.stat_prefix) for route in found] == [("r.m", "s"), ("r", "")]


def test_the_metadata_name_the_virtual_service() -> None:
    """Istio's tools find the object that a route was made of by its path in the metadata."""
    found = routes(SERVICE + virtual_service({"route": [to()]}))[0]
    path = found.metadata.filter_metadata["istio"]["config"]
    assert path == "/apis/networking.istio.io/v1/namespaces/default/virtual-service/a"
    assert found.decorator.operation == "a.example.com:80/*"


@pytest.mark.parametrize(
    ("condition", "here"),
    [
        ({"port": 80}, True),
        ({"port": 81}, False),
        ({"sourceLabels": {"app": "x"}}, True),
        ({"sourceLabels": {"app": "y"}}, False),
        ({"sourceNamespace": "default"}, True),
        ({"sourceNamespace": "other"}, False),
        ({"gateways": ["mesh"]}, True),
        ({"gateways": ["gw"]}, False),
        ({"gateways": ["mesh"], "sourceLabels": {"app": "y"}}, True),
    ],
)
def test_conditions_on_the_client_are_decided_here(condition: dict[str, Any], here: bool) -> None:  # noqa: FBT001  a column of the table
    """They are not sent; where gateways are named, labels of the client do not count."""
    text = SERVICE + virtual_service({"match": [{**condition, "uri": {"prefix": "/a"}}], "route": [to()]})
    found = routes(text, scope=sidecar(labels={"app": "x", "version": "1"}))
    assert [route.match.prefix for route in found] == (["/a"] if here else ["/"])


def test_what_envoy_would_refuse_is_left_out() -> None:
    """One bad expression costs its own route: the request falls to the next one."""
    bad = {"match": [{"uri": {"regex": "("}}, {"headers": {"x": {"regex": "a{1001}"}}}, {"uri": {"regex": "ok"}}]}
    found = routes(SERVICE + virtual_service({**bad, "route": [to()]}))
    assert [route.match.safe_regex.regex for route in found] == ["ok"]


def test_a_large_expression_brings_its_own_bound() -> None:
    """An Envoy that nobody told otherwise refuses programs of more than 100 instructions."""
    found = match({"uri": {"regex": "^(?:[a-z0-9._-]{1,60}/){1,10}x.*$"}})
    assert found.safe_regex.google_re2.max_program_size.value == 32768
    assert not match({"uri": {"regex": "/a.*"}}).safe_regex.HasField("google_re2")
