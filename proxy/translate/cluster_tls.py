"""TLS of a cluster's connections, as Envoy's transport sockets. Pure.

Certificates come from files where the rule names files, else from secrets: `default` and `ROOTCA` for Istio's own
mutual TLS, `kubernetes://NAME` and `kubernetes://NAME-cacert` for `credentialName`. Envoy refuses to match subject
names without an authority to trust, so they are matched only where there is one.
Source: istio pilot/pkg/networking/core/cluster_tls.go and pilot/pkg/security/model/authentication.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import base_pb2, config_source_pb2, grpc_service_pb2, proxy_protocol_pb2
from envoy.extensions.transport_sockets.proxy_protocol.v3 import upstream_proxy_protocol_pb2
from envoy.extensions.transport_sockets.raw_buffer.v3 import raw_buffer_pb2
from envoy.extensions.transport_sockets.tls.v3 import common_pb2, secret_pb2, tls_pb2
from envoy.type.matcher.v3 import string_pb2
from google.protobuf import any_pb2, struct_pb2

from proxy.naming import is_ip
from schemas.types.client_tls import ClientTLSSettings

OWN_CERTIFICATE: Final = "default"
ROOT_AUTHORITY: Final = "ROOTCA"
_AGENT_CLUSTER: Final = "sds-grpc"
_TLS: Final = "envoy.transport_sockets.tls"
_RAW: Final = "envoy.transport_sockets.raw_buffer"
_PROXY_PROTOCOL: Final = "envoy.transport_sockets.upstream_proxy_protocol"
_LONGEST_SNI: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What is known of the other end: `sni` is Istio's name for it, `sans` who it may be, `http2` what it speaks.

    `agent` says that Istio's agent beside the proxy holds its certificates.
    """

    sni: str
    sans: tuple[str, ...] = ()
    http2: bool = False
    agent: bool = False


def transport_socket(tls: ClientTLSSettings | None, peer: Peer) -> base_pb2.TransportSocket | None:
    """The socket of every connection; None is plain text."""
    if tls is None or tls.mode == "DISABLE":
        return None
    if tls.mode == "ISTIO_MUTUAL":
        return _socket(_istio_mutual(tls.sni or peer.sni, tls.subject_alt_names or peer.sans, peer))
    return _socket(_originated(tls, peer))


def has_authority(tls: ClientTLSSettings) -> bool:
    """Whether the server's certificate is verified."""
    if tls.mode == "ISTIO_MUTUAL":
        return True
    return not tls.insecure_skip_verify and bool(tls.ca_certificates or tls.credential_name)


def automatic_sockets(peer: Peer) -> list[cluster_pb2.Cluster.TransportSocketMatch]:
    """Istio's mutual TLS for the endpoints that are marked to take it, plain text for the others."""
    mutual = cluster_pb2.Cluster.TransportSocketMatch(
        name="tlsMode-istio",
        match=struct_pb2.Struct(fields={"tlsMode": struct_pb2.Value(string_value="istio")}),
        transport_socket=_socket(_istio_mutual(peer.sni, peer.sans, peer)),
    )
    plain = cluster_pb2.Cluster.TransportSocketMatch(
        name="tlsMode-disabled", match=struct_pb2.Struct(), transport_socket=_raw_buffer()
    )
    return [mutual, plain]


def with_proxy_protocol(socket: base_pb2.TransportSocket | None, version: str) -> base_pb2.TransportSocket:
    """A socket that sends the PROXY protocol's header first."""
    config = proxy_protocol_pb2.ProxyProtocolConfig
    wrapped = upstream_proxy_protocol_pb2.ProxyProtocolUpstreamTransport(
        config=config(version=config.V2 if version == "V2" else config.V1), transport_socket=socket or _raw_buffer()
    )
    return base_pb2.TransportSocket(name=_PROXY_PROTOCOL, typed_config=_packed(wrapped))


def secret(name: str, *, agent: bool = False) -> secret_pb2.SdsSecretConfig:
    """A secret by its name, over ADS; from Istio's agent where it is the one that holds it."""
    source = config_source_pb2.ConfigSource(resource_api_version=config_source_pb2.V3)
    if agent:
        source.api_config_source.api_type = config_source_pb2.ApiConfigSource.GRPC
        source.api_config_source.transport_api_version = config_source_pb2.V3
        source.api_config_source.set_node_on_first_message_only = True
        source.api_config_source.grpc_services.append(
            grpc_service_pb2.GrpcService(envoy_grpc=grpc_service_pb2.GrpcService.EnvoyGrpc(cluster_name=_AGENT_CLUSTER))
        )
    else:
        source.ads.SetInParent()
    return secret_pb2.SdsSecretConfig(name=name, sds_config=source)


def _istio_mutual(sni: str, sans: tuple[str, ...], peer: Peer) -> tls_pb2.UpstreamTlsContext:
    common = tls_pb2.CommonTlsContext(alpn_protocols=_alpn(peer))
    common.tls_certificate_sds_secret_configs.append(secret(OWN_CERTIFICATE, agent=peer.agent))
    common.combined_validation_context.validation_context_sds_secret_config.CopyFrom(
        secret(ROOT_AUTHORITY, agent=peer.agent)
    )
    _match_names(common.combined_validation_context.default_validation_context, sans)
    return tls_pb2.UpstreamTlsContext(common_tls_context=common, sni=sni[:_LONGEST_SNI])


def _alpn(peer: Peer) -> list[str]:
    own = ["istio-peer-exchange", "istio"] if peer.agent else ["istio"]
    return [*own, "h2"] if peer.http2 else own


def _originated(tls: ClientTLSSettings, peer: Peer) -> tls_pb2.UpstreamTlsContext:
    """TLS (SIMPLE) or mutual TLS (MUTUAL) as the rule's own certificates say."""
    common = tls_pb2.CommonTlsContext(alpn_protocols=["h2"] if peer.http2 else [])
    sans = tls.subject_alt_names or peer.sans
    if tls.mode == "MUTUAL":
        _add_own_certificate(common, tls)
    if has_authority(tls):
        if tls.credential_name:
            name = f"kubernetes://{tls.credential_name.removeprefix('kubernetes://')}-cacert"
            _match_names(common.combined_validation_context.default_validation_context, sans)
            common.combined_validation_context.validation_context_sds_secret_config.CopyFrom(secret(name))
        else:
            context = common.validation_context
            context.trusted_ca.filename = tls.ca_certificates
            if tls.ca_crl:
                context.crl.filename = tls.ca_crl
            _match_names(context, sans)
    return tls_pb2.UpstreamTlsContext(common_tls_context=common, sni=tls.sni[:_LONGEST_SNI])


def _add_own_certificate(common: Any, tls: ClientTLSSettings) -> None:  # noqa: ANN401  untyped messages
    if tls.credential_name:
        name = f"kubernetes://{tls.credential_name.removeprefix('kubernetes://')}"
        common.tls_certificate_sds_secret_configs.append(secret(name))
    elif tls.client_certificate and tls.private_key:
        certificate = common.tls_certificates.add()
        certificate.certificate_chain.filename = tls.client_certificate
        certificate.private_key.filename = tls.private_key


def _match_names(context: Any, sans: tuple[str, ...]) -> None:  # noqa: ANN401  untyped messages
    """Accept a certificate with one of these names."""
    context.SetInParent()
    matcher = common_pb2.SubjectAltNameMatcher
    for san in sorted(set(sans)):
        sort = matcher.URI if "://" in san else matcher.IP_ADDRESS if is_ip(san) else matcher.DNS
        context.match_typed_subject_alt_names.append(
            matcher(san_type=sort, matcher=string_pb2.StringMatcher(exact=san))
        )


def _socket(context: tls_pb2.UpstreamTlsContext) -> base_pb2.TransportSocket:
    return base_pb2.TransportSocket(name=_TLS, typed_config=_packed(context))


@lru_cache(maxsize=1)
def _raw_buffer() -> base_pb2.TransportSocket:
    return base_pb2.TransportSocket(name=_RAW, typed_config=_packed(raw_buffer_pb2.RawBuffer()))


def _packed(message: Any) -> any_pb2.Any:  # noqa: ANN401  untyped messages
    packed = any_pb2.Any()
    packed.Pack(message, deterministic=True)
    return packed
