"""`Chain`: what is done with the connections that match. Pure.

Envoy refuses a whole listener of which two filter chains match the same connection, so what a chain before has taken
is taken away from those after it, name by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_network
from itertools import product
from typing import Any, Final

from envoy.config.core.v3 import address_pb2
from envoy.config.listener.v3 import listener_components_pb2

HTTP_WORDS: Final = ("http/1.1", "h2c")
"""What the HTTP inspector calls plain HTTP."""
PLAIN: Final = "raw_buffer"
TLS: Final = "tls"
_Chain = listener_components_pb2.FilterChain


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which connections: by destination port (0: any), transport, application protocols, server names, CIDRs."""

    port: int = 0
    transport: str = ""
    protocols: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()

    @property
    def inspects_tls(self) -> bool:
        """Whether the TLS inspector must have looked."""
        return bool(self.names) or self.transport == TLS

    @property
    def inspects_http(self) -> bool:
        """Whether the HTTP inspector must have looked."""
        return self.protocols == HTTP_WORDS


ANY: Final = Match()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Network filters, for the connections that match; `socket` ends the client's TLS."""

    filters: tuple[Any, ...]
    match: Match = ANY
    name: str = ""
    socket: Any = None


def distinct(chains: Iterable[Chain]) -> tuple[Chain, ...]:
    """The chains without what a chain before them matches already; those with nothing left are left out."""
    taken: set[tuple[object, ...]] = set()
    found = []
    for chain in chains:
        match = _valid(chain.match)
        free = [name for name in match.names or ("",) if not taken & set(_atoms(match, name))]
        if free:
            match = replace(match, names=tuple(name for name in free if name))
            taken.update(atom for name in free for atom in _atoms(match, name))
            found.append(replace(chain, match=match))
    return tuple(found)


def filter_chain(chain: Chain) -> Any:  # noqa: ANN401  untyped messages
    """The chain's message."""
    built = _Chain(name=chain.name, filters=chain.filters, transport_socket=chain.socket)
    match = chain.match
    if match != ANY:
        built.filter_chain_match.CopyFrom(
            listener_components_pb2.FilterChainMatch(
                transport_protocol=match.transport,
                application_protocols=match.protocols,
                server_names=match.names,
                prefix_ranges=[_range(text) for text in match.ranges],
            )
        )
        if match.port:
            built.filter_chain_match.destination_port.value = match.port
    return built


def server_names(hosts: Iterable[str]) -> tuple[str, ...]:
    """Hosts as server names, sorted, each once; none for `*`, which is any name and also no name at all.

    A wildcard other than a leading `*.` is none that Envoy takes, and is left out.
    """
    found = {host.lower() for host in hosts}
    if "*" in found:
        return ()
    return tuple(sorted(host for host in found if host and "*" not in host.removeprefix("*.")))


def _atoms(match: Match, name: str) -> Iterator[tuple[object, ...]]:
    for protocol, cidr in product(match.protocols or ("",), match.ranges or ("",)):
        yield match.port, match.transport, protocol, name, cidr


def _valid(match: Match) -> Match:
    """The match with its CIDRs in their one form; one that is none is left out, and each is there once."""
    if not match.ranges:
        return match
    ranges = dict.fromkeys(str(cidr) for text in match.ranges if (cidr := _network(text)) is not None)
    return replace(match, ranges=tuple(ranges))


def _network(text: str) -> Any:  # noqa: ANN401  one of two classes
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _range(text: str) -> address_pb2.CidrRange:
    address, _, length = text.partition("/")
    out = address_pb2.CidrRange(address_prefix=address)
    out.prefix_len.value = int(length)
    return out
