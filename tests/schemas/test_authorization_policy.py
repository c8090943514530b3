"""The rules of AuthorizationPolicy."""

from __future__ import annotations

import pytest

from schemas.identity import check_identity
from tests.schemas.builders import SELECTOR, Content, errors, faults, found, kind, target

KIND = "AuthorizationPolicy"
RULE = "spec.rules[0]"


def policy(*rules: Content, **more: object) -> Content:
    """A policy with these rules."""
    return {"rules": list(rules), **more}


def source(**fields: object) -> Content:
    """A policy with one source."""
    return policy({"from": [{"source": fields}]})


def operation(**fields: object) -> Content:
    """A policy with one operation."""
    return policy({"to": [{"operation": fields}]})


def when(key: str, **values: object) -> Content:
    """A policy with one condition."""
    return policy({"when": [{"key": key, **(values or {"values": ["a"]})}]})


def custom(rule: Content) -> Content:
    """A policy that asks a provider."""
    return policy(rule, action="CUSTOM", provider={"name": "authz"})


def values(text: str) -> list[str]:
    """Exact, prefix, suffix and any."""
    return [text, f"{text}-*", f"*-{text}", "*"]


FULL = policy(
    {
        "from": [
            {
                "source": {
                    "principals": values("p"),
                    "notPrincipals": values("p"),
                    "requestPrincipals": values("r"),
                    "notRequestPrincipals": values("r"),
                    "namespaces": values("n"),
                    "notNamespaces": values("n"),
                    "ipBlocks": ["1.2.3.4", "5.6.7.0/16", "::1"],
                    "notIpBlocks": ["9.0.0.1", "9.2.0.0/16"],
                    "remoteIpBlocks": ["1.2.3.4", "2001:db8::/32"],
                    "notRemoteIpBlocks": ["9.0.0.1"],
                }
            },
            {"source": {"serviceAccounts": ["ns/sa", "sa"], "notServiceAccounts": ["ns/other"]}},
            {"source": {"trustDomains": ["cluster.local"]}},
        ],
        "to": [
            {
                "operation": {
                    "methods": values("GET"),
                    "hosts": ["exact.com", "*.suffix.com", "prefix.*", "*"],
                    "ports": ["80", "0", "65535"],
                    "paths": ["/exact", "/prefix/*", "*/suffix", "*", "/path/template/{*}", "/{**}/path"],
                    "notMethods": ["PUT"],
                    "notHosts": ["a.com"],
                    "notPorts": ["8000"],
                    "notPaths": ["/not/{*}"],
                }
            }
        ],
        "when": [
            {"key": "request.headers[X-header]", "values": ["a"], "notValues": ["b"]},
            {"key": "source.ip", "values": ["10.10.10.10", "192.168.10.0/24"]},
            {"key": "remote.ip", "notValues": ["90.168.10.0/24"]},
            {"key": "source.namespace", "values": ["n"]},
            {"key": "source.principal", "values": ["p"]},
            {"key": "request.auth.principal", "values": ["https://example.com/*"]},
            {"key": "request.auth.audiences", "values": ["a"]},
            {"key": "request.auth.presenter", "values": ["a"]},
            {"key": "request.auth.claims[iss]", "values": ["a"]},
            {"key": "request.auth.claims[nested1][nested2]", "values": ["a"]},
            {"key": "destination.ip", "values": ["10.10.10.10"]},
            {"key": "destination.port", "values": ["91"], "notValues": ["92"]},
            {"key": "connection.sni", "values": ["*.suffix.com"]},
            {"key": "experimental.envoy.filters.a.b[c]", "values": ["a"]},
        ],
    },
    selector=SELECTOR,
)


@pytest.mark.parametrize(
    "content",
    [
        {},
        FULL,
        policy({}),
        policy(selector={"matchLabels": {"version": "v1"}}),
        policy({}, action="DENY"),
        policy({"to": [{"operation": {"methods": ["GET"], "ports": ["80"]}}]}, action="DENY"),
        policy({"from": [{"source": {"namespaces": ["a"]}}]}, action="AUDIT"),
        policy({"to": [{"operation": {"paths": ["/admin/*"]}}]}, action="CUSTOM", provider={"name": "authz"}),
        policy(targetRefs=[target(), target("Service", ""), target("ServiceEntry", "networking.istio.io")]),
        policy(targetRefs=[target("GatewayClass"), target("Service", "core")]),
        policy(targetRef=target()),
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No finding for contents that Istio's validation accepts, but that the kind has no effect yet."""
    assert found(KIND, content) == {("GLY0109", "kind")}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (policy(selector={"matchLabels": {"": "a"}}), 'spec.selector[""]'),
        (policy(selector={"matchLabels": {"app": "a*"}}), "spec.selector.app"),
        (policy(selector={"matchLabels": {"a*": "b"}}), 'spec.selector["a*"]'),
        (policy(selector=SELECTOR, targetRefs=[target()]), "spec.targetRefs"),
        (policy(targetRef=target(), targetRefs=[target()]), "spec.targetRefs"),
        (policy(selector=SELECTOR, targetRef=target()), "spec.targetRef"),
        (policy(targetRefs=[target(name="")]), "spec.targetRefs[0].name"),
        (policy(targetRefs=[target(namespace="b")]), "spec.targetRefs[0].namespace"),
        (policy(targetRef=target("Gateway", "networking.istio.io")), "spec.targetRef.kind"),
        (policy(targetRef=target("Deployment", "apps")), "spec.targetRef.kind"),
        (policy(action="DENY"), "spec.rules"),
        (policy(action="CUSTOM", provider={"name": "authz"}), "spec.rules"),
        (policy({}, action="CUSTOM"), "spec.provider.name"),
        (policy({}, action="CUSTOM", provider={"name": ""}), "spec.provider.name"),
        (policy({}, provider={"name": "authz"}), "spec.provider"),
        (policy({}, action="DENY", provider={"name": "authz"}), "spec.provider"),
        (custom({"from": [{"source": {"namespaces": ["a"]}}]}), f"{RULE}.from[0].source.namespaces"),
        (custom({"from": [{"source": {"notNamespaces": ["a"]}}]}), f"{RULE}.from[0].source.notNamespaces"),
        (custom({"from": [{"source": {"principals": ["a"]}}]}), f"{RULE}.from[0].source.principals"),
        (custom({"from": [{"source": {"notPrincipals": ["a"]}}]}), f"{RULE}.from[0].source.notPrincipals"),
        (custom({"from": [{"source": {"requestPrincipals": ["a"]}}]}), f"{RULE}.from[0].source.requestPrincipals"),
        (custom({"when": [{"key": "source.namespace", "values": ["a"]}]}), f"{RULE}.when[0].key"),
        (custom({"when": [{"key": "source.principal", "values": ["a"]}]}), f"{RULE}.when[0].key"),
        (custom({"when": [{"key": "request.auth.claims[a]", "values": ["a"]}]}), f"{RULE}.when[0].key"),
        (policy({"from": [{}]}), f"{RULE}.from[0].source"),
        (source(), f"{RULE}.from[0].source"),
        (source(principals=[]), f"{RULE}.from[0].source"),
        (source(principals=["a", ""]), f"{RULE}.from[0].source.principals[1]"),
        (source(ipBlocks=["1.2.3.4/99"]), f"{RULE}.from[0].source.ipBlocks[0]"),
        (source(notIpBlocks=["1.2.3"]), f"{RULE}.from[0].source.notIpBlocks[0]"),
        (source(remoteIpBlocks=["a"]), f"{RULE}.from[0].source.remoteIpBlocks[0]"),
        (source(notRemoteIpBlocks=["1.2.3.4/255.0.0.0"]), f"{RULE}.from[0].source.notRemoteIpBlocks[0]"),
        (source(serviceAccounts=["a/b"], namespaces=["a"]), f"{RULE}.from[0].source"),
        (source(notServiceAccounts=["a/b"], principals=["a"]), f"{RULE}.from[0].source"),
        (policy({"to": [{}]}), f"{RULE}.to[0].operation"),
        (operation(), f"{RULE}.to[0].operation"),
        (operation(ports=["http"]), f"{RULE}.to[0].operation.ports[0]"),
        (operation(notPorts=["65536"]), f"{RULE}.to[0].operation.notPorts[0]"),
        (operation(methods=[""]), f"{RULE}.to[0].operation.methods[0]"),
        (operation(paths=["/{*}/foo/{bar}"]), f"{RULE}.to[0].operation.paths[0]"),
        (operation(paths=["/{name=*}/{*}"]), f"{RULE}.to[0].operation.paths[0]"),
        (operation(notPaths=["/a/**/{**}"]), f"{RULE}.to[0].operation.notPaths[0]"),
        (when(""), f"{RULE}.when[0].key"),
        (when("source.ip", values=[]), f"{RULE}.when[0]"),
        (when("source.ip"), f"{RULE}.when[0].values[0]"),
        (when("destination.ip", notValues=["1.2.3.4/a"]), f"{RULE}.when[0].notValues[0]"),
        (when("destination.port", values=["70000"]), f"{RULE}.when[0].values[0]"),
        (when("source.principal", values=[""]), f"{RULE}.when[0].values[0]"),
        (when("request.headers"), f"{RULE}.when[0].key"),
        (when("request.headers[]"), f"{RULE}.when[0].key"),
        (when("request.auth.claims[a"), f"{RULE}.when[0].key"),
        (when("experimental.envoy.filters.a"), f"{RULE}.when[0].key"),
        (when("destination.labels[version]"), f"{RULE}.when[0].key"),
        (when("destination.namespace"), f"{RULE}.when[0].key"),
        (when("destination.name"), f"{RULE}.when[0].key"),
        (when("destination.user"), f"{RULE}.when[0].key"),
        (when("source.user"), f"{RULE}.when[0].key"),
        (when("source.nothing"), f"{RULE}.when[0].key"),
        (when("request.headers[:authority]", values=["a", ""]), f"{RULE}.when[0].values[1]"),
        (operation(paths=["/{*}/foo/{}/bar"]), f"{RULE}.to[0].operation.paths[0]"),
        (operation(paths=["/foo/{*}/bar/*"]), f"{RULE}.to[0].operation.paths[0]"),
        (operation(paths=["/foo/{buzz=**}/bar/{**}.txt"]), f"{RULE}.to[0].operation.paths[0]"),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert errors(KIND, content) == {path}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (policy(selector={}), "spec.selector"),
        (policy({"to": [{"operation": {"methods": ["GET"]}}]}, action="DENY"), RULE),
        (policy({"from": [{"source": {"requestPrincipals": ["a"]}}]}, action="DENY"), RULE),
        (
            policy(
                {"from": [{"source": {"namespaces": ["a"]}}], "to": [{"operation": {"paths": ["/a"]}}]}, action="DENY"
            ),
            RULE,
        ),
    ],
)
def test_what_istio_only_warns_of_is_a_warning(content: Content, path: str) -> None:
    """A selector without labels, and denying by what is known of HTTP only."""
    assert ("IST0133", path) in found(KIND, content)
    assert errors(KIND, content) == set()


@pytest.mark.parametrize(
    ("content", "code", "hint"),
    [
        ({"rule": []}, "GLY0101", "did you mean `rules`?"),
        ({"action": "Deny"}, "GLY0103", "did you mean `DENY`?"),
        (policy({"form": []}), "GLY0101", "did you mean `from`?"),
        (source(principles=["a"]), "GLY0101", "did you mean `principals`?"),
        (policy({"when": [{"values": ["a"]}]}), "GLY0104", "add `key` (a string)"),
        (operation(ports=[80]), "GLY0102", 'put it in quotes: "80"'),
        (when("source.namespaces"), "IST0106", "did you mean `source.namespace`?"),
        (policy(targetRefs=[target("Gatewy", "a")]), "IST0106", "did you mean `Gateway`?"),
        (policy(targetRefs=[target("Gateway", "")]), "IST0106", "write `group: gateway.networking.k8s.io`"),
    ],
)
def test_a_fault_says_what_was_meant(content: Content, code: str, hint: str) -> None:
    """Unknown fields and values, with the nearest known one."""
    assert (code, hint) in [(one.code, one.hint) for one in faults(KIND, content)]


@pytest.mark.parametrize(
    ("value", "action", "paths"),
    [
        ("true", "ALLOW", []),
        ("FALSE", "DENY", []),
        ("yes", "ALLOW", ['metadata.annotations["istio.io/dry-run"]']),
        ("true", "AUDIT", ['metadata.annotations["istio.io/dry-run"]']),
    ],
)
def test_a_dry_run_is_one_of_a_policy_that_allows_or_denies(value: str, action: str, paths: list[str]) -> None:
    """The annotation is a truth value, in the words of Go."""
    model = kind(KIND).load_model()
    assert model is not None
    content = model.model_validate({"action": action})
    annotations = {"istio.io/dry-run": value}
    assert [fault.path for fault in check_identity(kind(KIND), "a", annotations, content)] == paths
