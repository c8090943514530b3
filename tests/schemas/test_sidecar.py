"""The rules of Sidecar."""

from __future__ import annotations

import pytest

from tests.schemas.builders import Content, errors, found

PORT = {"number": 9080, "name": "http", "protocol": "HTTP"}


def ingress(**more: object) -> Content:
    """A Sidecar with one ingress listener."""
    return {"ingress": [{"port": PORT, "defaultEndpoint": "127.0.0.1:8080", **more}]}


def egress(*hosts: str, **more: object) -> Content:
    """A Sidecar with one egress listener."""
    return {"egress": [{"hosts": list(hosts) or ["./*"], **more}]}


@pytest.mark.parametrize(
    "content",
    [
        egress("./*", "istio-system/*"),
        egress("*/*"),
        egress("~/*"),
        egress(port={"number": 0, "protocol": "HTTP"}, bind="unix:///run/s"),
        ingress(),
        ingress(defaultEndpoint="unix:///run/s"),
        ingress(defaultEndpoint="[::1]:80"),
        ingress(defaultEndpoint=":80"),
        ingress(
            port={"number": 443, "protocol": "HTTPS"},
            tls={"mode": "SIMPLE", "serverCertificate": "a", "privateKey": "b"},
        ),
        {"outboundTrafficPolicy": {"mode": "ALLOW_ANY", "egressProxy": {"host": "p.ns.svc", "port": {"number": 80}}}},
        {"inboundConnectionPool": {"http": {}}},
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No fault at all for contents that Istio's validation accepts without a word."""
    assert found("Sidecar", content) == set()


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({}, "spec"),
        ({"workloadSelector": {"labels": {"a": "*"}}, **egress()}, "spec.workloadSelector.a"),
        (egress("a.com"), "spec.egress[0].hosts[0]"),
        (egress("ns/short"), "spec.egress[0].hosts[0]"),
        (egress("ns/*a.com"), "spec.egress[0].hosts[0]"),
        (egress("a b/*"), "spec.egress[0].hosts[0]"),
        ({"egress": [{"hosts": []}]}, "spec.egress[0].hosts"),
        ({"egress": [{"hosts": ["./*"]}, {"hosts": ["./*"]}]}, "spec.egress[0]"),
        ({"egress": [{"hosts": ["./*"], "port": PORT}, {"hosts": ["./*"], "port": PORT}]}, "spec.egress[1].port"),
        (egress(port={"number": 0, "protocol": "HTTP"}), "spec.egress[0].bind"),
        (egress(port={"number": 0}, bind="unix:///s", captureMode="IPTABLES"), "spec.egress[0].captureMode"),
        (egress(port=PORT, bind="localhost"), "spec.egress[0].bind"),
        (egress(port={**PORT, "targetPort": 1}), "spec.egress[0].port.targetPort"),
        ({"ingress": [{"port": PORT}, {"port": PORT}]}, "spec.ingress[1].port.number"),
        (ingress(port={"number": 0}), "spec.ingress[0].port.number"),
        (ingress(port={"number": 1, "protocol": "X"}), "spec.ingress[0].port.protocol"),
        (ingress(bind="a"), "spec.ingress[0].bind"),
        (ingress(defaultEndpoint="10.0.0.1:80"), "spec.ingress[0].defaultEndpoint"),
        (ingress(defaultEndpoint="127.0.0.1:x"), "spec.ingress[0].defaultEndpoint"),
        (ingress(defaultEndpoint="127.0.0.1:70000"), "spec.ingress[0].defaultEndpoint"),
        (ingress(defaultEndpoint="localhost"), "spec.ingress[0].defaultEndpoint"),
        (ingress(tls={"mode": "PASSTHROUGH"}), "spec.ingress[0].tls"),
        (ingress(tls={"mode": "ISTIO_MUTUAL"}), "spec.ingress[0].tls.mode"),
        (ingress(tls={"mode": "SIMPLE", "credentialName": "a"}), "spec.ingress[0].tls.credentialName"),
        (ingress(connectionPool={}), "spec.ingress[0].connectionPool"),
        (
            {"outboundTrafficPolicy": {"egressProxy": {"host": "p.ns.svc", "port": {"number": 80}}}},
            "spec.outboundTrafficPolicy.egressProxy",
        ),
        (
            {"outboundTrafficPolicy": {"mode": "ALLOW_ANY", "egressProxy": {"host": "p.ns.svc"}}},
            "spec.outboundTrafficPolicy.egressProxy.port",
        ),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert path in errors("Sidecar", content)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"workloadSelector": {}, **egress()}, "spec.workloadSelector"),
        (egress("./*", "default/a.com"), "spec.egress[0].hosts[1]"),
        (egress("*/*", "ns/*"), "spec.egress[0].hosts"),
        (
            ingress(port={"number": 1, "protocol": "TCP"}, connectionPool={"http": {}}),
            "spec.ingress[0].connectionPool.http",
        ),
    ],
)
def test_what_istio_only_warns_of_is_a_warning(content: Content, path: str) -> None:
    """The object is taken all the same; `.` is the object's own namespace."""
    assert ("IST0133", path) in found("Sidecar", content)
    assert errors("Sidecar", content) == set()
