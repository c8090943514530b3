"""The rules of WasmPlugin and TrafficExtension."""

from __future__ import annotations

import pytest

from pipeline.model.resource import canonical
from schemas.check import check
from schemas.kinds.wasm_plugin import WasmPlugin
from tests.schemas.builders import SELECTOR, Content, errors, faults, found, kind, target

SHA = "1ef0c9a92b0420cf25f7fe5d481b231464bc88f486ca3b9c83ed5cc21d2f6210"
LUA = "function envoy_on_request(request_handle)\nend\n"
KINDS = ("WasmPlugin", "TrafficExtension")


def wasm(name: str, **fields: object) -> Content:
    """An object of the kind with a module."""
    module = {"url": "oci://registry.example.com/a:1", **fields}
    return module if name == "WasmPlugin" else {"wasm": module}


def at(name: str, path: str) -> str:
    """The path of a field of the module."""
    return f"spec.{path}" if name == "WasmPlugin" else f"spec.wasm.{path}"


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "fields",
    [
        {"url": "file:///opt/filters/openid.wasm", "sha256": SHA, "pluginConfig": {"a": None, "b": [{"c": 1}]}},
        {"url": "oci://private-registry:5000/openid-connect/openid:latest", "imagePullPolicy": "IfNotPresent"},
        {"url": "private-registry:5000/acl-check/acl:latest", "imagePullSecret": "pull-secret"},
        {"url": "https://private-bucket/filters/openid.wasm", "imagePullPolicy": "Always", "pluginName": "a"},
        {"url": "test", "sha256": ""},
        {"url": f"oci://a.com/b@sha256:{SHA}", "sha256": SHA},
        {"failStrategy": "FAIL_RELOAD", "type": "NETWORK", "verificationKey": "a"},
        {
            "vmConfig": {
                "env": [
                    {"name": "A", "valueFrom": "HOST"},
                    {"name": "B", "value": "b"},
                    {"name": "C", "valueFrom": "INLINE", "value": "c"},
                ]
            }
        },
    ],
)
def test_a_module_that_istio_takes_is_taken(name: str, fields: Content) -> None:
    """No finding but that the kinds have no effect yet."""
    assert found(name, wasm(name, **fields)) == {("GLY0109", "kind")}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": ""}, "url"),
        ({"url": "#%blah$#@ "}, "url"),
        ({"url": "fake://example.com"}, "url"),
        ({"url": "https://"}, "url"),
        ({"sha256": "foo"}, "sha256"),
        ({"sha256": SHA.upper()}, "sha256"),
        ({"url": f"oci://a.com/b@sha256:{SHA}", "sha256": SHA.replace("1", "2")}, "sha256"),
        ({"imagePullSecret": ""}, "imagePullSecret"),
        ({"imagePullSecret": "a" * 254}, "imagePullSecret"),
        ({"pluginName": ""}, "pluginName"),
        ({"pluginName": "a" * 257}, "pluginName"),
        ({"vmConfig": {"env": [{"name": "a"}, {"name": "a"}]}}, "vmConfig.env[1].name"),
        ({"vmConfig": {"env": [{"name": ""}]}}, "vmConfig.env[0].name"),
        ({"vmConfig": {"env": [{"name": "a" * 257}]}}, "vmConfig.env[0].name"),
        ({"vmConfig": {"env": [{"name": "a", "valueFrom": "HOST", "value": "b"}]}}, "vmConfig.env[0].value"),
    ],
)
def test_a_module_that_istio_refuses_is_an_error_at_its_place(name: str, fields: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert errors(name, wasm(name, **fields)) == {at(name, path)}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"phase": "AUTHN", "priority": -10, "selector": SELECTOR}, ""),
        ({"match": [{"mode": "CLIENT", "ports": [{"number": 8080}, {"number": 8081}]}], "targetRefs": [target()]}, ""),
        ({"match": [{"ports": [{"number": 0}]}]}, "spec.match[0].ports[0].number"),
        ({"match": [{}, {"ports": [{"number": 1}, {"number": 70000}]}]}, "spec.match[1].ports[1].number"),
        ({"selector": SELECTOR, "targetRefs": [target()]}, "spec.targetRefs"),
        ({"selector": {"matchLabels": {"istio": "bar*"}}}, "spec.selector.istio"),
    ],
)
def test_the_place_of_a_filter_is_checked(name: str, fields: Content, path: str) -> None:
    """Phase, priority, traffic and target, as in other policies."""
    assert errors(name, {**wasm(name), **fields}) == ({path} if path else set())


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": None}, "GLY0104"),
        ({"phase": "AUTH"}, "GLY0103"),
        ({"match": [{"ports": [{}]}]}, "GLY0104"),
        ({"priority": 2**31}, "GLY0103"),
        ({"configuration": {}}, "GLY0101"),
    ],
)
def test_what_has_not_the_shape_of_the_kind_is_told(name: str, fields: Content, code: str) -> None:
    """Missing and unknown fields, values out of range."""
    content = wasm(name, url=None) if "url" in fields else {**wasm(name), **fields}
    assert code in {fault.code for fault in faults(name, content)}


@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        ({"lua": {"inlineCode": LUA}, "phase": "STATS"}, "GLY0109", "kind"),
        ({}, "IST0106", "spec"),
        ({"wasm": {"url": "a.com/b"}, "lua": {"inlineCode": LUA}}, "GLY0105", "spec"),
        ({"lua": {}}, "GLY0104", "spec.lua.inlineCode"),
        ({"lua": {"inlineCode": ""}}, "GLY0103", "spec.lua.inlineCode"),
        ({"lua": {"inlineCode": "-" * 65537}}, "GLY0103", "spec.lua.inlineCode"),
        ({"wasm": {"url": "a.com/b"}, "targetRef": target()}, "GLY0101", "spec.targetRef"),
    ],
)
def test_an_extension_is_one_filter(content: Content, code: str, path: str) -> None:
    """WebAssembly or Lua, not both and not none; a script has a size that a proxy takes."""
    assert (code, path) in found("TrafficExtension", content)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.wasm", "oci://localhost:5000/a", "[::1]:5000/a", "https://169.254.169.254/"]
)
def test_a_module_of_an_inner_address_is_not_fetched(url: str) -> None:
    """Stricter than Istio, for every scheme that asks the network."""
    wrong = [fault for fault in faults("WasmPlugin", {"url": url}) if fault.severity == "error"]
    assert [(fault.code, fault.path) for fault in wrong] == [("GLY0112", "spec.url")]


def test_null_is_a_value_of_a_module_s_configuration() -> None:
    """Only there: elsewhere it is read as not written."""
    typed, _ = check(kind("WasmPlugin"), canonical({"url": "a.com/b", "phase": None, "pluginConfig": {"a": None}}))
    assert isinstance(typed, WasmPlugin)
    assert typed.plugin_config == {"a": None}
