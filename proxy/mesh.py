"""`mesh`: the settings of the mesh as a whole, with Istio's defaults. Pure.

They come from the input `mesh` (a mapping, or YAML text: what `--mesh-config` names), else from an object of kind
MeshConfig, else from the key `mesh` of the ConfigMap `istio` in `istio-system`. A value that cannot be read is as if it
were absent; saying so is validation's affair.
Source of the defaults: istio pkg/config/mesh/mesh.go (DefaultMeshConfig).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

import orjson
import yaml
from pydantic import ValidationError

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.typed import typed_as
from schemas.kinds.kube_config_map import ConfigMap
from schemas.types.connection_pool import TcpKeepalive
from schemas.types.duration import parse_duration
from schemas.types.http_retry import HTTPRetry
from schemas.types.locality import LocalityLoadBalancerSetting
from schemas.types.message import Message

ROOT_NAMESPACE: Final = "istio-system"
MESH_INPUT: Final = "mesh"
_M = TypeVar("_M", bound=Message)
_CONFIG_MAP = Key("ConfigMap", ROOT_NAMESPACE, "istio")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshSettings:
    """What of MeshConfig is read. `raw` is the whole of it as JSON values, for what has no field here."""

    root_namespace: str = ROOT_NAMESPACE
    trust_domain: str = "cluster.local"
    proxy_listen_port: int = 15001
    proxy_inbound_listen_port: int = 15006
    proxy_http_port: int = 0
    connect_timeout: timedelta = timedelta(seconds=10)
    dns_refresh_rate: timedelta = timedelta(seconds=60)
    protocol_detection_timeout: timedelta = timedelta()
    outbound_allow_any: bool = True
    inbound_passthrough: bool = True
    enable_auto_mtls: bool = True
    h2_upgrade: bool = False
    tcp_keepalive: TcpKeepalive | None = None
    locality_lb: LocalityLoadBalancerSetting = field(default_factory=LocalityLoadBalancerSetting)
    default_http_retry_policy: HTTPRetry | None = None
    service_export_to: tuple[str, ...] = ("*",)
    virtual_service_export_to: tuple[str, ...] = ("*",)
    destination_rule_export_to: tuple[str, ...] = ("*",)
    access_log_file: str = ""
    access_log_format: str = ""
    access_log_encoding: str = "TEXT"
    outbound_cluster_stat_name: str = ""
    inbound_cluster_stat_name: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)


def mesh(view: View, _: None) -> MeshSettings:
    """The settings of the mesh (a rule)."""
    return settings_of(_document(view))


def root_namespace(view: View, _: None) -> str:
    """The namespace whose rules hold for the whole mesh (a rule of its own, so that other settings touch nobody)."""
    return view.derive(mesh, None).root_namespace


def settings_of(raw: Mapping[str, Any]) -> MeshSettings:
    """The settings that a MeshConfig's content means."""
    read = _Reader(raw)
    default = MeshSettings()
    return MeshSettings(
        root_namespace=read.text("rootNamespace", default.root_namespace),
        trust_domain=read.text("trustDomain", default.trust_domain),
        proxy_listen_port=read.port("proxyListenPort", default.proxy_listen_port),
        proxy_inbound_listen_port=read.port("proxyInboundListenPort", default.proxy_inbound_listen_port),
        proxy_http_port=read.port("proxyHttpPort", default.proxy_http_port),
        connect_timeout=read.duration("connectTimeout", default.connect_timeout),
        dns_refresh_rate=read.duration("dnsRefreshRate", default.dns_refresh_rate),
        protocol_detection_timeout=read.duration("protocolDetectionTimeout", default.protocol_detection_timeout),
        outbound_allow_any=read.mode("outboundTrafficPolicy", "ALLOW_ANY") == "ALLOW_ANY",
        inbound_passthrough=read.mode("inboundTrafficPolicy", "PASSTHROUGH") != "LOCALHOST",
        enable_auto_mtls=raw.get("enableAutoMtls") is not False,
        h2_upgrade=read.text("h2UpgradePolicy", "DO_NOT_UPGRADE") == "UPGRADE",
        tcp_keepalive=read.message("tcpKeepalive", TcpKeepalive),
        locality_lb=read.message("localityLbSetting", LocalityLoadBalancerSetting) or default.locality_lb,
        default_http_retry_policy=read.message("defaultHttpRetryPolicy", HTTPRetry),
        service_export_to=read.texts("defaultServiceExportTo"),
        virtual_service_export_to=read.texts("defaultVirtualServiceExportTo"),
        destination_rule_export_to=read.texts("defaultDestinationRuleExportTo"),
        access_log_file=read.text("accessLogFile", ""),
        access_log_format=read.text("accessLogFormat", ""),
        access_log_encoding=read.text("accessLogEncoding", "TEXT"),
        outbound_cluster_stat_name=read.text("outboundClusterStatName", ""),
        inbound_cluster_stat_name=read.text("inboundClusterStatName", ""),
        raw=raw,
    )


def _document(view: View) -> Mapping[str, Any]:
    """The content of the MeshConfig that counts, empty where there is none."""
    given = view.input(MESH_INPUT)
    if given is not None:
        return _mapping(given)
    for key in view.keys("MeshConfig"):
        resource = view.get(key)
        return _mapping(resource.spec if resource is not None else {})
    found = typed_as(view, _CONFIG_MAP, ConfigMap)
    return _mapping(found.data.get("mesh", "")) if found is not None else {}


def _mapping(given: object) -> Mapping[str, Any]:
    """A mapping from a mapping, JSON bytes or YAML text."""
    content: object = given
    try:
        if isinstance(given, bytes):
            content = orjson.loads(given)
        elif isinstance(given, str):
            content = yaml.safe_load(given)
    except (yaml.YAMLError, orjson.JSONDecodeError):
        return {}
    return content if isinstance(content, Mapping) else {}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads fields of a mapping, each with what stands in for a value that is absent or of another type."""

    raw: Mapping[str, Any]

    def text(self, name: str, default: str) -> str:
        """A string that is not empty."""
        value = self.raw.get(name)
        return value if isinstance(value, str) and value else default

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, `*` where it is absent or empty."""
        value = self.raw.get(name)
        return tuple(str(item) for item in value) or ("*",) if isinstance(value, list) else ("*",)

    def port(self, name: str, default: int) -> int:
        """A port number."""
        value = self.raw.get(name)
        return value if isinstance(value, int) and 0 < value < 1 << 16 else default

    def duration(self, name: str, default: timedelta) -> timedelta:
        """A duration that is not negative."""
        value = self.raw.get(name)
        found = parse_duration(value) if isinstance(value, str) else None
        return found if found is not None and found >= timedelta() else default

    def mode(self, name: str, default: str) -> str:
        """The `mode` of a message."""
        value = self.raw.get(name)
        return _Reader(value).text("mode", default) if isinstance(value, Mapping) else default

    def message(self, name: str, model: type[_M]) -> _M | None:
        """A message that `schemas` has a model of."""
        value = self.raw.get(name)
        if not isinstance(value, Mapping):
            return None
        try:
            return model.model_validate_json(orjson.dumps(value), by_alias=True, by_name=False)
        except ValidationError:
            return None
