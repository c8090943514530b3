"""A service as a registry knows it, in the words of none. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Port(NamedTuple):
    """A port that clients of the service use: its number, the name that instances know it by, its protocol."""

    number: int
    name: str
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance that takes requests. `identity` is unique in the service, and stays the same while it lives.

    `ports` are its own numbers, in the order of the service's ports; `locality` is `region/zone/subzone`; a `weight` of
    0 is the usual one.
    """

    identity: str
    address: str
    ports: tuple[int, ...]
    labels: tuple[tuple[str, str], ...] = ()
    locality: str = ""
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service and those of its instances that take requests. `qualified` is its name, unique in the registry."""

    qualified: str
    host: str
    ports: tuple[Port, ...]
    external: bool = False
    instances: tuple[Instance, ...] = ()
