"""Names of clusters, listeners and hosts."""

from __future__ import annotations

from proxy.naming import listener, resolve_host


def test_short_names() -> None:
    """Only a name without a dot is a service of the namespace."""
    assert resolve_host("A", "ns") == "a.ns.svc.cluster.local"
    assert [resolve_host(host, "ns") for host in ("a.b", "*", "10.0.0.1", "::1")] == ["a.b", "*", "10.0.0.1", "::1"]
    assert listener("0.0.0.0", 80) == "0.0.0.0_80"
    assert listener("unix:///x", 0) == "unix:///x"
