"""Envoy's response flags, in the short form in which people and dashboards know them. Pure.

Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage (%RESPONSE_FLAGS%)
"""

from typing import Any

NONE = "-"

SHORT = {
    "failed_local_healthcheck": "LH",
    "no_healthy_upstream": "UH",
    "upstream_request_timeout": "UT",
    "local_reset": "LR",
    "upstream_remote_reset": "UR",
    "upstream_connection_failure": "UF",
    "upstream_connection_termination": "UC",
    "upstream_overflow": "UO",
    "no_route_found": "NR",
    "delay_injected": "DI",
    "fault_injected": "FI",
    "rate_limited": "RL",
    "unauthorized_details": "UAEX",
    "rate_limit_service_error": "RLSE",
    "downstream_connection_termination": "DC",
    "upstream_retry_limit_exceeded": "URX",
    "stream_idle_timeout": "SI",
    "invalid_envoy_request_headers": "IH",
    "downstream_protocol_error": "DPE",
    "upstream_max_stream_duration_reached": "UMSDR",
    "response_from_cache_filter": "RFCF",
    "no_filter_config_found": "NFCF",
    "duration_timeout": "DT",
    "upstream_protocol_error": "UPE",
    "no_cluster_found": "NC",
    "overload_manager": "OM",
    "dns_resolution_failure": "DF",
    "downstream_remote_reset": "DR",
}
"""The short form of each field of `envoy.data.accesslog.v3.ResponseFlags`."""


def short(flags: Any) -> str:  # noqa: ANN401  a generated message
    """The flags that are set, joined by commas: `UF,URX`; `-` where there is none."""
    return ",".join([SHORT[field.name] for field, _ in flags.ListFields() if field.name in SHORT]) or NONE
