"""The secrets that a proxy may ask for: those its Gateway, Sidecar or a DestinationRule names. Pure rules.

A Secret is its own namespace's: a proxy of another never gets it. What is not there, or holds no certificate, is no
resource; Envoy then refuses connections to that server alone.
Source: istio pilot/pkg/xds/sds.go and pilot/pkg/credentials/kube/secrets.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from envoy.config.core.v3 import base_pb2
from envoy.extensions.transport_sockets.tls.v3 import common_pb2, secret_pb2

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.inputs import TLS_ON_SIDECAR_INGRESS
from proxy.encoded import Encoded, encoded
from proxy.ref import Ref
from proxy.registry.gateways import GatewayProxy, merged_gateway
from proxy.resource_type import ResourceType
from proxy.scope import Flavour, ProxyType, Scope
from proxy.translate.cluster_inbound import ingress_listeners
from proxy.translate.credentials import (
    AUTHORITY,
    CONFIG_MAP,
    FILE_CERTIFICATE,
    FILE_ROOT,
    KUBERNETES,
    authority_name,
    certificate_names,
    resource_name,
)
from proxy.translate.secret_material import Material, authorities_of, material_of, text_of
from proxy.typed import typed_as
from schemas.kinds.destination_rule import DestinationRule
from schemas.kinds.kube_config_map import ConfigMap
from schemas.kinds.kube_secret import Secret
from schemas.types.server_tls import ServerTLSSettings


class SecretKey(NamedTuple):
    """A secret's name, for proxies of a namespace."""

    namespace: str
    name: str


def secret_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The secrets of a proxy, by name."""
    names = set(view.derive(rule_credentials, None))
    if scope.type is ProxyType.ROUTER:
        names |= set(view.derive(gateway_credentials, GatewayProxy(scope.namespace, scope.labels)))
    elif scope.vantage.sidecar is not None:
        names |= set(view.derive(ingress_credentials, scope.vantage.sidecar))
    if scope.flavour is Flavour.ISTIO:
        names = {name for name in names if not name.startswith((FILE_CERTIFICATE, FILE_ROOT))}
    return tuple(Ref(name, secret, SecretKey(scope.namespace, name)) for name in sorted(names))


def gateway_credentials(view: View, proxy: GatewayProxy) -> tuple[str, ...]:
    """The names that the TLS servers of a gateway proxy ask for, sorted (a rule)."""
    found: set[str] = set()
    for merged in view.derive(merged_gateway, proxy):
        for server in merged.servers:
            if server.terminates_tls and server.server.tls is not None:
                found.update(_names(server.server.tls))
    return tuple(sorted(found))


def ingress_credentials(view: View, sidecar: Key) -> tuple[str, ...]:
    """The names that the TLS of a Sidecar's ingress listeners asks for, sorted (a rule)."""
    if not view.input(TLS_ON_SIDECAR_INGRESS):
        return ()
    listeners = view.derive(ingress_listeners, sidecar)
    return tuple(sorted({name for item in listeners if item.tls is not None for name in _names(item.tls)}))


def rule_credentials(view: View, _: None) -> tuple[str, ...]:
    """The names that DestinationRules ask for, sorted (a rule)."""
    return tuple(sorted({name for key in view.keys("DestinationRule") for name in view.derive(_names_of_rule, key)}))


def secret(view: View, key: SecretKey) -> Encoded | None:
    """One secret; None where there is no such thing (a rule)."""
    built = _built(view, key)
    if built is None:
        return None
    built.name = key.name
    return encoded(ResourceType.SECRET, key.name, built.SerializeToString(deterministic=True))


def _names(tls: ServerTLSSettings) -> Iterator[str]:
    """The names that a server's settings ask for, but for those of the mesh's own certificates."""
    return (name for name in (*certificate_names(tls), authority_name(tls)) if ":" in name)


def _names_of_rule(view: View, key: Key) -> tuple[str, ...]:
    """The names that one DestinationRule asks for (a rule)."""
    spec = typed_as(view, key, DestinationRule)
    if spec is None:
        return ()
    policies = [policy for policy in (spec.traffic_policy, *(item.traffic_policy for item in spec.subsets)) if policy]
    settings = [policy.tls for policy in policies]
    settings += [port.tls for policy in policies for port in policy.port_level_settings]
    names = [resource_name(tls.credential_name) for tls in settings if tls is not None and tls.credential_name]
    return tuple(dict.fromkeys(found for name in names for found in (name, f"{name}{AUTHORITY}")))


def _built(view: View, key: SecretKey) -> Any:  # noqa: ANN401  untyped messages
    name = key.name
    if name.startswith(FILE_CERTIFICATE):
        chain, _, private = name.removeprefix(FILE_CERTIFICATE).partition("~")
        return secret_pb2.Secret(tls_certificate=_file_certificate(chain, private))
    if name.startswith(FILE_ROOT):
        return _authorities(base_pb2.DataSource(filename=name.removeprefix(FILE_ROOT)))
    if name.startswith(CONFIG_MAP):
        return _inline_authorities(_of_config_map(view, key))
    if name.startswith(KUBERNETES):
        return _of_secret(view, key)
    return None


def _of_secret(view: View, key: SecretKey) -> Any:  # noqa: ANN401  untyped messages
    name = key.name.removeprefix(KUBERNETES)
    if name.endswith(AUTHORITY):
        own, shared = _material(view, key, name), _material(view, key, name.removesuffix(AUTHORITY))
        found = own or shared
        return _inline_authorities(found.authorities if found is not None else "", found.crl if found else "")
    found = _material(view, key, name)
    if found is None or not found.chain or not found.key:
        return None
    return secret_pb2.Secret(
        tls_certificate=common_pb2.TlsCertificate(
            certificate_chain=base_pb2.DataSource(inline_string=found.chain),
            private_key=base_pb2.DataSource(inline_string=found.key),
        )
    )


def _material(view: View, key: SecretKey, path: str) -> Material | None:
    namespace, slash, name = path.rpartition("/")
    if slash and namespace != key.namespace:
        return None
    found = typed_as(view, Key("Secret", key.namespace, name), Secret)
    return material_of(found) if found is not None else None


def _of_config_map(view: View, key: SecretKey) -> str:
    namespace, slash, name = key.name.removeprefix(CONFIG_MAP).removesuffix(AUTHORITY).rpartition("/")
    if slash and namespace != key.namespace:
        return ""
    found = typed_as(view, Key("ConfigMap", key.namespace, name), ConfigMap)
    return authorities_of(_texts(found.data, found.binary_data)) if found is not None else ""


def _texts(data: dict[str, str], encoded_data: dict[str, str]) -> dict[str, str]:
    return {**{name: text_of(value) for name, value in encoded_data.items()}, **data}


def _inline_authorities(pem: str, crl: str = "") -> Any:  # noqa: ANN401  untyped messages
    return _authorities(base_pb2.DataSource(inline_string=pem), crl) if pem else None


def _authorities(source: Any, crl: str = "") -> Any:  # noqa: ANN401  untyped messages
    context = common_pb2.CertificateValidationContext(trusted_ca=source)
    if crl:
        context.crl.inline_string = crl
    if source.filename:
        context.watched_directory.path = _folder((source.filename,))
    return secret_pb2.Secret(validation_context=context)


def _file_certificate(chain: str, private: str) -> Any:  # noqa: ANN401  untyped messages
    """Files beside the proxy, read again when their folder changes."""
    return common_pb2.TlsCertificate(
        certificate_chain=base_pb2.DataSource(filename=chain),
        private_key=base_pb2.DataSource(filename=private),
        watched_directory=base_pb2.WatchedDirectory(path=_folder((chain, private))),
    )


def _folder(paths: Iterable[str]) -> str:
    return str(PurePosixPath(next(iter(paths))).parent)
