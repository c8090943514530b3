"""Addresses that are allocated to hosts without."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.key import Key
from pipeline.stages.inputs import IP_AUTOALLOCATE
from proxy.registry.allocation import OPT_OUT, allocated, allocations
from proxy.registry.seen import service_named, visible_hosts
from proxy.registry.services import HostIn
from proxy.registry.vantage import SeenHost
from tests.proxy.registry.meshes import document, entry, graph_of, resources, scope

HOST = HostIn("default", "db.example")
ADDRESS = "240.240.115.90"
DB = entry(HOST.host, ports=[{"number": 5432, "name": "tcp", "protocol": "TCP"}])


def test_only_hosts_that_could_use_an_address_get_one() -> None:
    """None for NONE, for wildcards, for entries with addresses of their own, and for those that want none."""
    others = (
        entry("a.example", resolution="NONE"),
        entry("*.b.example", resolution="NONE"),
        entry("c.example", addresses=["10.0.0.1"]),
        entry("d.example", metadata={"labels": {OPT_OUT: "False"}}),
    )
    assert graph_of(DB + "".join(others)).derive(allocations, None) == {HOST: ADDRESS}


@given(st.sets(st.integers(0, 5000), max_size=300), st.permutations(range(4)))
def test_addresses_differ_and_do_not_depend_on_order(numbers: set[int], order: list[int]) -> None:
    """Each host has its own; another process, which read the files in another order, has the same."""
    texts = [entry(f"h{number}.example") for number in sorted(numbers)]
    graph = graph_of("".join(texts))
    found = graph.derive(allocations, None)
    assert len(set(found.values())) == len(found) == len(numbers)
    assert not [address for address in found.values() if address.endswith((".0", ".255"))]
    again = graph_of("")
    for part in order:
        again.apply(resources("".join(texts[part::4])))
        again.settle()
    assert again.derive(allocations, None) == found


def test_another_entry_costs_no_other_host_anything() -> None:
    """What comes and goes elsewhere leaves an address, and whoever reads it, alone."""
    graph = graph_of(DB)
    assert graph.observe(allocated, HOST) == ADDRESS
    graph.apply(resources(entry("other.example")))
    assert graph.settle() == []
    graph.apply({Key("ServiceEntry", "default", HOST.host): None})
    assert graph.settle() == [(allocated, HOST)]


def test_a_proxy_that_resolves_names_itself_sees_them() -> None:
    """Where the setting or its metadata says so; through a Sidecar too. Every other proxy sees no address."""
    sidecar = document("Sidecar", "s", {"egress": [{"hosts": ["./*"]}]})
    cases: tuple[tuple[dict[str, Any], bool | None, tuple[str, ...]], ...] = (
        ({}, True, ()),
        ({"DNS_CAPTURE": "true"}, None, ()),
        ({"DNS_CAPTURE": "true"}, True, (ADDRESS,)),
        ({"DNS_CAPTURE": True, "DNS_AUTO_ALLOCATE": True}, False, (ADDRESS,)),
    )
    for text in (DB, DB + sidecar):
        for metadata, setting, expected in cases:
            graph = graph_of(text)
            graph.set_input(IP_AUTOALLOCATE, setting)
            vantage = scope(graph, **metadata).vantage
            found = graph.derive(service_named, SeenHost(vantage, HOST.host))
            assert found is not None
            assert found.addresses == expected
            assert [item.allocated for item in graph.derive(visible_hosts, vantage)] == [bool(expected)]
