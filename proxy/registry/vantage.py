"""`Vantage`: what decides which services a proxy sees and which rules apply to its traffic. Pure data.

Proxies that have the same vantage see the same hosts, so results keyed by it are shared.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.model.key import Key


class Vantage(NamedTuple):
    """A namespace, the Sidecar that applies (None: everything exported), and rules for this workload alone.

    `rules` are the DestinationRules of the namespace with a workloadSelector that selects the workload, the oldest
    first. `allocated` says that the proxy sends to addresses allocated to hosts without (`proxy.registry.allocation`).
    """

    namespace: str
    sidecar: Key | None = None
    rules: tuple[Key, ...] = ()
    allocated: bool = False


class SeenHost(NamedTuple):
    """A host as somebody at a vantage asks for it."""

    vantage: Vantage
    host: str


class VisibleHost(NamedTuple):
    """A host that is seen, the object that declares it, and the ports that are seen (None: all).

    `allocated` says that a service without an address is seen at the one allocated to it.
    """

    host: str
    service: Key
    ports: tuple[int, ...] | None = None
    allocated: bool = False


DEFAULT_VANTAGE = Vantage("default")
"""The vantage of a workload of the namespace `default` that nothing selects."""
