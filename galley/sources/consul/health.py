"""What Consul answers about a service (`/v1/health/service/NAME`), as an account of it. Pure.

Source: Consul's HTTP API, "Health"; the meaning of tags and meta is that of Istio's adapter for Consul (release 1.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from galley.sources.platform.account import Account, reads_of
from galley.sources.platform.answer import (
    Listed,
    Part,
    address_problem,
    entries_of,
    is_yes,
    labels_of,
    number_of,
    pairs_of,
)
from galley.sources.platform.choice import Wish, chosen, host_of
from galley.sources.platform.service import Instance, Port, Service

if TYPE_CHECKING:
    from galley.documents.reading import Read
    from galley.settings.consul import ConsulSettings
    from galley.sources.platform.choice import Chosen
    from galley.sources.platform.objects import Home

_OWN_PROXIES: Final = frozenset(
    {"connect-proxy", "mesh-gateway", "terminating-gateway", "ingress-gateway", "api-gateway"}
)
"""Kinds of Consul's own data plane, which is no service of anybody's."""


class _Locality(Part):
    region: str = Field(default="", alias="Region")
    zone: str = Field(default="", alias="Zone")


class _Weights(Part):
    passing: int = Field(default=1, alias="Passing", ge=0, le=65_535)
    warning: int = Field(default=1, alias="Warning", ge=0, le=65_535)


class _Node(Part):
    name: str = Field(alias="Node")
    address: str = Field(default="", alias="Address")
    datacenter: str = Field(default="", alias="Datacenter")
    locality: _Locality | None = Field(default=None, alias="Locality")


class _Service(Part):
    identity: str = Field(alias="ID")
    kind: str = Field(default="", alias="Kind")
    tags: list[str] | None = Field(default=None, alias="Tags")
    address: str = Field(default="", alias="Address")
    port: int = Field(default=0, alias="Port")
    meta: dict[str, str] | None = Field(default=None, alias="Meta")
    weights: _Weights | None = Field(default=None, alias="Weights")
    locality: _Locality | None = Field(default=None, alias="Locality")


class _Check(Part):
    status: str = Field(default="", alias="Status")


class Entry(Listed):
    """One instance."""

    node: _Node = Field(alias="Node")
    service: _Service = Field(alias="Service")
    checks: list[_Check] | None = Field(default=None, alias="Checks")

    @property
    def identity(self) -> str:
        """See `galley.sources.platform.answer.Listed`."""
        return f"{self.node.name}/{self.service.identity}"

    @property
    def title(self) -> str:
        """See `galley.sources.platform.answer.Listed`."""
        return f"{self.service.identity} on {self.node.name}"

    @property
    def problem(self) -> str:
        """See `galley.sources.platform.answer.Listed`."""
        return "" if self.service.kind in _OWN_PROXIES else address_problem(self.address, self.service.port)

    @property
    def address(self) -> str:
        """Where it is: the service's own address, else its node's."""
        return self.service.address or self.node.address

    @property
    def status(self) -> str:
        """The worst that a check says."""
        found = {check.status for check in self.checks or ()}
        return "passing" if found <= {"passing"} else "warning" if found <= {"passing", "warning"} else "critical"


def account_of(name: str, data: object, settings: ConsulSettings, home: Home) -> Account | None:
    """Return the account of a service from an answer's JSON, None where it has no instances; raise Unusable."""
    entries = entries_of(Entry, data, home, name)
    if not entries.good:
        return Account(faults=entries.faults, held=None) if entries.faults else None
    good = [entry for entry in entries.good if entry.service.kind not in _OWN_PROXIES]
    service = chosen((_wish(entry) for entry in good), settings.default_port, home, name)
    found = _objects(name, service, good, settings, home) if service is not None else ()
    return Account(objects=found, faults=entries.faults, held=entries.held)


def _wish(entry: Entry) -> Wish:
    meta = entry.service.meta or {}
    external = is_yes(meta.get("external", ""))
    return Wish(entry.service.port, number_of(meta.get("port", "")), meta.get("protocol", "") or "tcp", external)


def _objects(
    name: str, service: Chosen, entries: list[Entry], settings: ConsulSettings, home: Home
) -> tuple[Read, ...]:
    datacenter = settings.datacenter or next((entry.node.datacenter for entry in entries), "")
    middle = f"service.{datacenter}" if settings.datacenter_hosts and datacenter else "service"
    host, notes = host_of(name, f"{middle}.{settings.domain}", home, name)
    port = Port(service.number, service.protocol, service.protocol.upper())
    instances = tuple(_instance(entry, service.number) for entry in entries if entry.status != "critical")
    found = Service(qualified=name, host=host, ports=(port,), external=service.external, instances=instances)
    return reads_of(found, home, (*service.notes, *notes))


def _instance(entry: Entry, number: int) -> Instance:
    weights = entry.service.weights or _Weights()
    weight = weights.warning if entry.status == "warning" else weights.passing
    return Instance(
        identity=entry.identity,
        address=entry.address,
        ports=(entry.service.port or number,),
        labels=labels_of(pairs_of(entry.service.tags or (), "|")),
        locality=_locality(entry),
        weight=weight if weight > 1 else 0,
    )


def _locality(entry: Entry) -> str:
    """Return the place that the instance or its node names, else the datacentre."""
    for place in (entry.service.locality, entry.node.locality):
        if place is not None and place.region:
            return f"{place.region}/{place.zone}" if place.zone else place.region
    return entry.node.datacenter
