"""The rules of PeerAuthentication and of the kind ProxyConfig."""

from __future__ import annotations

import pytest

from tests.schemas.builders import SELECTOR, Content, errors, faults, found

PORTS = "spec.portLevelMtls"


def ports(*numbers: str, **more: object) -> Content:
    """A policy with a mode for each port, of selected workloads."""
    return {"selector": SELECTOR, "portLevelMtls": {number: {"mode": "STRICT"} for number in numbers}, **more}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("PeerAuthentication", {}),
        ("PeerAuthentication", {"mtls": {"mode": "STRICT"}}),
        ("PeerAuthentication", {"selector": SELECTOR, "mtls": {"mode": "UNSET"}}),
        ("PeerAuthentication", ports("80", "65535", mtls={"mode": "PERMISSIVE"})),
        ("PeerAuthentication", {"mtls": None, "portLevelMtls": None}),
        ("ProxyConfig", {}),
        ("ProxyConfig", {"concurrency": 0, "image": {"imageType": "distroless"}}),
        ("ProxyConfig", {"selector": SELECTOR, "environmentVariables": {"ISTIO_META_A": "b"}}),
    ],
)
def test_what_istio_takes_is_taken(kind: str, content: Content) -> None:
    """No finding but that the kind has no effect yet."""
    assert found(kind, content) == {("GLY0109", "kind")}


@pytest.mark.parametrize(
    ("kind", "content", "path"),
    [
        ("PeerAuthentication", {"portLevelMtls": {"80": {"mode": "STRICT"}}}, PORTS),
        ("PeerAuthentication", {**ports("80"), "selector": {}}, PORTS),
        ("PeerAuthentication", ports(), PORTS),
        ("PeerAuthentication", ports("0"), f'{PORTS}["0"]'),
        ("PeerAuthentication", ports("42949672"), f'{PORTS}["42949672"]'),
        ("PeerAuthentication", ports("http"), f"{PORTS}.http"),
        ("PeerAuthentication", {"selector": {"matchLabels": {"app": "*"}}}, "spec.selector.app"),
        ("ProxyConfig", {"concurrency": -1}, "spec.concurrency"),
        ("ProxyConfig", {"selector": {"matchLabels": {"": "a"}}}, 'spec.selector[""]'),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(kind: str, content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert errors(kind, content) == {path}


@pytest.mark.parametrize("kind", ["PeerAuthentication", "ProxyConfig", "RequestAuthentication", "Telemetry"])
def test_a_selector_without_labels_is_a_warning(kind: str) -> None:
    """It selects every workload of the namespace, which is seldom what somebody writes a selector for."""
    assert ("IST0133", "spec.selector") in found(kind, {"selector": {}})


@pytest.mark.parametrize(
    ("kind", "content", "code", "hint"),
    [
        ("PeerAuthentication", {"mtls": {"mode": "STRIKT"}}, "GLY0103", "did you mean `STRICT`?"),
        ("PeerAuthentication", {"mTLS": {}}, "GLY0101", "did you mean `mtls`?"),
        (
            "PeerAuthentication",
            {"port_level_mtls": {}},
            "GLY0101",
            "did you mean `portLevelMtls`? Field names are written in camelCase",
        ),
        ("ProxyConfig", {"image": {"imagetype": "a"}}, "GLY0101", "did you mean `imageType`?"),
    ],
)
def test_a_fault_says_what_was_meant(kind: str, content: Content, code: str, hint: str) -> None:
    """Unknown fields and values, with the nearest known one."""
    assert (code, hint) in [(one.code, one.hint) for one in faults(kind, content)]
