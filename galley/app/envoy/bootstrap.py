"""The bootstrap of an Envoy that takes everything from one xDS server: delta ADS. Pure.

Format: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/bootstrap/v3/bootstrap.proto
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from galley.settings.address import split_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_XDS = "xds-grpc"
_ID_PARTS = 4
_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
_SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"  # noqa: S105  a type's name
_HTTP = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_ADS = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "15s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """What an Envoy is told at its start. `secrets`: the directory with its certificate, where it speaks TLS."""

    node: str
    server: str
    admin: str = "127.0.0.1:0"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    locality: tuple[str, str, str] = ("", "", "")
    secrets: Path | None = None
    server_name: str = ""

    def render(self) -> dict[str, Any]:
        """Return the bootstrap as JSON data."""
        source = {"envoy_grpc": {"cluster_name": _XDS}}
        return {
            "node": self._node(),
            "admin": {"address": _socket(self.admin)},
            "dynamic_resources": {
                "ads_config": {
                    "api_type": "DELTA_GRPC",
                    "transport_api_version": "V3",
                    "set_node_on_first_message_only": True,
                    "grpc_services": [source],
                },
                "cds_config": _ADS,
                "lds_config": _ADS,
            },
            "static_resources": {"clusters": [self._cluster()]},
        }

    def _node(self) -> dict[str, Any]:
        region, zone, sub_zone = self.locality
        locality = {"region": region, "zone": zone, "sub_zone": sub_zone}
        return {
            "id": self.node,
            "cluster": _service(self.node),
            "metadata": dict(self.metadata),
            "locality": {name: value for name, value in locality.items() if value},
        }

    def _cluster(self) -> dict[str, Any]:
        host, _ = split_address(self.server)
        plain = all(part.isdecimal() for part in host.split(".")) or ":" in host
        cluster: dict[str, Any] = {
            "name": _XDS,
            "type": "STATIC" if plain else "STRICT_DNS",
            "connect_timeout": "1s",
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": _HTTP,
                    "explicit_http_config": {
                        "http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "5s"}}
                    },
                }
            },
            "load_assignment": {
                "cluster_name": _XDS,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _socket(self.server)}}]}],
            },
        }
        if self.secrets is not None:
            cluster["transport_socket"] = self._tls(self.secrets)
        return cluster

    def _tls(self, secrets: Path) -> dict[str, Any]:
        def from_file(name: str) -> dict[str, Any]:
            path = {"path": str(secrets / f"{name}.json"), "watched_directory": {"path": str(secrets)}}
            return {"name": name, "sds_config": {"path_config_source": path, "resource_api_version": "V3"}}

        context: dict[str, Any] = {
            "@type": _TLS,
            "common_tls_context": {
                "tls_certificate_sds_secret_configs": [from_file("default")],
                "validation_context_sds_secret_config": from_file("root"),
            },
        }
        if self.server_name:
            context["sni"] = self.server_name
        return {"name": "envoy.transport_sockets.tls", "typed_config": context}


def secret_files(directory: Path, key: Path, chain: Path, root: Path) -> dict[Path, dict[str, Any]]:
    """Return the files by which Envoy finds, and finds again after a renewal, its certificate and its root."""
    certificate = {"certificate_chain": {"filename": str(chain)}, "private_key": {"filename": str(key)}}
    trusted = {"trusted_ca": {"filename": str(root)}}
    return {
        directory / "default.json": {
            "resources": [{"@type": _SECRET, "name": "default", "tls_certificate": certificate}]
        },
        directory / "root.json": {"resources": [{"@type": _SECRET, "name": "root", "validation_context": trusted}]},
    }


def _service(node: str) -> str:
    """Return the service cluster: the workload's name in Istio's form of node ids, else the whole id."""
    parts = node.split("~")
    return parts[2].split(".")[0] if len(parts) == _ID_PARTS else node


def _socket(address: str) -> dict[str, Any]:
    host, port = split_address(address)
    return {"socket_address": {"address": host, "port_value": port}}
