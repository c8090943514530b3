"""TLS that a Sidecar ends for its workload: `ENABLE_TLS_ON_SIDECAR_INGRESS`."""

from __future__ import annotations

from typing import Any

import pytest
from envoy.config.listener.v3 import listener_pb2

from pipeline.stages.inputs import TLS_ON_SIDECAR_INGRESS
from proxy.translate.listeners import listener_refs
from proxy.translate.secrets import secret_refs
from tests.proxy.listeners.meshes import scope
from tests.proxy.registry.meshes import document, graph_of

FILES = {"serverCertificate": "/c/cert.pem", "privateKey": "/c/key.pem"}
SECRET = "file-cert:/c/cert.pem~/c/key.pem"


def chains(protocol: str, *, on: bool = True, **metadata: Any) -> list[tuple[str, bool, bool]]:  # noqa: ANN401  JSON
    """The chains of port 8443: what transport each takes, whether it ends TLS, and whether it speaks HTTP."""
    port = {"number": 8443, "name": "p", "protocol": protocol}
    ingress = {"port": port, "defaultEndpoint": "127.0.0.1:80", "tls": {"mode": "SIMPLE", **FILES}}
    graph = graph_of(document("Sidecar", "s", {"ingress": [ingress]}))
    graph.set_input(TLS_ON_SIDECAR_INGRESS, on)
    wanted = scope(graph, **metadata)
    assert (SECRET in {ref.name for ref in secret_refs(graph, wanted)}) is (on and not metadata)
    ref = next(ref for ref in listener_refs(graph, wanted) if ref.name == "virtualInbound")
    made = listener_pb2.Listener.FromString(graph.derive(ref.rule, ref.key).body)
    return [
        (
            chain.filter_chain_match.transport_protocol,
            chain.HasField("transport_socket"),
            chain.filters[-1].name.endswith("http_connection_manager"),
        )
        for chain in made.filter_chains
        if chain.filter_chain_match.destination_port.value == 8443
    ]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("HTTPS", [("tls", True, True)]),
        ("HTTP", [("tls", True, True)]),
        ("TLS", [("tls", True, False)]),
        ("TCP", [("tls", True, False)]),
    ],
)
def test_tls_is_ended(protocol: str, expected: list[tuple[str, bool, bool]]) -> None:
    """And what is inside is what the protocol is after TLS; plain text is not taken."""
    assert chains(protocol) == expected


def test_without_the_setting_nothing_changes() -> None:
    """It is off unless somebody asks for it, as in Istio; what arrives is passed on as it is."""
    assert chains("HTTPS", on=False) == [("", False, False)]


def test_istios_own_mutual_tls_comes_first() -> None:
    """A proxy with an agent takes the mesh's certificates; the Sidecar's would count where mutual TLS is off."""
    assert chains("HTTPS", ISTIO_VERSION="1.30.0") == chains("HTTPS", on=False, ISTIO_VERSION="1.30.0")
