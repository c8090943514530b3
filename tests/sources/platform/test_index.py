"""What the headers of a blocking query say."""

from __future__ import annotations

import httpx
import pytest

from galley.sources.platform.index import check_leader, index_of, next_index
from galley.sources.platform.lost import Lost


def headers(name: str, value: str) -> httpx.Headers:
    """Return the headers of an answer, whose bytes may be any."""
    return httpx.Headers([(name.encode(), value.encode())])


@pytest.mark.parametrize("registry", ["Consul", "Nomad"])
def test_indexes(registry: str) -> None:
    """Backwards is anew, 0 does not wait, and an answer without one is not the registry's."""
    name = f"x-{registry.lower()}-index"
    assert index_of(headers(name, "17"), registry) == 17
    assert (next_index(5, 6), next_index(5, 5), next_index(5, 4), next_index(5, 0)) == (6, 5, 0, 0)
    for text in ("", "x", "-1", "\N{SUPERSCRIPT TWO}"):
        with pytest.raises(Lost, match=f"no {registry}"):
            index_of(headers(name, text), registry)


def test_a_server_without_a_leader_is_not_believed() -> None:
    """One that says nothing of it is."""
    check_leader(httpx.Headers(), "Consul", "http://c")
    check_leader(headers("x-consul-knownleader", "true"), "Consul", "http://c")
    with pytest.raises(Lost, match="http://c knows no leader"):
        check_leader(headers("x-consul-knownleader", "false"), "Consul", "http://c")
