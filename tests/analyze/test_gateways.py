"""What the analyzers say of Gateways."""

from __future__ import annotations

import base64

from tests.analyze.meshes import document, pod, said, service

PEM = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n").decode()


def gateway(
    name: str,
    hosts: str = "[a.example]",
    *,
    namespace: str = "default",
    selector: str = "{istio: edge}",
    **port: object,
) -> str:
    """Return a Gateway with one server; `tls` and `number` may be given."""
    tls = f", tls: {port['tls']}" if "tls" in port else ""
    protocol = "HTTPS" if tls else "HTTP"
    server = f"{{port: {{number: {port.get('number', 80)}, name: p, protocol: {protocol}}}, hosts: {hosts}{tls}}}"
    return document("Gateway", name, f"  servers: [{server}]\n  selector: {selector}", namespace=namespace)


def secret(name: str, data: str, *, namespace: str = "default") -> str:
    """Return a Secret."""
    return document("Secret", name, f"data: {data}\n", namespace=namespace)


def codes(*texts: str) -> list[str]:
    """Return the codes of the findings."""
    return [code for code, _, _ in said(*texts)]


def test_two_gateways_of_one_port_and_host_conflict() -> None:
    """IST0145 for both, also where the labels of one selector are among the other's."""
    assert codes(gateway("a"), gateway("b")) == ["IST0145", "IST0145"]
    assert codes(gateway("a"), gateway("b", selector="{istio: edge, zone: one}")) == ["IST0145", "IST0145"]
    assert codes(gateway("a"), gateway("b", "['*/a.example']", namespace="other")) == ["IST0145", "IST0145"]


def test_gateways_of_other_ports_hosts_proxies_or_namespaces_do_not() -> None:
    """Nor do a host and a wildcard over it: proxies serve both."""
    assert not codes(gateway("a"), gateway("b", number=81))
    assert not codes(gateway("a"), gateway("b", "[b.example]"))
    assert not codes(gateway("a"), gateway("b", "['*']"))
    assert not codes(gateway("a"), gateway("b", selector="{istio: other}"))
    assert not codes(gateway("a", "[x/a.example]"), gateway("b", "[y/a.example]"))


def test_one_certificate_in_two_gateways_is_told() -> None:
    """IST0138 where one selector's labels are among the other's, as Istio has it: for the wider one."""
    tls = "{mode: SIMPLE, credentialName: cert}"
    same = gateway("a", tls=tls), gateway("b", "[b.example]", tls=tls)
    assert codes(*same) == ["IST0138", "IST0138"]
    narrower = gateway("b", "[b.example]", tls=tls, selector="{istio: edge, zone: one}")
    assert said(gateway("a", tls=tls), narrower) == [
        ("IST0138", "Gateway default/a", "spec.servers[0].tls.credentialName")
    ]


def test_a_selector_is_missed_only_where_pods_are_known() -> None:
    """Proxies need not be written down; where Pods are, a selector must match one."""
    assert not codes(gateway("a"))
    assert said(gateway("a"), pod("p", "{istio: other}")) == [("IST0101", "Gateway default/a", "spec.selector")]
    assert not codes(gateway("a"), pod("p", "{istio: edge}", namespace="infra"))


def test_ports_that_the_service_does_not_lead_to_are_told() -> None:
    """IST0162 by target ports: numbers, names, or the port itself."""
    edge = pod("p", "{istio: edge}")
    assert codes(gateway("a"), edge, service("edge", 8080, selector="{istio: edge}")) == ["IST0162"]
    assert not codes(gateway("a"), edge, service("edge", 80, selector="{istio: edge}"))
    assert not codes(gateway("a"), edge), "no Service at all says nothing of ports"
    named = "  ports: [{port: 8080, name: http, targetPort: web}]\n  selector: {istio: edge}"
    ports = "  containers: [{name: c, ports: [{name: web, containerPort: 80}]}]"
    with_port = document("Pod", "p", ports, metadata="  labels: {istio: edge}\n")
    assert not codes(gateway("a"), with_port, document("Service", "edge", named))


def test_a_credential_is_looked_for_where_the_proxies_are() -> None:
    """IST0101 in the Pods' namespace; without Pods, in any namespace, once Secrets are known at all."""
    text = gateway("a", tls="{mode: SIMPLE, credentialName: cert}")
    edge = pod("p", "{istio: edge}", namespace="infra")
    good = f"{{tls.crt: {PEM}, tls.key: {PEM}}}"
    assert not codes(text), "Secrets need not be written down"
    assert codes(text, edge) == ["IST0101"]
    assert codes(text, edge, secret("cert", good)) == ["IST0101"]
    assert not codes(text, edge, secret("cert", good, namespace="infra"))
    assert codes(text, secret("other", good)) == ["IST0101"]
    assert not codes(text, secret("cert", good, namespace="anywhere"))


def test_a_credential_needs_a_certificate_and_a_key() -> None:
    """IST0161 otherwise, with the Secret's content never in the message."""
    text = gateway("a", tls="{mode: SIMPLE, credentialName: cert}")
    for data in ("{tls.cert: aGk=, tls.key: aGk=}", "{tls.crt: aGk=, tls.key: aGk=}", f"{{cert: {PEM}}}", "{}"):
        found = said(text, secret("cert", data))
        assert found == [("IST0161", "Gateway default/a", "spec.servers[0].tls.credentialName")], data
    assert not codes(text, secret("cert", f"{{cert: {PEM}, key: {PEM}}}"))
