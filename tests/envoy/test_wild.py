"""Whatever a mesh says, as long as each document is right alone, Envoy takes all that comes of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.node import node_of
from proxy.resource_type import ResourceType
from proxy.translate.offline import translate
from tests.envoy.golden import graph_of
from tests.envoy.snapshot import bootstrap, refusal

PROXIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sidecar~10.0.0.1~x.default~default.svc.cluster.local", {"LABELS": {"app": "x"}}),
    ("sidecar~10.0.0.1~x.default~default.svc.cluster.local", {"INTERCEPTION_MODE": "NONE", "LABELS": {"app": "x"}}),
    ("sidecar~10.0.0.1~x.default~default.svc.cluster.local", {"INTERCEPTION_MODE": "TPROXY", "ISTIO_VERSION": "1.30"}),
    ("router~10.0.0.2~gw.default~default.svc.cluster.local", {"LABELS": {"istio": "ingressgateway"}}),
)
HOSTS = ("a.example.com", "b.example.com", "*.example.com", "*.c.example.com")
PORTS = st.sampled_from((80, 443, 3306, 15001))
PROTOCOLS = st.sampled_from(("HTTP", "TCP", "TLS", "HTTPS", "GRPC-Web", "MySQL", ""))
ADDRESSES = st.lists(
    st.sampled_from(("10.1.1.1", "10.1.0.0/16", "10.1.1.1/32", "10.1.1.1/16", "2001:db8::1", "2001:db8:0::1")),
    max_size=2,
)
HOST = st.sampled_from(HOSTS)


@st.composite
def entries(draw: Any) -> dict[str, Any]:  # noqa: ANN401  untyped
    """A ServiceEntry of any protocol, on ports that others want too."""
    host = draw(HOST)
    resolution = draw(st.sampled_from(("NONE", "DYNAMIC_DNS") if host.startswith("*") else ("STATIC", "DNS", "NONE")))
    numbers = draw(st.sets(PORTS, min_size=1, max_size=2))
    spec = {
        "hosts": [host],
        "addresses": draw(ADDRESSES),
        "ports": [{"number": port, "name": f"p{port}", "protocol": draw(PROTOCOLS)} for port in sorted(numbers)],
        "resolution": resolution,
        "location": "MESH_INTERNAL",
    }
    if resolution == "STATIC":
        spec["endpoints"] = [{"address": "10.0.0.1", "labels": {"app": "x"}}]
    return {"kind": "ServiceEntry", "spec": spec}


@st.composite
def gateways(draw: Any) -> dict[str, Any]:  # noqa: ANN401  untyped
    """A Gateway whose servers meet on ports and hosts."""
    servers = []
    for number in range(draw(st.integers(1, 3))):
        protocol = draw(st.sampled_from(("HTTP", "HTTPS", "TLS", "TCP")))
        server: dict[str, Any] = {
            "port": {"number": draw(PORTS), "name": f"s{number}", "protocol": protocol},
            "hosts": draw(st.lists(st.sampled_from((*HOSTS, "*")), min_size=1, max_size=2, unique=True)),
        }
        if protocol in ("HTTPS", "TLS"):
            mode = draw(st.sampled_from(("SIMPLE", "MUTUAL", "ISTIO_MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH")))
            server["tls"] = {"mode": mode}
            if mode in ("SIMPLE", "MUTUAL"):
                server["tls"]["credentialName"] = "it"
        servers.append(server)
    return {"kind": "Gateway", "spec": {"selector": {"istio": "ingressgateway"}, "servers": servers}}


@st.composite
def routes(draw: Any) -> dict[str, Any]:  # noqa: ANN401  untyped
    """A VirtualService with TLS and TCP routes, for gateways and sidecars."""
    host, port = draw(HOST), draw(PORTS)
    to = [{"destination": {"host": "a.example.com", "port": {"number": port}}}]
    spec: dict[str, Any] = {"hosts": [host], "gateways": ["mesh", "g0"]}
    if draw(st.booleans()):
        spec["tls"] = [{"match": [{"port": port, "sniHosts": [host]}], "route": to}]
    else:
        subnets = draw(st.lists(st.sampled_from(("10.1.0.0/16", "10.1.1.1")), max_size=2, unique=True))
        spec["tcp"] = [{"match": [{"port": port, "destinationSubnets": subnets}], "route": to}]
    return {"kind": "VirtualService", "spec": spec}


@st.composite
def sidecars(draw: Any) -> dict[str, Any]:  # noqa: ANN401  untyped
    """A Sidecar that binds ports that services have too."""
    port = {"number": draw(PORTS), "protocol": draw(st.sampled_from(("HTTP", "TCP", "TLS"))), "name": "p"}
    capture = draw(st.sampled_from(("DEFAULT", "NONE", "IPTABLES")))
    one = {"hosts": ["*/*"], "port": port, "captureMode": capture}
    inbound = {"port": {**port, "protocol": "HTTP"}, "defaultEndpoint": "127.0.0.1:8080", "captureMode": capture}
    egress = [one, {"hosts": ["./*"]}] if draw(st.booleans()) else [{"hosts": ["./*"], "captureMode": capture}]
    return {"kind": "Sidecar", "spec": {"egress": egress, "ingress": [inbound] if draw(st.booleans()) else []}}


MESHES = st.tuples(
    st.lists(entries(), min_size=1, max_size=5),
    st.lists(gateways(), max_size=2),
    st.lists(routes(), max_size=3),
    st.lists(sidecars(), max_size=1),
)


@pytest.mark.envoy
@pytest.mark.timeout(240)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(MESHES)
def test_envoy_takes_whatever_comes_of_a_mesh(mesh: tuple[list[dict[str, Any]], ...]) -> None:
    """Clusters, endpoints, listeners, routes and secrets, for proxies of every kind."""
    graph = graph_of("---\n".join(yaml.safe_dump(document) for document in _documents(mesh)))
    for node, metadata in PROXIES:
        snapshot = translate(graph, node_of(node, metadata))
        addresses = [str(listener.address) for listener in bootstrap(snapshot).static_resources.listeners]
        assert len(addresses) == len(set(addresses)), [item.name for item in snapshot[ResourceType.LISTENER]]
        assert refusal(snapshot) == "", node


def _documents(mesh: tuple[list[dict[str, Any]], ...]) -> list[dict[str, Any]]:
    found = []
    for group in mesh:
        for number, item in enumerate(group):
            name = f"{item['kind'][0].lower()}{number}"
            found.append({"apiVersion": "networking.istio.io/v1", "metadata": {"name": name}, **item})
    return found
