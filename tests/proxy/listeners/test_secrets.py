"""Secrets: a proxy's own and no others, in every form that people write them, and never shown."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from envoy.extensions.transport_sockets.tls.v3.secret_pb2 import Secret

from pipeline.derive import Graph
from proxy.translate.as_json import HIDDEN, as_json
from tests.proxy.listeners.meshes import INGRESS, ROUTER, gateway, refs_of_both, scope, server
from tests.proxy.routes.builders import document, graph_of

CHAIN, KEY, ROOT = ("-----BEGIN CERTIFICATE", "-----BEGIN PRIVATE KEY", "-----BEGIN CERTIFICATE root")


def _gateway(**tls: Any) -> str:  # noqa: ANN401  JSON
    return gateway(server(443, "HTTPS", "a.example.com", tls={"mode": "MUTUAL", "credentialName": "it", **tls}))


def _secret(name: str = "it", namespace: str = "default", **data: str) -> str:
    values = {key.replace("_", "."): b64encode(value.encode()).decode() for key, value in data.items()}
    return document("Secret", name, {"data": values}, namespace=namespace)


def _resources(graph: Graph) -> dict[str, Any]:
    refs = graph.derive(refs_of_both, scope(graph, ROUTER, **INGRESS))
    found = {ref.name: graph.derive(ref.rule, ref.key) for ref in refs if ":" in ref.name}
    return {name: made for name, made in found.items() if made is not None}


def _secrets(text: str) -> dict[str, Secret]:
    return {name: Secret.FromString(made.body) for name, made in _resources(graph_of(text)).items()}


def test_a_secret_is_known_under_each_of_its_forms() -> None:
    """As Kubernetes' TLS type has it, and as Istio's own has it."""
    for data in ({"tls_crt": CHAIN, "tls_key": KEY, "ca_crt": ROOT}, {"cert": CHAIN, "key": KEY, "cacert": ROOT}):
        found = _secrets(_gateway() + _secret(**data))
        assert set(found) == {"kubernetes://it", "kubernetes://it-cacert"}
        assert found["kubernetes://it"].tls_certificate.private_key.inline_string == KEY
        assert found["kubernetes://it-cacert"].validation_context.trusted_ca.inline_string == ROOT


def test_authorities_may_be_in_a_secret_of_their_own() -> None:
    """It comes before what is in the certificate's."""
    text = _gateway() + _secret(cert=CHAIN, key=KEY, cacert="-----BEGIN other") + _secret("it-cacert", cacert=ROOT)
    assert _secrets(text)["kubernetes://it-cacert"].validation_context.trusted_ca.inline_string == ROOT


def test_a_secret_of_another_namespace_is_nobodys() -> None:
    """Neither by its name alone nor by its full name."""
    elsewhere = _secret(namespace="elsewhere", cert=CHAIN, key=KEY)
    assert _secrets(_gateway() + elsewhere) == {}
    assert _secrets(_gateway(credentialName="kubernetes://elsewhere/it") + elsewhere) == {}


def test_what_nobody_asks_for_is_not_sent() -> None:
    """A Secret that no Gateway of the proxy names is none of its."""
    found = _secrets(_gateway() + _secret(cert=CHAIN, key=KEY) + _secret("more", cert=CHAIN, key=KEY))
    assert set(found) == {"kubernetes://it"}


def test_what_holds_no_certificate_is_no_secret() -> None:
    """Envoy would refuse it."""
    assert _secrets(_gateway() + _secret(cert="nothing", key=KEY)) == {}
    assert _secrets(_gateway() + _secret(cert=CHAIN)) == {}
    assert _secrets(_gateway()) == {}


def test_authorities_may_be_in_a_config_map() -> None:
    """Where the name says so."""
    text = _gateway(caCertCredentialName="configmap://roots") + document(
        "ConfigMap", "roots", {"data": {"ca.crt": ROOT}}
    )
    assert _secrets(text)["configmap://roots"].validation_context.trusted_ca.inline_string == ROOT


def test_destination_rules_ask_too() -> None:
    """A client's certificate, for the proxies of the Secret's namespace."""
    tls = {"mode": "MUTUAL", "credentialName": "it"}
    rule = document("DestinationRule", "r", {"host": "a.example.com", "trafficPolicy": {"tls": tls}})
    assert set(_secrets(rule + _secret(cert=CHAIN, key=KEY))) == {"kubernetes://it"}


def test_a_private_key_is_never_shown() -> None:
    """The certificate is."""
    made = _resources(graph_of(_gateway() + _secret(cert=CHAIN, key=KEY)))["kubernetes://it"]
    shown = as_json(made)["tlsCertificate"]
    assert shown["privateKey"] == {"inlineString": HIDDEN}
    assert shown["certificateChain"] == {"inlineString": CHAIN}
