"""The settings of the mesh."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from proxy.mesh import MeshSettings, mesh, root_namespace
from proxy.translate.access_log import log_settings
from proxy.translate.cluster_settings import cluster_settings
from proxy.translate.listener_settings import listener_settings
from proxy.translate.outbound_rest import outbound_default
from tests.proxy.registry.meshes import graph_of, mesh_file

CONFIG_MAP = """
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    connectTimeout: 3s
    outboundTrafficPolicy: {mode: REGISTRY_ONLY}
    defaultServiceExportTo: ["."]
    localityLbSetting: {enabled: false}
"""


def test_without_configuration_the_defaults_are_istios() -> None:
    """Ten seconds to connect, anything allowed out, automatic mutual TLS, localities weighed."""
    found = graph_of("").derive(mesh, None)
    assert found == MeshSettings()
    assert (found.connect_timeout, found.outbound_allow_any, found.enable_auto_mtls) == (
        timedelta(seconds=10),
        True,
        True,
    )


def test_the_config_map_of_istio_counts() -> None:
    """Its key `mesh` is YAML."""
    found = graph_of(CONFIG_MAP).derive(mesh, None)
    assert found.connect_timeout == timedelta(seconds=3)
    assert not found.outbound_allow_any
    assert found.service_export_to == (".",)
    assert found.locality_lb.enabled is False


def config_map(namespace: str, name: str = "istio", **data: str) -> str:
    """A ConfigMap as YAML; an empty namespace is not written."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return "---\n" + json.dumps({"kind": "ConfigMap", "metadata": metadata, "data": data}) + "\n"


def test_what_is_given_comes_before_what_is_found() -> None:
    """A MeshConfig file replaces the ConfigMap as a whole."""
    found = graph_of(CONFIG_MAP, mesh={"connectTimeout": "5s"}).derive(mesh, None)
    assert found.connect_timeout == timedelta(seconds=5)
    assert found.outbound_allow_any


def test_one_config_map_counts() -> None:
    """Istio's root namespace comes before a document without one; a name elsewhere, or another key, means nothing."""
    far = config_map("shop", mesh="connectTimeout: 1s")
    other = config_map("istio-system", "other", mesh="connectTimeout: 2s")
    bare = config_map("", mesh="connectTimeout: 4s")
    networks = config_map("istio-system", meshNetworks="networks: {}")
    assert graph_of(far + other).derive(mesh, None) == MeshSettings()
    assert graph_of(far + networks + bare).derive(mesh, None).connect_timeout == timedelta(seconds=4)
    assert graph_of(bare + "---" + CONFIG_MAP).derive(mesh, None).connect_timeout == timedelta(seconds=3)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"outboundTrafficPolicy": {}}, {"outbound_allow_any": False}),
        ({"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}}, {"outbound_allow_any": True}),
        ({"inboundTrafficPolicy": {}}, {"inbound_passthrough": True}),
        ({"connect_timeout": "5s"}, {"connect_timeout": timedelta(seconds=5)}),
        ({"enableAutoMtls": False}, {"enable_auto_mtls": False}),
        ({"rootNamespace": "", "trustDomain": ""}, {"root_namespace": "istio-system", "trust_domain": "cluster.local"}),
    ],
)
def test_what_is_written_replaces_a_default(written: dict[str, Any], expected: dict[str, Any]) -> None:
    """A message that is there has the zero values of what it leaves out; names have both spellings, as in proto3."""
    assert graph_of("", mesh=written).derive(mesh, None) == replace(MeshSettings(), **expected)


@pytest.mark.parametrize("text", ["connectTimeout: x", "- a list", "{not: yaml", "nope: 1", "&a [*a, *a]", ""])
def test_what_cannot_be_read_is_as_if_absent(text: str) -> None:
    """Validation keeps such a ConfigMap from ever getting here, and serves its last good version."""
    assert graph_of(config_map("istio-system", mesh=text)).derive(mesh, None) == MeshSettings()


def test_a_setting_touches_only_those_who_read_it() -> None:
    """Each group of settings is a rule of its own, whose result stays the same when another setting changes."""
    graph = graph_of("", mesh={"connectTimeout": "5s"})
    rules: tuple[Any, ...] = (listener_settings, cluster_settings, log_settings, outbound_default, root_namespace)
    for rule in rules:
        graph.observe(rule, None)
    changes = {
        "connectTimeout": ("6s", cluster_settings),
        "accessLogFile": ("/dev/stdout", log_settings),
        "outboundTrafficPolicy": ({}, outbound_default),
        "rootNamespace": ("root", root_namespace),
        "pathNormalization": ({"normalization": "NONE"}, listener_settings),
    }
    written: dict[str, Any] = {"connectTimeout": "5s"}
    for name, (value, reader) in changes.items():
        written[name] = value
        graph.apply(mesh_file(written))
        assert graph.settle() == [(reader, None)]
