"""Rules of readiness probes. Pure. Source: Istio's `validateReadinessProbe`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.json_name import json_name
from schemas.kinds.workload_group import HTTPHealthCheckConfig, ReadinessProbe
from schemas.rules.headers import header_name_problem
from schemas.rules.ports import port_problem

_COUNTS = ("initial_delay_seconds", "timeout_seconds", "period_seconds", "success_threshold", "failure_threshold")


def check_probe(probe: ReadinessProbe, path: str) -> Iterator[Fault]:
    """One way to probe, with its port or command; no negative times."""
    for name in _COUNTS:
        value = getattr(probe, name)
        if value < 0:
            yield invalid(f"{path}.{json_name(name)}", f"must not be negative, got {value}")
    if probe.http_get is not None:
        yield from _check_http(probe.http_get, f"{path}.httpGet")
    elif probe.tcp_socket is not None:
        if problem := port_problem(probe.tcp_socket.port):
            yield invalid(f"{path}.tcpSocket.port", problem)
    elif probe.exec is not None:
        if not probe.exec.command:
            yield invalid(f"{path}.exec.command", "the command must not be empty")
    elif probe.grpc is None:
        yield invalid(path, "a probe needs one of httpGet, tcpSocket, exec and grpc")


def _check_http(probe: HTTPHealthCheckConfig, path: str) -> Iterator[Fault]:
    if problem := port_problem(probe.port):
        yield invalid(f"{path}.port", problem)
    if probe.scheme not in {"", "HTTP", "HTTPS"}:
        yield invalid(f"{path}.scheme", f"the scheme is HTTP or HTTPS, got `{probe.scheme[:40]}`")
    for index, header in enumerate(probe.http_headers):
        if problem := header_name_problem(header.name):
            yield invalid(f"{path}.httpHeaders[{index}].name", problem)
