"""Access logs by the mesh's settings: a file, or what the mesh's default providers say. Pure rules.

A provider whose service is not seen is left out: Envoy refuses a listener that names a cluster which it does not have.
Source: istio pilot/pkg/model/telemetry_logging.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from envoy.config.accesslog.v3 import accesslog_pb2

from pipeline.derive import View
from pipeline.stages.mesh_config import mesh_config
from proxy.mesh import mesh
from proxy.naming import outbound_cluster
from proxy.registry.seen import service_named
from proxy.registry.vantage import SeenHost, Vantage
from proxy.translate.access_log_file import default_format, file_log, format_of
from proxy.translate.access_log_service import LogService, http_service_log, tcp_service_log
from schemas.types.extension_provider import ExtensionProvider
from schemas.types.log_provider import EnvoyFileAccessLogProvider, EnvoyTcpGrpcV3LogProvider

_STDOUT: Final = "/dev/stdout"
_BUILT_IN: Final = ExtensionProvider(name="envoy", envoy_file_access_log=EnvoyFileAccessLogProvider(path=_STDOUT))
_ServiceLog: TypeAlias = Callable[[View, Vantage, ExtensionProvider], "bytes | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLogs:
    """Access logs, serialised; `streamed` says that some go to a service, which hears of connections that last."""

    logs: tuple[bytes, ...] = ()
    streamed: bool = False

    def messages(self) -> list[Any]:
        """The messages."""
        return [accesslog_pb2.AccessLog.FromString(log) for log in self.logs]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """The mesh's settings of access logs: a file, its format, or the providers that are used where nothing is said."""

    file: str
    format: str
    encoding: str
    providers: tuple[ExtensionProvider, ...]


def log_settings(view: View, _: None) -> LogSettings:
    """The settings (a rule of its own, so that other settings touch no access log)."""
    found, written = view.derive(mesh, None), view.derive(mesh_config, None)
    named = {_BUILT_IN.name: _BUILT_IN} | {provider.name: provider for provider in written.extension_providers}
    wanted = written.default_providers.access_logging if written.default_providers is not None else ()
    return LogSettings(
        file="" if wanted else found.access_log_file,
        format=found.access_log_format,
        encoding=found.access_log_encoding,
        providers=tuple(named[name] for name in dict.fromkeys(wanted) if name in named),
    )


def http_access_logs(view: View, vantage: Vantage) -> AccessLogs:
    """The access logs of HTTP connections (a rule)."""
    return _access_logs(view, vantage, _http_service)


def tcp_access_logs(view: View, vantage: Vantage) -> AccessLogs:
    """The access logs of TCP connections (a rule)."""
    return _access_logs(view, vantage, _tcp_service)


def _access_logs(view: View, vantage: Vantage, service: _ServiceLog) -> AccessLogs:
    settings = view.derive(log_settings, None)
    mine = default_format(settings.format, settings.encoding)
    if settings.file:
        return AccessLogs(logs=(file_log(settings.file, mine),))
    logs, streamed = [], False
    for provider in settings.providers:
        file = provider.envoy_file_access_log
        if file is not None:
            form = format_of(file.log_format) or mine
            logs.append(file_log(file.path or _STDOUT, form, omit_empty=file.omit_empty_values))
        elif log := service(view, vantage, provider):
            logs.append(log)
            streamed = True
    return AccessLogs(logs=tuple(logs), streamed=streamed)


def _http_service(view: View, vantage: Vantage, provider: ExtensionProvider) -> bytes | None:
    given = provider.envoy_http_als
    target = _target(view, vantage, given) if given is not None else None
    if given is None or target is None:
        return None
    return http_service_log(
        target,
        given.additional_request_headers_to_log,
        given.additional_response_headers_to_log,
        given.additional_response_trailers_to_log,
    )


def _tcp_service(view: View, vantage: Vantage, provider: ExtensionProvider) -> bytes | None:
    given = provider.envoy_tcp_als
    target = _target(view, vantage, given) if given is not None else None
    return tcp_service_log(target) if target is not None else None


def _target(view: View, vantage: Vantage, given: EnvoyTcpGrpcV3LogProvider) -> LogService | None:
    """The cluster of the service, None where it is not seen. The service is `HOST`, or `NAMESPACE/HOST`."""
    host = given.service.rpartition("/")[2].lower()
    seen = view.derive(service_named, SeenHost(vantage, host))
    if seen is None or seen.port(given.port) is None:
        return None
    return LogService(
        cluster=outbound_cluster(given.port, "", seen.alias or host),
        log_name=given.log_name,
        states=given.filter_state_objects_to_log,
    )
