"""The rules of EnvoyFilter, and of the Envoy configuration inside of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envoy.message_types import message_type
from schemas.envoy.message_value import check_message
from schemas.rules.envoy_filter import MESSAGES
from tests.schemas.builders import Content, errors, faults, found, target

PATCH = "spec.configPatches[0]"
VALUE = f"{PATCH}.patch.value"
HCM = "envoy.filters.network.http_connection_manager"
TYPES = "type.googleapis.com/envoy.extensions.filters"
LUA: Content = {
    "name": "envoy.filters.http.lua",
    "typed_config": {"@type": f"{TYPES}.http.lua.v3.Lua", "default_source_code": {"inline_string": "-- lua"}},
}


def patches(*entries: Content, **more: object) -> Content:
    """A filter with these patches."""
    return {"configPatches": list(entries), **more}


def patch(
    apply_to: str = "HTTP_FILTER", operation: str = "INSERT_BEFORE", value: object = LUA, **more: object
) -> Content:
    """A filter with one patch."""
    return patches({"applyTo": apply_to, "patch": {"operation": operation, "value": value}, **more})


def cluster(**fields: object) -> Content:
    """A patch of clusters."""
    return patch("CLUSTER", "ADD", {"name": "a", **fields})


def http_filter(config: object) -> Content:
    """A patch of HTTP filters with a configuration."""
    return patch(value={"name": "a", "typed_config": config})


def listener(filter_: Content, apply_to: str = "HTTP_FILTER") -> Content:
    """A patch of what a filter chain's filter matches."""
    value = LUA if apply_to == "HTTP_FILTER" else {}
    return patch(apply_to, "MERGE", value, match={"listener": {"filterChain": {"filter": filter_}}})


def waypoint(apply_to: str, **match: object) -> Content:
    """A patch of what is in waypoints."""
    where = {"context": "WAYPOINT", **({"waypoint": match} if match else {})}
    return patches({"applyTo": apply_to, "match": where, "patch": {"operation": "REMOVE"}})


ROUTER: Content = {"name": HCM, "subFilter": {"name": "envoy.filters.http.router"}}


@pytest.mark.parametrize(
    "content",
    [
        {},
        patch(
            match={"context": "SIDECAR_INBOUND", "listener": {"portNumber": 8080, "filterChain": {"filter": ROUTER}}}
        ),
        patch(match={"proxy": {"proxyVersion": r"^1\.2\d.*", "metadata": {"a": "b"}}}),
        patches({"applyTo": "CLUSTER", "match": {"cluster": {"service": "a.com"}}, "patch": {"operation": "REMOVE"}}),
        patches(
            {"applyTo": "CLUSTER", "match": {"context": "WAYPOINT", "waypoint": {}}, "patch": {"operation": "REMOVE"}}
        ),
        patches(
            {
                "applyTo": "HTTP_FILTER",
                "match": {"context": "WAYPOINT", "waypoint": {"portNumber": 80, "filter": ROUTER}},
                "patch": {"operation": "REMOVE"},
            }
        ),
        patch(
            "CLUSTER", "ADD", {"name": "lua_cluster", "type": "STRICT_DNS", "connect_timeout": "0.5s", "lb_policy": 0}
        ),
        patch("CLUSTER", "MERGE", {"connectTimeout": "500ms", "maxRequestsPerConnection": 5, "lb_policy": "MAGLEV"}),
        patch("LISTENER", "MERGE", {"per_connection_buffer_limit_bytes": "1024", "additional_addresses": []}),
        patch(
            "NETWORK_FILTER",
            "MERGE",
            {
                "name": HCM,
                "typed_config": {
                    "@type": f"{TYPES}.network.http_connection_manager.v3.HttpConnectionManager",
                    "common_http_protocol_options": {"idle_timeout": "30s"},
                    "use_remote_address": True,
                    "upgrade_configs": [{"upgrade_type": "websocket"}],
                    "xff_num_trusted_hops": None,
                },
            },
            match={"listener": {"filterChain": {"filter": {"name": HCM}}}},
        ),
        patch(
            "HTTP_ROUTE",
            "MERGE",
            {"route": {"retry_policy": {"num_retries": 2}}},
            match={"routeConfiguration": {"vhost": {"name": "a:80", "route": {"action": "ANY"}}}},
        ),
        patch("VIRTUAL_HOST", "MERGE", {"request_headers_to_add": [{"header": {"key": "a", "value": "%B%"}}]}),
        patch(
            "ROUTE_CONFIGURATION",
            "MERGE",
            {
                "typed_per_filter_config": {
                    "a": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "b"}
                }
            },
        ),
        patch("BOOTSTRAP", "MERGE", {"stats_config": {"stats_tags": [{"tag_name": "a", "regex": "b"}]}}),
        patch(
            "LISTENER_FILTER",
            "INSERT_FIRST",
            {"name": "a", "typed_config": {"@type": f"{TYPES}.listener.proxy_protocol.v3.ProxyProtocol"}},
        ),
        patch(
            "EXTENSION_CONFIG",
            "ADD",
            {
                "name": "a",
                "typed_config": {
                    "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                    "type_url": "a",
                    "value": {"b": None},
                },
            },
        ),
        http_filter({"@type": "type.googleapis.com/istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig", "x": 1}),
        http_filter({"@type": f"{TYPES}.network.mysql_proxy.v3.MySQLProxy", "stat_prefix": "a"}),
        patch(value={"name": "a", "config_discovery": {"type_urls": ["b"]}}),
        patches(targetRefs=[target()], priority=-5),
        patch("NETWORK_FILTER", "MERGE_AND_REPLACE_LIST", {"name": "a", "typed_config": {}}),
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No finding but that the kind has no effect yet."""
    assert found("EnvoyFilter", content) == {("GLY0109", "kind")}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"workloadSelector": {"labels": {"a": "*"}}}, "spec.workloadSelector.a"),
        ({"workloadSelector": {"labels": {"": "a"}}}, 'spec.workloadSelector[""]'),
        ({"workloadSelector": {"labels": {"a": "b"}}, "targetRefs": [target()]}, "spec.targetRefs"),
        ({"targetRefs": [target("Pod", "")]}, "spec.targetRefs[0].kind"),
        (patches({"patch": {"operation": "REMOVE"}}), f"{PATCH}.applyTo"),
        (patches({"applyTo": "CLUSTER"}), f"{PATCH}.patch"),
        (patches({"applyTo": "CLUSTER", "patch": {}}), f"{PATCH}.patch.operation"),
        (patches({"applyTo": "CLUSTER", "patch": {"operation": "ADD"}}), VALUE),
        (patch(match={"proxy": {"proxyVersion": "(["}}), f"{PATCH}.match.proxy.proxyVersion"),
        (patch(match={"cluster": {}}), f"{PATCH}.match.cluster"),
        (patch("CLUSTER", "MERGE", {}, match={"listener": {}}), f"{PATCH}.match.listener"),
        (patch("VIRTUAL_HOST", "MERGE", {}, match={"cluster": {}}), f"{PATCH}.match.cluster"),
        (patch("LISTENER", "MERGE", {}, match={"routeConfiguration": {}}), f"{PATCH}.match.routeConfiguration"),
        (listener({}), f"{PATCH}.match.listener.filterChain.filter.name"),
        (listener({"name": "a", "subFilter": {}}), f"{PATCH}.match.listener.filterChain.filter.name"),
        (listener({"name": HCM, "subFilter": {}}), f"{PATCH}.match.listener.filterChain.filter.subFilter.name"),
        (
            listener({"name": HCM, "subFilter": {"name": "a"}}, "NETWORK_FILTER"),
            f"{PATCH}.match.listener.filterChain.filter.subFilter",
        ),
        (patch(match={"context": "SIDECAR_INBOUND", "waypoint": {}}), f"{PATCH}.match.waypoint"),
        (patch(match={"context": "WAYPOINT", "listener": {}}), f"{PATCH}.match.listener"),
        *((waypoint(apply_to), f"{PATCH}.match.context") for apply_to in ("LISTENER", "LISTENER_FILTER", "BOOTSTRAP")),
        (waypoint("EXTENSION_CONFIG"), f"{PATCH}.match.context"),
        (waypoint("ROUTE_CONFIGURATION", filter={"name": HCM}), f"{PATCH}.match.waypoint.filter"),
        (waypoint("CLUSTER", filter={"name": HCM}), f"{PATCH}.match.waypoint.filter"),
        (waypoint("CLUSTER", route={"name": "a"}), f"{PATCH}.match.waypoint.route"),
        (waypoint("FILTER_CHAIN", route={"name": "a"}), f"{PATCH}.match.waypoint.route"),
        (waypoint("HTTP_FILTER", portNumber=80), f"{PATCH}.match.waypoint.filter"),
        (waypoint("HTTP_FILTER", filter={"name": "a"}), f"{PATCH}.match.waypoint.filter.name"),
        (waypoint("HTTP_FILTER", filter={"name": HCM}), f"{PATCH}.match.waypoint.filter.subFilter.name"),
        (waypoint("NETWORK_FILTER", filter={}), f"{PATCH}.match.waypoint.filter.name"),
        (waypoint("VIRTUAL_HOST", portNumber=65536), f"{PATCH}.match.waypoint.portNumber"),
        (cluster(name=1), f"{VALUE}.name"),
        (cluster(connect_timeout="soon"), f"{VALUE}.connect_timeout"),
        (cluster(connect_timeout=5), f"{VALUE}.connect_timeout"),
        (cluster(type="STRICTDNS"), f"{VALUE}.type"),
        (cluster(type="STATIC", cluster_type={"name": "a", "typed_config": {}}), f"{VALUE}.cluster_type"),
        (cluster(per_connection_buffer_limit_bytes=-1), f"{VALUE}.per_connection_buffer_limit_bytes"),
        (cluster(per_connection_buffer_limit_bytes=2**32), f"{VALUE}.per_connection_buffer_limit_bytes"),
        (cluster(health_checks={}), f"{VALUE}.health_checks"),
        (cluster(health_checks=[{"timeout": "1s"}, 5]), f"{VALUE}.health_checks[1]"),
        (cluster(load_assignment=[]), f"{VALUE}.load_assignment"),
        (cluster(metadata={"filter_metadata": {"a": 5}}), f"{VALUE}.metadata.filter_metadata.a"),
        (cluster(metadata={"filter_metadata": []}), f"{VALUE}.metadata.filter_metadata"),
        (cluster(close_connections_on_host_health_failure="yes"), f"{VALUE}.close_connections_on_host_health_failure"),
        (http_filter({"stat_prefix": "a"}), f"{VALUE}.typed_config"),
        (http_filter("a"), f"{VALUE}.typed_config"),
        (http_filter({"@type": 5}), f'{VALUE}.typed_config["@type"]'),
        (http_filter({"@type": f"{TYPES}.http.nothing.v3.Nothing"}), f'{VALUE}.typed_config["@type"]'),
        (http_filter({"@type": "type.googleapis.com/com.example.Filter"}), f'{VALUE}.typed_config["@type"]'),
        (
            http_filter({"@type": "type.googleapis.com/envoy.config.filter.http.lua.v2.Lua"}),
            f'{VALUE}.typed_config["@type"]',
        ),
        (
            http_filter({"@type": f"{TYPES}.http.lua.v3.Lua", "source_codes": {"a": {"inline_string": 5}}}),
            f"{VALUE}.typed_config.source_codes.a.inline_string",
        ),
        (
            http_filter({"@type": "type.googleapis.com/google.protobuf.StringValue", "value": 5}),
            f"{VALUE}.typed_config.value",
        ),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, and wrong types at any depth of Envoy's configuration."""
    assert errors("EnvoyFilter", content) == {path}


@pytest.mark.parametrize(
    ("content", "path", "hint"),
    [
        ({"workloadSelector": {}}, "spec.workloadSelector", ""),
        (cluster(conect_timeout="1s"), f"{VALUE}.conect_timeout", "did you mean `connect_timeout`?"),
        (
            http_filter({"@type": f"{TYPES}.http.lua.v3.Lua", "default_source": {}}),
            f"{VALUE}.typed_config.default_source",
            "did you mean `default_source_code`?",
        ),
        (patch(value={"name": "envoy.filters.http.lua"}), VALUE, "add `typed_config` with an `@type`"),
        (
            cluster(transport_socket={"name": "envoy.transport_sockets.tls"}),
            f"{VALUE}.transport_socket",
            "add `typed_config` with an `@type`",
        ),
        (
            listener({"name": "envoy.http_connection_manager", "subFilter": {"name": "envoy.router"}}),
            f"{PATCH}.match.listener.filterChain.filter.subFilter.name",
            "use `envoy.filters.http.router`",
        ),
        (
            listener({"name": "envoy.http_connection_manager"}),
            f"{PATCH}.match.listener.filterChain.filter.name",
            f"use `{HCM}`",
        ),
        (
            patch("FILTER_CHAIN", "MERGE", {}, match={"listener": {"filterChain": {"filter": {"name": HCM}}}}),
            f"{PATCH}.match.listener.filterChain.filter",
            "",
        ),
    ],
)
def test_what_istio_only_warns_of_is_a_warning(content: Content, path: str, hint: str) -> None:
    """Fields that Envoy's API has not, filters without configuration, former names."""
    wrong = [(one.code, one.path, one.hint) for one in faults("EnvoyFilter", content) if one.severity != "info"]
    assert ("IST0133", path, hint) in wrong
    assert errors("EnvoyFilter", content) == set()


@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        ({"filters": []}, "GLY0101", "spec.filters"),
        (patch("HTTP_FILTERS"), "GLY0103", f"{PATCH}.applyTo"),
        (patch(operation="INSERT"), "GLY0103", f"{PATCH}.patch.operation"),
        (patch(value=[]), "GLY0102", VALUE),
        (patch(match={"listener": {}, "cluster": {}}), "GLY0105", f"{PATCH}.match"),
        (patch(match={"listener": {"filter_chain": {}}}), "GLY0101", f"{PATCH}.match.listener.filter_chain"),
        (patch(match={"proxy": {"proxyVersion": ".{1000}" * 5}}), "GLY0114", f"{PATCH}.match.proxy.proxyVersion"),
    ],
)
def test_what_has_not_the_shape_of_the_kind_is_told(content: Content, code: str, path: str) -> None:
    """Fields and values of the kind itself, which are Istio's and not Envoy's."""
    assert (code, path) in found("EnvoyFilter", content)


def test_every_kind_of_object_has_a_message() -> None:
    """What `applyTo` can be has a message that is there."""
    assert all(message_type(name) is not None for name in MESSAGES.values())


@given(st.sampled_from(sorted(MESSAGES.values())), st.data())
def test_no_content_makes_the_check_raise(name: str, data: st.DataObject) -> None:
    """Fields of the message with any content give faults with paths, or none."""
    message = message_type(name)
    assert message is not None
    names = st.sampled_from([field.name for field in message.fields])
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    inner = st.recursive(
        scalars, lambda one: st.lists(one, max_size=2) | st.dictionaries(names | st.just("@type"), one, max_size=3)
    )
    content = data.draw(st.dictionaries(names, inner, max_size=4))
    assert all(fault.path.startswith("v") and fault.message for fault in check_message(content, message, "v"))
