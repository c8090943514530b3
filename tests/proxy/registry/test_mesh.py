"""The settings of the mesh."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proxy.mesh import MeshSettings, mesh
from tests.proxy.registry.meshes import graph_of

CONFIG_MAP = """
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    connectTimeout: 3s
    outboundTrafficPolicy: {mode: REGISTRY_ONLY}
    defaultServiceExportTo: ["."]
    localityLbSetting: {enabled: false}
"""


def test_without_configuration_the_defaults_are_istios() -> None:
    """Ten seconds to connect, anything allowed out, automatic mutual TLS, localities weighed."""
    found = graph_of("").derive(mesh, None)
    assert found == MeshSettings()
    assert (found.connect_timeout, found.outbound_allow_any, found.enable_auto_mtls) == (
        timedelta(seconds=10),
        True,
        True,
    )


def test_the_config_map_of_istio_counts() -> None:
    """Its key `mesh` is YAML."""
    found = graph_of(CONFIG_MAP).derive(mesh, None)
    assert found.connect_timeout == timedelta(seconds=3)
    assert not found.outbound_allow_any
    assert found.service_export_to == (".",)
    assert found.locality_lb.enabled is False


def test_what_is_given_comes_before_what_is_found() -> None:
    """The input replaces the ConfigMap as a whole, as a mapping, text or bytes."""
    for given in ({"connectTimeout": "5s"}, "connectTimeout: 5s", b'{"connectTimeout": "5s"}'):
        found = graph_of(CONFIG_MAP, mesh=given).derive(mesh, None)
        assert found.connect_timeout == timedelta(seconds=5)
        assert found.outbound_allow_any


@pytest.mark.parametrize(
    "given",
    [
        {
            "connectTimeout": "x",
            "proxyListenPort": "y",
            "defaultServiceExportTo": 3,
            "tcpKeepalive": {"probes": "many"},
        },
        {"connectTimeout": "-1s", "proxyListenPort": 70000, "outboundTrafficPolicy": "ALLOW_ANY"},
        "- a list",
        "{not: yaml",
        b"{",
        7,
    ],
)
def test_values_that_cannot_be_read_are_as_if_absent(given: object) -> None:
    """Nobody's proxies depend on a typing error."""
    found = graph_of("", mesh=given).derive(mesh, None)
    assert found.connect_timeout == timedelta(seconds=10)
    assert (found.proxy_listen_port, found.tcp_keepalive, found.service_export_to) == (15001, None, ("*",))
