"""The rules of Gateway."""

from __future__ import annotations

import pytest

from tests.schemas.builders import Content, errors, found, gateway, https, server

SERVER = "spec.servers[0]"


@pytest.mark.parametrize(
    "content",
    [
        gateway(),
        gateway(server(hosts=["*", "./*.example.com", "ns/a.example.com", "*/10.0.0.1"])),
        gateway(server(tls={"httpsRedirect": True}), https(mode="SIMPLE", credentialName="cert")),
        gateway(https(mode="PASSTHROUGH")),
        gateway(https(mode="ISTIO_MUTUAL")),
        gateway(https(mode="MUTUAL", serverCertificate="a", privateKey="b", caCertificates="c")),
        gateway(https(mode="SIMPLE", tlsCertificates=[{"serverCertificate": "a", "privateKey": "b"}])),
        gateway(https(mode="OPTIONAL_MUTUAL", credentialNames=["a", "b"])),
        gateway(server(port={"number": 0, "name": "u", "protocol": "HTTP"}, bind="unix:///run/s")),
        gateway(server(port={"number": 15443, "name": "tls", "protocol": "TLS"}, tls={"mode": "AUTO_PASSTHROUGH"})),
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No fault at all for contents that Istio's validation accepts without a word."""
    assert found("Gateway", content) == set()


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"servers": []}, "spec.servers"),
        (gateway(server(hosts=[])), f"{SERVER}.hosts"),
        (gateway(server(hosts=["short"])), f"{SERVER}.hosts[0]"),
        (gateway(server(hosts=["a b/x.com"])), f"{SERVER}.hosts[0]"),
        (gateway(server(hosts=["~/x.com"])), f"{SERVER}.hosts[0]"),
        (gateway(server(hosts=["/x.com"])), f"{SERVER}.hosts[0]"),
        (gateway(server(hosts=["*foo.com"])), f"{SERVER}.hosts[0]"),
        (gateway(server(port={"number": 0, "name": "a", "protocol": "HTTP"})), f"{SERVER}.port.number"),
        (gateway(server(port={"number": 80, "name": "", "protocol": "HTTP"})), f"{SERVER}.port.name"),
        (gateway(server(port={"number": 80, "name": "a", "protocol": "HTTTP"})), f"{SERVER}.port.protocol"),
        (
            gateway(server(port={"number": 80, "name": "a", "protocol": "HTTP", "targetPort": 8080})),
            f"{SERVER}.port.targetPort",
        ),
        (
            gateway(server(), server(port={"number": 81, "name": "http", "protocol": "HTTP"})),
            "spec.servers[1].port.name",
        ),
        (gateway(server(bind="localhost")), f"{SERVER}.bind"),
        (gateway(server(bind="unix:///run/s")), f"{SERVER}.port.number"),
        (gateway(server(port={"number": 443, "name": "a", "protocol": "HTTPS"})), f"{SERVER}.tls"),
        (gateway(server(tls={"mode": "SIMPLE", "credentialName": "a"})), f"{SERVER}.tls"),
        (gateway(server(port={"number": 1, "name": "a", "protocol": "TCP"}, tls={})), f"{SERVER}.tls"),
        (gateway(https(mode="SIMPLE")), f"{SERVER}.tls.serverCertificate"),
        (gateway(https(mode="SIMPLE", serverCertificate="a")), f"{SERVER}.tls.privateKey"),
        (gateway(https(mode="MUTUAL", serverCertificate="a", privateKey="b")), f"{SERVER}.tls.caCertificates"),
        (gateway(https(mode="ISTIO_MUTUAL", credentialName="a")), f"{SERVER}.tls.credentialName"),
        (gateway(https(mode="SIMPLE", credentialName="a", credentialNames=["b"])), f"{SERVER}.tls"),
        (gateway(https(mode="SIMPLE", credentialName="a", caCrl="b")), f"{SERVER}.tls.caCrl"),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert path in errors("Gateway", content)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (gateway(https(mode="PASSTHROUGH", credentialName="a")), f"{SERVER}.tls"),
        (gateway(https(mode="PASSTHROUGH", httpsRedirect=True)), f"{SERVER}.tls.httpsRedirect"),
        (gateway(https(mode="ISTIO_MUTUAL", cipherSuites=["NOPE"])), f"{SERVER}.tls.cipherSuites[0]"),
        (
            gateway(https(mode="ISTIO_MUTUAL", cipherSuites=["AES128-SHA", "AES128-SHA"])),
            f"{SERVER}.tls.cipherSuites[1]",
        ),
        (gateway(https(mode="ISTIO_MUTUAL", minProtocolVersion="TLSV1_0")), f"{SERVER}.tls.minProtocolVersion"),
    ],
)
def test_what_istio_only_warns_of_is_a_warning(content: Content, path: str) -> None:
    """The object is taken all the same."""
    assert ("IST0133", path) in found("Gateway", content)
    assert errors("Gateway", content) == set()
