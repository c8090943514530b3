"""What the analyzers say of DestinationRules, ServiceEntries, Sidecars, Services, and annotations."""

from __future__ import annotations

import pytest

from pipeline.model.codes import CATALOGUE
from tests.analyze.meshes import document, pod, said, service


def codes(*texts: str, **inputs: object) -> list[str]:
    """Return the codes of the findings."""
    return [code for code, _, _ in said(*texts, **inputs)]


def rule(spec: str) -> str:
    """Return a DestinationRule for `reviews`."""
    return document("DestinationRule", "r", f"  host: reviews\n{spec}")


def test_a_rule_for_an_unknown_host_is_told() -> None:
    """IST0174; a wildcard may be for hosts to come."""
    assert said(rule("")) == [("IST0174", "DestinationRule default/r", "spec.host")]
    assert not codes(service("reviews"), rule(""))
    assert not codes(document("DestinationRule", "r", "  host: '*.example.com'"))


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        ("{mode: SIMPLE}", ["IST0128"]),
        ("{mode: MUTUAL, clientCertificate: /c, privateKey: /k}", ["IST0128"]),
        ("{mode: SIMPLE, caCertificates: /ca}", []),
        ("{mode: SIMPLE, credentialName: c}", ["IST0128"]),
        ("{mode: SIMPLE, insecureSkipVerify: true}", []),
        ("{mode: ISTIO_MUTUAL}", []),
        ("{mode: DISABLE}", []),
    ],
)
def test_tls_that_verifies_nobody_is_told(tls: str, expected: list[str]) -> None:
    """IST0128; a credential counts only where the rule has a workloadSelector."""
    assert codes(service("reviews"), rule(f"  trafficPolicy: {{tls: {tls}}}")) == expected


def test_tls_of_a_port_and_a_selective_credential() -> None:
    """IST0129 for a port's own TLS."""
    port = "  trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}"
    assert codes(service("reviews"), rule(port)) == ["IST0129"]
    chosen = "  trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}\n  workloadSelector: {matchLabels: {app: a}}"
    assert not codes(service("reviews"), rule(chosen))


def test_a_subset_without_workloads_is_told_where_workloads_are_known() -> None:
    """IST0173: for a Service by its selector and the subset's labels, in its namespace."""
    subset = rule("  subsets: [{name: v2, labels: {version: v2}}]")
    reviews = service("reviews", selector="{app: reviews}")
    v1 = pod("v1", "{app: reviews, version: v1}")
    assert not codes(reviews, subset), "no workload is known"
    assert codes(reviews, subset, v1) == ["IST0173"]
    assert codes(reviews, subset, v1, pod("x", "{app: x, version: v2}")) == ["IST0173"]
    assert not codes(reviews, subset, v1, pod("v2", "{app: reviews, version: v2}"))
    assert not codes(service("reviews"), subset, v1), "endpoints of a Service without selector are anybody's"
    zone = rule("  subsets: [{name: z, labels: {topology.kubernetes.io/zone: a}}]")
    assert not codes(reviews, zone, v1), "labels of the node are not on the Pod"


def test_a_subset_of_a_service_entry_is_judged_by_its_endpoints() -> None:
    """Labels of inline endpoints count; an entry without any says nothing."""
    head = "  hosts: [a.example]\n  addresses: [10.0.0.1]\n  ports: [{number: 80, name: http, protocol: HTTP}]\n"
    labelled = head + "  resolution: STATIC\n  endpoints: [{address: 192.0.2.1, labels: {version: v1}}]"
    plain = head + "  resolution: DNS"
    for name, expected in (("v1", []), ("v2", ["IST0173"])):
        spec = f"  host: a.example\n  subsets: [{{name: {name}, labels: {{version: {name}}}}}]"
        assert codes(document("ServiceEntry", "e", labelled), document("DestinationRule", "r", spec)) == expected
        assert not codes(document("ServiceEntry", "e", plain), document("DestinationRule", "r", spec))


def entry(*, protocol: str = "TCP", more: str = "", metadata: str = "", resolution: str = "DNS") -> str:
    """Return a ServiceEntry with a port of a protocol."""
    spec = f"  hosts: [a.example]\n  ports: [{{number: 80, name: p, protocol: '{protocol}'}}]\n"
    return document("ServiceEntry", "e", f"{spec}  resolution: {resolution}\n{more}", metadata=metadata)


def test_tcp_without_an_address_is_told_unless_addresses_are_allocated() -> None:
    """IST0134; `PILOT_ENABLE_IP_AUTOALLOCATE` comes in as an input, the mesh's own way as its settings."""
    assert said(entry()) == [("IST0134", "ServiceEntry default/e", "spec.ports[0]")]
    assert codes(entry(protocol="")) == codes(entry(protocol="tcp")) == ["IST0134"]
    assert not codes(entry(protocol="HTTP"))
    assert not codes(entry(more="  addresses: [10.0.0.1]"))
    assert not codes(entry(), ip_autoallocate=True)
    assert codes(entry(), ip_autoallocate=False) == ["IST0134"]
    assert codes(entry(resolution="NONE"), ip_autoallocate=True) == ["IST0134"]
    out = "  labels: {networking.istio.io/enable-autoallocate-ip: 'false'}\n"
    assert codes(entry(metadata=out), ip_autoallocate=True) == ["IST0134"]


def test_selectors_that_select_nothing_are_told_where_workloads_are_known() -> None:
    """IST0127 for a ServiceEntry; WorkloadEntries and templates of WorkloadGroups are workloads too."""
    chosen = entry(protocol="HTTP", resolution="STATIC", more="  workloadSelector: {labels: {app: a}}")
    assert not codes(chosen)
    assert codes(chosen, pod("p", "{app: b}")) == ["IST0127"]
    assert not codes(chosen, pod("p", "{app: b}", namespace="other"))
    assert not codes(chosen, pod("p", "{app: a}"))
    address = "address: 192.0.2.1, labels: {app: a}"
    assert not codes(
        chosen, pod("p", "{app: b}"), document("WorkloadEntry", "w", f"  {address.replace(', ', chr(10) + '  ')}")
    )
    assert not codes(chosen, pod("p", "{app: b}"), document("WorkloadGroup", "g", "  template: {labels: {app: a}}"))


def sidecar(name: str, labels: str = "", *, namespace: str = "default") -> str:
    """Return a Sidecar."""
    chosen = f"  workloadSelector: {{labels: {labels}}}\n" if labels else ""
    return document("Sidecar", name, f"{chosen}  egress: [{{hosts: ['./*']}}]", namespace=namespace)


def test_sidecars_select_something_and_not_the_same() -> None:
    """IST0101, IST0110 and IST0111, as in Istio's own cases."""
    assert codes(sidecar("a"), sidecar("b")) == ["IST0111", "IST0111"]
    assert not codes(sidecar("a"), sidecar("b", namespace="other"), sidecar("c", "{app: a}"))
    ratings = pod("p", "{app: ratings, tier: back}")
    assert codes(sidecar("a", "{app: gone}"), ratings) == ["IST0101"]
    assert codes(sidecar("a", "{app: ratings}"), sidecar("b", "{tier: back}"), ratings) == ["IST0110", "IST0110"]
    assert not codes(sidecar("a", "{app: ratings}"), sidecar("b", "{app: x}"), ratings, pod("x", "{app: x}"))
    assert not codes(sidecar("a", "{app: ratings}"), ratings, pod("x", "{app: ratings}", namespace="other"))


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("{port: 80, name: web}", ["IST0118"]),
        ("{port: 80}", ["IST0118"]),
        ("{port: 80, name: http}", []),
        ("{port: 80, name: grpc-web-a}", []),
        ("{port: 80, name: tcp-a}", []),
        ("{port: 80, name: web, appProtocol: http}", []),
        ("{port: 80, name: web, appProtocol: kubernetes.io/h2c}", []),
        ("{port: 80, name: web, protocol: UDP}", []),
        ("{port: 3306, name: db}", []),
    ],
)
def test_port_names_say_the_protocol(port: str, expected: list[str]) -> None:
    """IST0118 where neither name, nor appProtocol, nor number does."""
    text = document("Service", "s", f"  ports: [{port}]")
    assert codes(text) == expected
    assert not codes(document("Service", "s", f"  ports: [{port}]", namespace="kube-system"))


def test_external_names_and_tcp() -> None:
    """IST0150 for a port that is or may be TCP."""
    for name, expected in (("tcp", ["IST0150"]), ("web", ["IST0150"]), ("https", [])):
        spec = f"  type: ExternalName\n  externalName: a.example\n  ports: [{{port: 443, name: {name}}}]"
        assert codes(document("Service", "s", spec)) == expected


def test_annotations_are_known_in_place_and_current() -> None:
    """IST0108, IST0107 and IST0135, for what is Istio's by its prefix."""
    wrong = "  annotations: {networking.istio.io/exportThree: a, kubernetes.io/psp: b, sidecar.istio.io/logLevel: c}\n"
    assert codes(service("s", metadata=wrong)) == ["IST0107", "IST0108"]
    old = '  annotations: {sidecar.istio.io/inject: "true"}\n'
    assert codes(pod("p", "{a: b}", metadata=old)) == ["IST0135"]
    assert not codes(pod("p", '{sidecar.istio.io/inject: "true"}', metadata=old))


def test_every_code_has_meaning_and_remedy() -> None:
    """The catalogue explains each code, with Istio's name for it where it is Istio's."""
    for code, found in CATALOGUE.items():
        assert found.title, code
        assert found.meaning.endswith((".", "?")), code
        assert found.remedy.endswith("."), code
