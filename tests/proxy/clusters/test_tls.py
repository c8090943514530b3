"""TLS of clusters: whom they trust, who they are, what they ask for."""

from __future__ import annotations

from typing import Any

import pytest
from envoy.extensions.transport_sockets.proxy_protocol.v3.upstream_proxy_protocol_pb2 import (
    ProxyProtocolUpstreamTransport,
)

from tests.proxy.clusters.decoded import as_json, clusters, http_options, tls_of
from tests.proxy.registry.meshes import entry, graph_of, rule, scope

HOST = "a.com"
NAME = "outbound|80||a.com"
ADS = {"ads": {}, "resourceApiVersion": "V3"}


def cluster(
    policy: dict[str, Any] | None,
    metadata: dict[str, Any] | None = None,
    **spec: Any,  # noqa: ANN401  JSON values
) -> Any:  # noqa: ANN401  JSON values
    """The cluster of `a.com` under a policy, for a node with this metadata."""
    graph = graph_of(entry(HOST, **spec) + (rule(HOST, trafficPolicy=policy) if policy is not None else ""))
    return clusters(graph, scope(graph, **(metadata or {})))[NAME]


def tls(settings: dict[str, Any], **spec: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """The TLS context of `a.com` under client settings."""
    return tls_of(cluster({"tls": settings}, **spec).transport_socket)


def test_simple_tls_with_files() -> None:
    """The authority is a file; names are matched where there is one."""
    settings = {
        "mode": "SIMPLE",
        "sni": "x.com",
        "caCertificates": "/ca",
        "caCrl": "/crl",
        "subjectAltNames": ["x.com"],
    }
    assert tls(settings) == {
        "sni": "x.com",
        "commonTlsContext": {
            "validationContext": {
                "trustedCa": {"filename": "/ca"},
                "crl": {"filename": "/crl"},
                "matchTypedSubjectAltNames": [{"sanType": "DNS", "matcher": {"exact": "x.com"}}],
            }
        },
    }


@pytest.mark.parametrize("settings", [{}, {"caCertificates": "/ca", "insecureSkipVerify": True}])
def test_without_an_authority_nothing_is_verified(settings: dict[str, Any]) -> None:
    """Envoy refuses names to match where it trusts nobody, so there are none."""
    assert tls({"mode": "SIMPLE", "subjectAltNames": ["x.com"], **settings}) == {"commonTlsContext": {}}


def test_names_of_a_service_stand_in_for_those_of_the_rule() -> None:
    """An entry's `subjectAltNames`; addresses and URIs are matched as what they are."""
    found = tls({"mode": "SIMPLE", "caCertificates": "/ca"}, subjectAltNames=["spiffe://x/y", "10.0.0.1", "b.com"])
    assert found["commonTlsContext"]["validationContext"]["matchTypedSubjectAltNames"] == [
        {"sanType": "IP_ADDRESS", "matcher": {"exact": "10.0.0.1"}},
        {"sanType": "DNS", "matcher": {"exact": "b.com"}},
        {"sanType": "URI", "matcher": {"exact": "spiffe://x/y"}},
    ]


def test_credentials_are_secrets() -> None:
    """`credentialName` is two secrets over ADS: the certificate, and whom to trust."""
    found = tls({"mode": "MUTUAL", "credentialName": "c", "sni": "x.com"})["commonTlsContext"]
    assert found == {
        "tlsCertificateSdsSecretConfigs": [{"name": "kubernetes://c", "sdsConfig": ADS}],
        "combinedValidationContext": {
            "defaultValidationContext": {},
            "validationContextSdsSecretConfig": {"name": "kubernetes://c-cacert", "sdsConfig": ADS},
        },
    }
    simple = tls({"mode": "SIMPLE", "credentialName": "c"})["commonTlsContext"]
    assert "tlsCertificateSdsSecretConfigs" not in simple


def test_mutual_tls_with_files() -> None:
    """Certificate and key are files."""
    settings = {"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k", "caCertificates": "/ca"}
    assert tls(settings)["commonTlsContext"]["tlsCertificates"] == [
        {"certificateChain": {"filename": "/c"}, "privateKey": {"filename": "/k"}}
    ]


def test_istio_mutual() -> None:
    """Istio's own secrets, its server name, and the identities of the workloads."""
    endpoints = [{"address": "1.1.1.1", "serviceAccount": "b"}, {"address": "1.1.1.2", "serviceAccount": "a"}]
    assert tls({"mode": "ISTIO_MUTUAL"}, endpoints=endpoints) == {
        "sni": "outbound_.80_._.a.com",
        "commonTlsContext": {
            "alpnProtocols": ["istio"],
            "tlsCertificateSdsSecretConfigs": [{"name": "default", "sdsConfig": ADS}],
            "combinedValidationContext": {
                "defaultValidationContext": {
                    "matchTypedSubjectAltNames": [
                        {"sanType": "URI", "matcher": {"exact": f"spiffe://cluster.local/ns/default/sa/{name}"}}
                        for name in "ab"
                    ]
                },
                "validationContextSdsSecretConfig": {"name": "ROOTCA", "sdsConfig": ADS},
            },
        },
    }


def test_istios_proxy_takes_its_certificates_from_its_agent() -> None:
    """A node with Istio's version has Istio's agent beside it."""
    found = tls_of(cluster({"tls": {"mode": "ISTIO_MUTUAL"}}, {"ISTIO_VERSION": "1.30"}).transport_socket)
    source = found["commonTlsContext"]["tlsCertificateSdsSecretConfigs"][0]["sdsConfig"]["apiConfigSource"]
    assert source["grpcServices"] == [{"envoyGrpc": {"clusterName": "sds-grpc"}}]
    assert found["commonTlsContext"]["alpnProtocols"] == ["istio-peer-exchange", "istio"]


def test_http2_is_asked_for() -> None:
    """A cluster that speaks HTTP/2 says so when it greets."""
    ports = [{"number": 80, "name": "grpc", "protocol": "GRPC"}]
    assert tls({"mode": "SIMPLE"}, ports=ports)["commonTlsContext"]["alpnProtocols"] == ["h2"]
    assert tls({"mode": "ISTIO_MUTUAL"}, ports=ports)["commonTlsContext"]["alpnProtocols"] == ["istio", "h2"]


def test_the_server_name_is_that_of_the_request_where_none_is_written() -> None:
    """It is verified too where there is an authority and no names are given."""
    plain = {"mode": "SIMPLE"}
    assert http_options(cluster({"tls": plain}))["upstreamHttpProtocolOptions"] == {"autoSni": True}
    verified = cluster({"tls": {**plain, "caCertificates": "/ca"}})
    assert http_options(verified)["upstreamHttpProtocolOptions"] == {"autoSni": True, "autoSanValidation": True}
    assert not cluster({"tls": {**plain, "sni": "x.com"}}).typed_extension_protocol_options
    tcp = [{"number": 80, "name": "tcp", "protocol": "TCP"}]
    assert not cluster({"tls": plain}, ports=tcp).typed_extension_protocol_options


@pytest.mark.parametrize("policy", [None, {}, {"tls": {"mode": "DISABLE"}}])
def test_without_tls_there_is_no_socket(policy: dict[str, Any] | None) -> None:
    """Plain text is Envoy's default."""
    found = cluster(policy)
    assert not found.HasField("transport_socket")
    assert not found.transport_socket_matches


MARKED: dict[str, Any] = {
    "endpoints": [{"address": "1.1.1.1", "labels": {"security.istio.io/tlsMode": "istio"}}, {"address": "1.1.1.2"}]
}


def test_mutual_tls_is_automatic_for_endpoints_that_take_it() -> None:
    """Each endpoint is matched to a socket by its mark; the others get plain text."""
    found = cluster(None, **MARKED)
    assert [match.name for match in found.transport_socket_matches] == ["tlsMode-istio", "tlsMode-disabled"]
    assert as_json(found.transport_socket_matches[0].match) == {"tlsMode": "istio"}
    assert tls_of(found.transport_socket_matches[0].transport_socket)["sni"] == "outbound_.80_._.a.com"
    assert found.transport_socket_matches[1].transport_socket.name == "envoy.transport_sockets.raw_buffer"


def test_mutual_tls_is_not_automatic_where_it_was_decided_otherwise() -> None:
    """By a rule, by the mesh, or by the service being outside."""
    assert not cluster({"tls": {"mode": "DISABLE"}}, **MARKED).transport_socket_matches
    assert not cluster(None, location="MESH_EXTERNAL", **MARKED).transport_socket_matches
    graph = graph_of(entry(HOST, **MARKED), mesh={"enableAutoMtls": False})
    assert not clusters(graph, scope(graph))[NAME].transport_socket_matches


@pytest.mark.parametrize(("version", "number"), [("V1", 0), ("V2", 1)])
def test_proxy_protocol_wraps_the_socket(version: str, number: int) -> None:
    """Around TLS where there is TLS, else around plain text."""
    for settings, inner in (
        ({"mode": "SIMPLE"}, "envoy.transport_sockets.tls"),
        (None, "envoy.transport_sockets.raw_buffer"),
    ):
        policy = {"proxyProtocol": {"version": version}, **({"tls": settings} if settings else {})}
        wrapped = ProxyProtocolUpstreamTransport()
        assert cluster(policy).transport_socket.typed_config.Unpack(wrapped)
        assert wrapped.config.version == number
        assert wrapped.transport_socket.name == inner
