"""TLS of a listener's clients, as Envoy's transport socket. Pure.

Certificates are secrets: an update of one touches no listener. Istio's own certificates are held by the agent beside
Istio's proxy, and files are read by it; every other proxy is sent what it needs.
Source: istio pilot/pkg/networking/core/gateway.go (buildGatewayListenerTLSContext), security/model/authentication.go.
"""

from __future__ import annotations

import re
from typing import Any, Final

from envoy.config.core.v3 import base_pb2
from envoy.extensions.transport_sockets.tls.v3 import common_pb2, tls_pb2
from envoy.type.matcher.v3 import string_pb2

from proxy.naming import is_ip
from proxy.translate.cluster_tls import secret
from proxy.translate.credentials import (
    FILE_CERTIFICATE,
    FILE_ROOT,
    OWN_CERTIFICATE,
    ROOT_AUTHORITY,
    authority_name,
    certificate_names,
)
from proxy.translate.packed import packed
from schemas.types.server_tls import CIPHER_SUITES, ServerTLSSettings

HTTP_PROTOCOLS: Final = ("h2", "http/1.1")
MESH_PROTOCOLS: Final = ("istio-peer-exchange", "istio", "h2", "http/1.1")
_Parameters = common_pb2.TlsParameters
_VERSIONS: Final = {
    "TLSV1_0": _Parameters.TLSv1_0,
    "TLSV1_1": _Parameters.TLSv1_1,
    "TLSV1_2": _Parameters.TLSv1_2,
    "TLSV1_3": _Parameters.TLSv1_3,
}
_SPKI: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}|(?:[0-9a-fA-F]{2}:){31}[0-9a-fA-F]{2}")


def server_socket(tls: ServerTLSSettings, protocols: tuple[str, ...], *, agent: bool) -> Any:  # noqa: ANN401  untyped
    """The socket of a server that ends its clients' TLS; None where it has no certificate to show."""
    names = certificate_names(tls)
    if not names:
        return None
    common = tls_pb2.CommonTlsContext(alpn_protocols=protocols, tls_params=_parameters(tls))
    for name in names:
        common.tls_certificate_sds_secret_configs.append(_secret(name, agent=agent))
    authority = authority_name(tls)
    if authority:
        combined = common.combined_validation_context
        combined.default_validation_context.CopyFrom(_accepted(tls))
        combined.validation_context_sds_secret_config.CopyFrom(_secret(authority, agent=agent))
    context = tls_pb2.DownstreamTlsContext(common_tls_context=common)
    context.require_client_certificate.value = tls.mode in ("MUTUAL", "ISTIO_MUTUAL")
    return base_pb2.TransportSocket(name="envoy.transport_sockets.tls", typed_config=packed(context))


def mesh_socket(protocols: tuple[str, ...]) -> Any:  # noqa: ANN401  untyped messages
    """The socket of Istio's mutual TLS, with the agent's certificates."""
    return server_socket(ServerTLSSettings(mode="ISTIO_MUTUAL"), protocols, agent=True)


def _secret(name: str, *, agent: bool) -> Any:  # noqa: ANN401  untyped messages
    held = name in (OWN_CERTIFICATE, ROOT_AUTHORITY) or name.startswith((FILE_CERTIFICATE, FILE_ROOT))
    return secret(name, agent=agent and held)


def _parameters(tls: ServerTLSSettings) -> Any:  # noqa: ANN401  untyped messages
    """The versions, 1.2 at least unless less is asked for, and the ciphers that Envoy knows."""
    least = _VERSIONS.get(tls.min_protocol_version, _Parameters.TLSv1_2)
    most = _VERSIONS.get(tls.max_protocol_version, _Parameters.TLS_AUTO)
    ciphers = dict.fromkeys(name for name in tls.cipher_suites if name in CIPHER_SUITES)
    return _Parameters(
        tls_minimum_protocol_version=least if most == _Parameters.TLS_AUTO else min(least, most),
        tls_maximum_protocol_version=most,
        cipher_suites=list(ciphers),
    )


def _accepted(tls: ServerTLSSettings) -> Any:  # noqa: ANN401  untyped messages
    """Which of the certificates that an authority signed are taken."""
    matcher = common_pb2.SubjectAltNameMatcher
    names = [
        matcher(
            san_type=matcher.URI if "://" in san else matcher.IP_ADDRESS if is_ip(san) else matcher.DNS,
            matcher=string_pb2.StringMatcher(exact=san),
        )
        for san in dict.fromkeys(tls.subject_alt_names)
    ]
    return common_pb2.CertificateValidationContext(
        match_typed_subject_alt_names=names,
        verify_certificate_spki=[text for text in tls.verify_certificate_spki if _SPKI.fullmatch(text)],
        verify_certificate_hash=[text for text in tls.verify_certificate_hash if _HASH.fullmatch(text)],
    )
