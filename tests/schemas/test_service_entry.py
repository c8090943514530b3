"""The rules of ServiceEntry, WorkloadEntry and WorkloadGroup."""

from __future__ import annotations

import pytest

from tests.schemas.builders import Content, errors, found, service_entry

TCP = [{"number": 9, "name": "tcp", "protocol": "TCP"}]


@pytest.mark.parametrize(
    "content",
    [
        service_entry(),
        service_entry(resolution="NONE", hosts=["*.example.com"], addresses=["10.0.0.0/8"], ports=TCP),
        service_entry(resolution="STATIC", endpoints=[{"address": "10.0.0.1", "ports": {"http": 8080}}]),
        service_entry(resolution="STATIC", endpoints=[{"address": "unix:///run/s"}]),
        service_entry(resolution="STATIC", workloadSelector={"labels": {"app": "a"}}),
        service_entry(resolution="DNS", hosts=["*.a.com"], endpoints=[{"address": "real.a.com"}]),
        service_entry(resolution="DYNAMIC_DNS", hosts=["*.a.com"]),
        service_entry(exportTo=["~"]),
        {"hosts": ["a.com"]},
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No fault at all for contents that Istio's validation accepts without a word."""
    assert found("ServiceEntry", content) == set()


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (service_entry(hosts=["*"]), "spec.hosts[0]"),
        (service_entry(hosts=["a_b.com"]), "spec.hosts[0]"),
        (service_entry(hosts=["*.a.com"]), "spec.hosts[0]"),
        (service_entry(addresses=["10.0.0.300"]), "spec.addresses[0]"),
        (service_entry(addresses=["10.0.0.0/8"]), "spec.addresses[0]"),
        (service_entry(ports=[*TCP, {"number": 10, "name": "tcp"}]), "spec.ports[1].name"),
        (service_entry(ports=[*TCP, {"number": 9, "name": "b"}]), "spec.ports[1].number"),
        (service_entry(ports=[{"number": 0, "name": "a"}]), "spec.ports[0].number"),
        (service_entry(ports=[{"number": 1, "name": "a", "targetPort": 70000}]), "spec.ports[0].targetPort"),
        (service_entry(ports=[{"number": 1, "name": "a_b"}]), "spec.ports[0].name"),
        (service_entry(ports=[{"number": 1, "name": "a", "protocol": "SMTP"}]), "spec.ports[0].protocol"),
        (service_entry(resolution="NONE", endpoints=[{"address": "10.0.0.1"}]), "spec.endpoints"),
        (service_entry(resolution="STATIC", endpoints=[{"address": "a.com"}]), "spec.endpoints[0].address"),
        (service_entry(resolution="STATIC", endpoints=[{}]), "spec.endpoints[0].address"),
        (
            service_entry(resolution="STATIC", endpoints=[{"address": "10.0.0.1", "ports": {"htp": 1}}]),
            "spec.endpoints[0].ports.htp",
        ),
        (service_entry(resolution="DNS", endpoints=[{"address": "unix:///a"}]), "spec.endpoints[0].address"),
        (
            service_entry(resolution="DNS_ROUND_ROBIN", endpoints=[{"address": "a"}, {"address": "b"}]),
            "spec.endpoints",
        ),
        (
            service_entry(workloadSelector={"labels": {"a": "b"}}, endpoints=[{"address": "a.com"}]),
            "spec.workloadSelector",
        ),
        (service_entry(hosts=["a.com", "b.com"], ports=TCP), "spec.ports[0].protocol"),
        (service_entry(resolution="DYNAMIC_DNS"), "spec.hosts[0]"),
        (
            service_entry(resolution="DYNAMIC_DNS", hosts=["*.a.com"], location="MESH_INTERNAL"),
            "spec.location",
        ),
        (service_entry(exportTo=["~", "a"]), "spec.exportTo"),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert path in errors("ServiceEntry", content)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (service_entry(workloadSelector={"labels": {"a": "b"}}), "spec.workloadSelector"),
        (service_entry(resolution="STATIC", workloadSelector={}), "spec.workloadSelector"),
        (service_entry(resolution="NONE", hosts=["*a.com"]), "spec.hosts[0]"),
        (
            service_entry(resolution="STATIC", endpoints=[{"network": "n"}]),
            "spec.endpoints[0].address",
        ),
        (service_entry(resolution="DYNAMIC_DNS", hosts=["*.a.com"], ports=TCP), "spec.ports[0].protocol"),
    ],
)
def test_what_istio_only_warns_of_is_a_warning(content: Content, path: str) -> None:
    """The object is taken all the same."""
    assert ("IST0133", path) in found("ServiceEntry", content)
    assert errors("ServiceEntry", content) == set()


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        ({"address": "10.0.0.1", "ports": {"http": 80}, "labels": {"app": "a"}}, set()),
        ({"address": "vm.example.com"}, set()),
        ({"address": "unix://@abstract"}, set()),
        ({"network": "n"}, set()),
        ({}, {"spec.address"}),
        ({"address": "a b"}, {"spec.address"}),
        ({"address": "unix://relative"}, {"spec.address"}),
        ({"address": "unix:///s", "ports": {"a": 1}}, {"spec.ports"}),
        ({"address": "10.0.0.1", "ports": {"a_b": 70000}}, {"spec.ports.a_b"}),
        ({"address": "10.0.0.1", "labels": {"a": "b c"}}, {"spec.labels.a"}),
    ],
)
def test_a_workload_entry_has_an_address_of_one_of_three_forms(content: Content, paths: set[str]) -> None:
    """An IP, a host name or a Unix socket; or a network, whose gateway then takes the traffic."""
    assert errors("WorkloadEntry", content) == paths


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        ({"template": {}}, set()),
        ({"template": {}, "probe": {"httpGet": {"port": 80, "scheme": "HTTPS"}}}, set()),
        ({"template": {}, "probe": {"exec": {"command": ["true"]}}, "metadata": {"labels": {"a": "b"}}}, set()),
        ({"template": {}, "probe": {}}, {"spec.probe"}),
        ({"template": {}, "probe": {"exec": {"command": []}}}, {"spec.probe.exec.command"}),
        ({"template": {}, "probe": {"httpGet": {"port": 0}}}, {"spec.probe.httpGet.port"}),
        ({"template": {}, "probe": {"httpGet": {"port": 1, "scheme": "ftp"}}}, {"spec.probe.httpGet.scheme"}),
        ({"template": {}, "probe": {"tcpSocket": {"port": 1}, "periodSeconds": -1}}, {"spec.probe.periodSeconds"}),
        ({"template": {}, "metadata": {"labels": {"a": " "}}}, {"spec.metadata.labels.a"}),
    ],
)
def test_a_workload_group_has_a_template_and_perhaps_a_probe(content: Content, paths: set[str]) -> None:
    """The address comes later, when a workload registers."""
    assert errors("WorkloadGroup", content) == paths
