"""Kubernetes' own kinds: types of what is read, nothing else; and Secrets."""

from __future__ import annotations

import pytest

from tests.schemas.builders import Content, faults, found


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("Endpoints", {"subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80, "name": "http"}]}]}),
        ("ServiceAccount", {"secrets": [{"name": "a"}], "automountServiceAccountToken": False}),
        ("ServiceExport", {}),
        ("ServiceImport", {"type": "ClusterSetIP", "ips": ["10.0.0.1"], "ports": [{"port": 80}]}),
    ],
)
def test_kinds_that_are_carried_say_so(kind: str, content: Content) -> None:
    """One info, and nothing about fields that are not read."""
    [fault] = faults(kind, {**content, "somethingNew": [1]})
    assert (fault.code, fault.severity) == ("GLY0109", "info")


@pytest.mark.parametrize(
    ("kind", "content", "fault"),
    [
        ("Endpoints", {"subsets": [{"ports": [{"port": 70000}]}]}, ("GLY0103", "subsets[0].ports[0].port")),
        ("Endpoints", {"subsets": [{"addresses": [{}]}]}, ("GLY0104", "subsets[0].addresses[0].ip")),
        ("ServiceImport", {"type": "Other"}, ("GLY0103", "spec.type")),
        ("Service", {"ports": [{"port": "80"}]}, ("GLY0102", "spec.ports[0].port")),
        (
            "Pod",
            {"spec": {"containers": [{"ports": [{"containerPort": 0}]}]}},
            ("GLY0103", "spec.containers[0].ports[0].containerPort"),
        ),
        ("Node", {"unschedulable": "no"}, ("GLY0102", "spec.unschedulable")),
        ("ConfigMap", {"data": {"a": 1}}, ("GLY0102", "data.a")),
        ("EndpointSlice", {"endpoints": [{}]}, ("GLY0104", "endpoints[0].addresses")),
    ],
)
def test_wrong_types_of_what_is_read_are_errors(kind: str, content: Content, fault: tuple[str, str]) -> None:
    """At their places."""
    assert fault in found(kind, content)


@pytest.mark.parametrize(
    "content",
    [
        {"type": "kubernetes.io/tls", "data": {"tls.crt": "YQ==", "tls.key": "YQ==", "ca.crt": ""}},
        {"type": "kubernetes.io/tls", "stringData": {"tls.crt": "a", "tls.key": "b"}},
        {"type": "Opaque", "data": {"cert": "YQ==", "key": "YQ==", "cacert": "YQ\n=="}},
        {"data": {"cacert": "YQ=="}},
        {"data": None},
        {},
    ],
)
def test_secrets_of_every_shape_are_taken(content: Content) -> None:
    """Of the type for TLS, generic ones with `cert`, `key` and `cacert`, those with authorities only, others."""
    assert found("Secret", content) == set()


def test_a_secret_that_an_api_server_refuses_is_an_error_that_shows_no_value() -> None:
    """Values that are not base64, and a Secret for TLS without its parts."""
    wrong = faults("Secret", {"type": "kubernetes.io/tls", "data": {"tls.crt": "-----BEGIN SECRET"}})
    assert {(fault.code, fault.path) for fault in wrong} == {
        ("IST0106", 'data["tls.crt"]'),
        ("IST0106", 'data["tls.key"]'),
    }
    assert not any("SECRET" in f"{fault.message}{fault.hint}" for fault in wrong)


@pytest.mark.parametrize(
    "content", [{"data": {"pin": 48151623}}, {"stringData": {"pin": 48151623.0}}, {"data": "48151623"}]
)
def test_a_secret_of_wrong_types_is_an_error_that_shows_no_value(content: Content) -> None:
    """Neither in the message nor in what to write instead: verdicts and events carry both."""
    (wrong,) = faults("Secret", content)
    assert wrong.code == "GLY0102"
    assert "48151623" not in f"{wrong.message}{wrong.hint}"
