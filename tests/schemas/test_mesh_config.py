"""MeshConfig and MeshNetworks."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from schemas.check import check
from schemas.kinds.mesh_config import MeshConfig
from tests.schemas.builders import Content, errors, found, kind

HELM: Content = {
    "accessLogFile": "/dev/stdout",
    "defaultConfig": {
        "discoveryAddress": "istiod.istio-system.svc:15012",
        "gatewayTopology": {"numTrustedProxies": 1},
        "proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"},
        "proxyStatsMatcher": {"inclusionRegexps": [".*outlier_detection.*"]},
        "tracing": None,
    },
    "defaultProviders": {"metrics": ["prometheus"]},
    "enablePrometheusMerge": True,
    "extensionProviders": [
        {"name": "authz", "envoyExtAuthzGrpc": {"service": "authz.foo.svc.cluster.local", "port": 9000}},
        {
            "name": "otel",
            "opentelemetry": {"service": "ns/otel.svc", "port": 443, "http": {"path": "/v1", "timeout": "10s"}},
        },
        {"name": "logs", "envoyFileAccessLog": {"path": "/dev/stdout", "logFormat": {"labels": {"a": "%B%", "n": 1}}}},
    ],
    "meshMTLS": {"minProtocolVersion": "TLSV1_3"},
    "outboundTrafficPolicy": {"mode": "ALLOW_ANY"},
    "rootNamespace": "istio-system",
    "trustDomain": "cluster.local",
    "discoverySelectors": [{"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}]}],
}


def test_the_mesh_file_of_an_installation_is_taken() -> None:
    """What Istio's charts write, nulls included; what is not written is `None`."""
    typed, faults = check(kind("MeshConfig"), orjson.dumps(HELM))
    assert faults == ()
    assert isinstance(typed, MeshConfig)
    assert typed.enable_prometheus_merge is True
    assert typed.enable_tracing is None


def test_the_names_of_the_protos_are_taken_too() -> None:
    """Istio reads the mesh configuration as protojson, which takes both spellings, also further down."""
    content = {"connect_timeout": "5s", "serviceSettings": [{"settings": {"cluster_local": True}, "hosts": ["*.a"]}]}
    typed, faults = check(kind("MeshConfig"), orjson.dumps(content))
    assert faults == ()
    assert isinstance(typed, MeshConfig)
    assert typed.connect_timeout == timedelta(seconds=5)
    assert typed.service_settings[0].settings is not None
    assert typed.service_settings[0].settings.cluster_local


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"proxyListenPort": 0}, "proxyListenPort"),
        ({"proxyListenPort": 1, "proxyInboundListenPort": 1}, "proxyInboundListenPort"),
        ({"connectTimeout": "0s"}, "connectTimeout"),
        ({"connectTimeout": "2h"}, "connectTimeout"),
        ({"protocolDetectionTimeout": "-1s"}, "protocolDetectionTimeout"),
        ({"trustDomain": ""}, "trustDomain"),
        ({"trustDomainAliases": ["a_b"]}, "trustDomainAliases[0]"),
        ({"rootNamespace": "a.b"}, "rootNamespace"),
        ({"defaultServiceExportTo": ["*", "a"]}, "defaultServiceExportTo"),
        ({"serviceSettings": [{"hosts": ["a.*.b"]}]}, "serviceSettings[0].hosts[0]"),
        ({"localityLbSetting": {"distribute": [{"from": "a", "to": {"b": 1}}]}}, "localityLbSetting.distribute[0].to"),
        ({"defaultHttpRetryPolicy": {"attempts": 1, "retryOn": "nope"}}, "defaultHttpRetryPolicy.retryOn"),
        ({"meshMTLS": {"ecdhCurves": ["P-256"]}}, "meshMTLS.ecdhCurves"),
        ({"defaultConfig": {"discoveryAddress": "istiod"}}, "defaultConfig.discoveryAddress"),
        ({"defaultConfig": {"statusPort": 0}}, "defaultConfig.statusPort"),
        ({"defaultConfig": {"drainDuration": "1500ms"}}, "defaultConfig.drainDuration"),
        ({"defaultConfig": {"concurrency": -1}}, "defaultConfig.concurrency"),
        ({"defaultConfig": {"tracing": {"zipkin": {"address": "a"}}}}, "defaultConfig.tracing.zipkin.address"),
        ({"defaultConfig": {"tracing": {"sampling": 101}}}, "defaultConfig.tracing.sampling"),
        ({"defaultConfig": {"privateKeyProvider": {"qat": {}}}}, "defaultConfig.privateKeyProvider.qat.pollDelay"),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert path in errors("MeshConfig", content)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"extensionProviders": [{"name": "a"}]}, "extensionProviders[0]"),
        ({"extensionProviders": [{"prometheus": {}}]}, "extensionProviders[0].name"),
        (
            {"extensionProviders": [{"name": "a", "prometheus": {}}, {"name": "a", "prometheus": {}}]},
            "extensionProviders[1].name",
        ),
        ({"extensionProviders": [{"name": "a", "zipkin": {"service": "a"}}]}, "extensionProviders[0].zipkin.port"),
        ({"tlsDefaults": {"ecdhCurves": ["P-1"]}}, "tlsDefaults.ecdhCurves[0]"),
    ],
)
def test_a_provider_that_is_wrong_is_a_warning(content: Content, path: str) -> None:
    """It matters only where it is used."""
    assert found("MeshConfig", content) == {("IST0133", path)}


def test_bundles_of_an_inner_address_are_not_fetched() -> None:
    """GLY0112; Istio would fetch them."""
    content = {"caCertificates": [{"spiffeBundleUrl": url} for url in ("https://a.com/b", "https://127.0.0.1/b")]}
    assert found("MeshConfig", content) == {("GLY0112", "caCertificates[1].spiffeBundleUrl")}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {
                "networks": {
                    "n": {"endpoints": [{"fromRegistry": "c1"}], "gateways": [{"address": "1.2.3.4", "port": 1}]}
                }
            },
            set(),
        ),
        ({"networks": {"n": {"endpoints": [{"fromCidr": "1.2.3.4/99"}]}}}, {"networks.n.endpoints[0].fromCidr"}),
        ({"networks": {"n": {"gateways": [{"address": "a b", "port": 1}]}}}, {"networks.n.gateways[0].address"}),
        (
            {"networks": {"n.1": {"gateways": [{"registryServiceName": "a.b"}]}}},
            {'networks["n.1"].gateways[0].port'},
        ),
    ],
)
def test_networks_have_ranges_and_gateways(content: Content, expected: set[str]) -> None:
    """Addresses, registries and ports of MeshNetworks."""
    assert errors("MeshNetworks", content) == expected
