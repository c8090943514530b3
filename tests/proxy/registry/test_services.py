"""Services from ServiceEntries and Kubernetes Services."""

from __future__ import annotations

import pytest

from pipeline.model.key import Key
from proxy.registry.protocols import kubernetes_protocol
from proxy.registry.service import Port, Protocol, Resolution
from proxy.registry.services import HostIn, namespace_services, service_in, services_of
from tests.proxy.registry.meshes import document, entry, graph_of


def test_an_entry_declares_one_service_a_host() -> None:
    """A ServiceEntry is one service for each of its hosts, in lower case, all with its ports and addresses."""
    graph = graph_of(
        entry(
            "x", name="e", hosts=["A.example.com", "b.example.com"], addresses=["10.0.0.1", "10.1.0.0/16", "1.1.1.1/32"]
        )
    )
    first, second = graph.derive(services_of, Key("ServiceEntry", "default", "e"))
    assert (first.host, second.host) == ("a.example.com", "b.example.com")
    assert first.addresses == second.addresses == ("10.0.0.1", "10.1.0.0/16", "1.1.1.1")
    assert first.ports == (Port(80, "http", Protocol.HTTP),)
    assert first.export_to == {"*"}


def test_what_an_entry_leaves_out_has_istios_defaults() -> None:
    """Without location an entry is external, without resolution it is NONE, a port without protocol is found out."""
    text = document("ServiceEntry", "e", {"hosts": ["a.com"], "ports": [{"number": 90, "name": "p", "targetPort": 91}]})
    (service,) = graph_of(text).derive(services_of, Key("ServiceEntry", "default", "e"))
    assert service.mesh_external
    assert service.resolution is Resolution.NONE
    assert service.ports == (Port(90, "p", Protocol.AUTO, 91),)


@pytest.mark.parametrize(
    ("written", "default", "meant"),
    [
        ([], None, {"*"}),
        (["."], None, {"default"}),
        (["~"], None, {"~"}),
        ([".", "b"], None, {"default", "b"}),
        (["a", "*"], None, {"*"}),
        ([], ["."], {"default"}),
        (["*"], ["."], {"*"}),
    ],
)
def test_export_to(written: list[str], default: list[str] | None, meant: set[str]) -> None:
    """`exportTo` names namespaces, `.` the object's own; without it the mesh's default counts."""
    mesh = {"defaultServiceExportTo": default} if default else {}
    graph = graph_of(entry("a.com", name="e", exportTo=written), mesh=mesh)
    (service,) = graph.derive(services_of, Key("ServiceEntry", "default", "e"))
    assert service.export_to == meant


def test_a_kubernetes_service() -> None:
    """A Service's host is its name in its namespace; its ports tell their protocols; `exportTo` is an annotation."""
    spec = {
        "clusterIP": "10.0.0.1",
        "selector": {"app": "a"},
        "ports": [
            {"name": "grpc-api", "port": 80, "targetPort": "api"},
            {"name": "x", "port": 81, "appProtocol": "kubernetes.io/h2c", "targetPort": 8081},
            {"name": "dns", "port": 53, "protocol": "UDP"},
        ],
    }
    text = document("Service", "a", spec, namespace="prod", annotations={"networking.istio.io/exportTo": ".,dev"})
    (service,) = graph_of(text).derive(services_of, Key("Service", "prod", "a"))
    assert service.host == "a.prod.svc.cluster.local"
    assert [port.protocol for port in service.ports] == [Protocol.GRPC, Protocol.HTTP2, Protocol.UDP]
    assert [port.target for port in service.ports] == ["api", 8081, None]
    assert service.export_to == {"prod", "dev"}
    assert service.selector == (("app", "a"),)


@pytest.mark.parametrize(
    ("spec", "resolution", "addresses"),
    [
        ({"clusterIP": "10.0.0.1"}, Resolution.STATIC, ("10.0.0.1",)),
        ({"clusterIP": "None"}, Resolution.PASSTHROUGH, ()),
        ({"type": "ExternalName", "externalName": "Example.com."}, Resolution.ALIAS, ()),
    ],
)
def test_kinds_of_kubernetes_services(spec: dict[str, str], resolution: Resolution, addresses: tuple[str, ...]) -> None:
    """A headless Service passes through, an ExternalName stands for another host."""
    (service,) = graph_of(document("Service", "a", spec)).derive(services_of, Key("Service", "default", "a"))
    assert service.resolution is resolution
    assert service.addresses == addresses
    assert service.alias == ("example.com" if resolution is Resolution.ALIAS else "")


@pytest.mark.parametrize(
    ("port", "name", "transport", "app", "protocol"),
    [
        (80, "http", "TCP", None, Protocol.HTTP),
        (80, "http2-x", "TCP", None, Protocol.HTTP2),
        (80, "grpc-web", "TCP", None, Protocol.GRPC_WEB),
        (80, "grpc-web-x", "TCP", None, Protocol.GRPC_WEB),
        (80, "web", "TCP", None, Protocol.AUTO),
        (3306, "db", "TCP", None, Protocol.TCP),
        (27017, "", "TCP", "unknown", Protocol.TCP),
        (80, "http", "TCP", "kubernetes.io/wss", Protocol.HTTPS),
        (80, "http", "UDP", None, Protocol.UDP),
        (80, "tcp-x", "TCP", "http", Protocol.HTTP),
    ],
)
def test_protocols_of_kubernetes_ports(
    port: int, name: str, transport: str, app: str | None, protocol: Protocol
) -> None:
    """`appProtocol` first, then the name's beginning; on ports where the server speaks first nothing is found out."""
    assert kubernetes_protocol(port, name, transport, app) is protocol


def test_one_host_declared_twice_in_a_namespace() -> None:
    """The oldest entry wins and gains the ports of the others with its resolution."""
    text = (
        entry(
            "a.com",
            name="young",
            metadata={"creationTimestamp": "2024-01-02T00:00:00Z"},
            ports=[
                {"number": 80, "name": "other", "protocol": "TCP"},
                {"number": 81, "name": "more", "protocol": "TCP"},
            ],
        )
        + entry("a.com", name="old", metadata={"creationTimestamp": "2024-01-01T00:00:00Z"})
        + entry(
            "a.com",
            name="dns",
            resolution="DNS",
            ports=[{"number": 82, "name": "no", "protocol": "TCP"}],
            metadata={"creationTimestamp": "2024-01-03T00:00:00Z"},
        )
    )
    service = graph_of(text).derive(service_in, HostIn("default", "a.com"))
    assert service is not None
    assert service.key.name == "old"
    assert [(port.number, port.name) for port in service.ports] == [(80, "http"), (81, "more")]


def test_a_kubernetes_service_keeps_its_host() -> None:
    """No ServiceEntry, however old, takes the host of a Kubernetes Service."""
    text = document("Service", "a", {"clusterIP": "10.0.0.1"}, creationTimestamp="2024-01-02T00:00:00Z") + entry(
        "a.default.svc.cluster.local", name="squatter", metadata={"creationTimestamp": "2020-01-01T00:00:00Z"}
    )
    service = graph_of(text).derive(service_in, HostIn("default", "a.default.svc.cluster.local"))
    assert service is not None
    assert service.kubernetes


def test_an_unusable_entry_declares_nothing_and_harms_nobody() -> None:
    """What is not of its kind is as if it were not there."""
    graph = graph_of(document("ServiceEntry", "bad", {"hosts": 7}) + entry("good.com"))
    assert [service.host for service in graph.derive(namespace_services, "default")] == ["good.com"]
