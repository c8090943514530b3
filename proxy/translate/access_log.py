"""Access logs by the mesh's settings: a file, or what the mesh's default providers say. Pure rules.

A provider whose service is not seen is left out: Envoy refuses a listener that names a cluster which it does not have.
Source: istio pilot/pkg/model/telemetry_logging.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from envoy.config.accesslog.v3 import accesslog_pb2

from pipeline.derive import View
from proxy.mesh import mesh
from proxy.naming import outbound_cluster
from proxy.registry.seen import service_named
from proxy.registry.vantage import SeenHost, Vantage
from proxy.translate.access_log_file import LogFormat, default_format, file_log, format_of
from proxy.translate.access_log_service import LogService, http_service_log, tcp_service_log

_BUILT_IN: Final = {"envoy": {"envoyFileAccessLog": {"path": "/dev/stdout"}}}
_HTTP, _TCP = "envoyHttpAls", "envoyTcpAls"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLogs:
    """Access logs, serialised; `streamed` says that some go to a service, which hears of connections that last."""

    logs: tuple[bytes, ...] = ()
    streamed: bool = False

    def messages(self) -> list[Any]:
        """The messages."""
        return [accesslog_pb2.AccessLog.FromString(log) for log in self.logs]


def http_access_logs(view: View, vantage: Vantage) -> AccessLogs:
    """The access logs of HTTP connections (a rule)."""
    return _access_logs(view, vantage, _HTTP)


def tcp_access_logs(view: View, vantage: Vantage) -> AccessLogs:
    """The access logs of TCP connections (a rule)."""
    return _access_logs(view, vantage, _TCP)


def _access_logs(view: View, vantage: Vantage, kind: str) -> AccessLogs:
    settings = view.derive(mesh, None)
    mine = default_format(settings.access_log_format, settings.access_log_encoding)
    names = _mapping(settings.raw.get("defaultProviders")).get("accessLogging")
    if not isinstance(names, list) or not names:
        path = settings.access_log_file
        return AccessLogs(logs=(file_log(path, mine),)) if path else AccessLogs()
    providers = _providers(settings.raw)
    logs, streamed = [], False
    for name in dict.fromkeys(str(name) for name in names):
        provider = providers.get(name, {})
        log = _file(provider, mine) or _service(view, vantage, provider, kind)
        if log is not None:
            logs.append(log)
            streamed = streamed or kind in provider
    return AccessLogs(logs=tuple(logs), streamed=streamed)


def _providers(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The mesh's extension providers by name, Istio's built-in ones among them."""
    listed = raw.get("extensionProviders")
    own = [_mapping(item) for item in listed] if isinstance(listed, list) else []
    return {**_BUILT_IN, **{str(item.get("name")): item for item in own}}


def _file(provider: Mapping[str, Any], mine: LogFormat) -> bytes | None:
    file = provider.get("envoyFileAccessLog")
    if not isinstance(file, Mapping):
        return None
    form = format_of(_mapping(file.get("logFormat"))) or mine
    return file_log(str(file.get("path") or "/dev/stdout"), form, omit_empty=file.get("omitEmptyValues") is True)


def _service(view: View, vantage: Vantage, provider: Mapping[str, Any], kind: str) -> bytes | None:
    service = provider.get(kind)
    if not isinstance(service, Mapping):
        return None
    host, port = str(service.get("service", "")).rpartition("/")[2].lower(), service.get("port")
    seen = view.derive(service_named, SeenHost(vantage, host))
    if seen is None or not isinstance(port, int) or seen.port(port) is None:
        return None
    target = LogService(
        cluster=outbound_cluster(port, "", seen.alias or host),
        log_name=str(service.get("logName") or ""),
        states=_texts(service, "filterStateObjectsToLog"),
    )
    if kind == _TCP:
        return tcp_service_log(target)
    return http_service_log(
        target,
        _texts(service, "additionalRequestHeadersToLog"),
        _texts(service, "additionalResponseHeadersToLog"),
        _texts(service, "additionalResponseTrailersToLog"),
    )


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = value.get(name)
    return tuple(str(item) for item in found) if isinstance(found, list) else ()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
