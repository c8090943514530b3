"""The rules of RequestAuthentication."""

from __future__ import annotations

import pytest

from schemas.rules.jwks import jwks_problem
from tests.schemas.builders import SELECTOR, Content, errors, faults, found, target

RULE = "spec.jwtRules[0]"
RSA = '{"keys":[{"kty":"RSA","e":"AQAB","n":"xAE7eB6qugXyCAG3yhh7pkDkT65pHymX-P7KfIup","kid":"a"}]}'


def rule(**fields: object) -> Content:
    """A policy with one rule."""
    return {"jwtRules": [{"issuer": "https://example.com", **fields}]}


@pytest.mark.parametrize(
    "content",
    [
        {},
        rule(),
        {"selector": SELECTOR, **rule()},
        {"targetRefs": [target("Service", "")], **rule()},
        rule(jwksUri="https://example.com/.well-known/jwks.json"),
        rule(jwksUri="http://keys.ns.svc:8080/"),
        rule(jwksUri="http://10.0.0.1/keys"),
        rule(jwks_uri="https://example.com/keys"),
        rule(jwks=RSA),
        rule(audiences=["a"], forwardOriginalToken=True, timeout="5s", outputPayloadToHeader="x-payload"),
        rule(fromHeaders=[{"name": "x-jwt", "prefix": "Bearer "}], fromParams=["token"], fromCookies=["c"]),
        rule(outputClaimToHeaders=[{"header": "x-claim", "claim": "nested.key"}], spaceDelimitedClaims=["scope"]),
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No finding but that the kind has no effect yet."""
    assert found("RequestAuthentication", content) == {("GLY0109", "kind")}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"selector": {"matchLabels": {"a": "*"}}}, "spec.selector.a"),
        ({"selector": SELECTOR, "targetRefs": [target()]}, "spec.targetRefs"),
        ({"targetRef": target(namespace="b")}, "spec.targetRef.namespace"),
        (rule(issuer=""), f"{RULE}.issuer"),
        (rule(audiences=["a", ""]), f"{RULE}.audiences[1]"),
        (rule(jwksUri="example.com/keys"), f"{RULE}.jwksUri"),
        (rule(jwksUri="hTPp\\\\blah"), f"{RULE}.jwksUri"),
        (rule(jwksUri="file:///etc/keys"), f"{RULE}.jwksUri"),
        (rule(jwksUri="https://example.com:port/"), f"{RULE}.jwksUri"),
        (rule(jwksUri="https:///keys"), f"{RULE}.jwksUri"),
        (rule(jwks="{"), f"{RULE}.jwks"),
        (rule(jwks="[]"), f"{RULE}.jwks"),
        (rule(jwks='{"keys":{}}'), f"{RULE}.jwks"),
        (rule(jwks='{"keys":[{"kty":"RSA","e":"AQAB"}]}'), f"{RULE}.jwks"),
        (rule(fromHeaders=[{"name": ""}]), f"{RULE}.fromHeaders[0].name"),
        (rule(fromParams=[""]), f"{RULE}.fromParams[0]"),
        (rule(fromCookies=[""]), f"{RULE}.fromCookies[0]"),
        (rule(spaceDelimitedClaims=[""]), f"{RULE}.spaceDelimitedClaims[0]"),
        (rule(outputClaimToHeaders=[{"header": "a", "claim": ""}]), f"{RULE}.outputClaimToHeaders[0].claim"),
        (rule(outputClaimToHeaders=[{"header": "", "claim": "a"}]), f"{RULE}.outputClaimToHeaders[0].header"),
        (rule(outputClaimToHeaders=[{"header": ":authority", "claim": "a"}]), f"{RULE}.outputClaimToHeaders[0].header"),
        (rule(timeout="0s"), f"{RULE}.timeout"),
        (rule(timeout="1500us"), f"{RULE}.timeout"),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert errors("RequestAuthentication", content) == {path}


@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        ({"jwtRules": [{}]}, "GLY0104", f"{RULE}.issuer"),
        ({"jwtRules": [None]}, "GLY0102", RULE),
        (rule(jwks=RSA, jwksUri="https://a.com"), "GLY0105", RULE),
        (rule(timeout="apple"), "GLY0103", f"{RULE}.timeout"),
        (rule(fromHeaders=["x-jwt"]), "GLY0102", f"{RULE}.fromHeaders[0]"),
        (rule(fromHeaders=[{"prefix": "a"}]), "GLY0104", f"{RULE}.fromHeaders[0].name"),
        (rule(jwtHeaders=["a"]), "GLY0101", f"{RULE}.jwtHeaders"),
        ({"targetRef": {"kind": "Service"}}, "GLY0104", "spec.targetRef.name"),
    ],
)
def test_what_has_not_the_shape_of_the_kind_is_told(content: Content, code: str, path: str) -> None:
    """Missing, unknown and exclusive fields, and wrong types."""
    assert (code, path) in found("RequestAuthentication", content)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "169.254.169.254",
        "metadata.google.internal",
        "0x7f.1",
        "2130706433",
    ],
)
def test_keys_of_an_inner_address_are_not_fetched(host: str) -> None:
    """Stricter than Istio: GLY0112, at the URL, with the setting that lowers it in the hint."""
    (wrong,) = [
        one for one in faults("RequestAuthentication", rule(jwksUri=f"http://{host}/k")) if one.code != "GLY0109"
    ]
    assert (wrong.code, wrong.severity, wrong.path) == ("GLY0112", "error", f"{RULE}.jwksUri")
    assert "validation.lower: [GLY0112]" in wrong.hint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (RSA, ""),
        ('{"kty":"EC","crv":"P-256","x":"a_-","y":"b"}', ""),
        ('{"keys":[]}', ""),
        ('{"kty":"oct","k":"a"}', ""),
        ('{"kty":"OKP","crv":"Ed25519","x":"a"}', ""),
        ('{"keys":[1]}', "key 1 is not a JSON object"),
        ('{"keys":[{"kty":"DSA"}]}', "no type that is known"),
        ('{"kty":"EC","crv":"P-256","x":"a"}', "has no `y`"),
        ('{"kty":"oct","k":"a+b/"}', "is not base64url"),
        ("[" * 10_000, "is not JSON"),
    ],
)
def test_a_key_set_is_read_to_its_keys(text: str, reason: str) -> None:
    """Each key has the members of its type."""
    assert reason in jwks_problem(text)
    assert bool(reason) == bool(jwks_problem(text))
