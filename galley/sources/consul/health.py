"""What Consul answers about a service (`/v1/health/service/NAME`), as an account of it. Pure.

Source: Consul's HTTP API, "Health"; the meaning of tags and meta is that of Istio's adapter for Consul (release 1.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from galley.documents.reading import Read
from galley.sources.platform.account import Account, unreadable
from galley.sources.platform.choice import Wish, chosen, host_of
from galley.sources.platform.lost import Unusable
from galley.sources.platform.names import usable_label
from galley.sources.platform.objects import objects_of
from galley.sources.platform.service import Instance, Port, Service
from pipeline.model import codes_registry as codes
from schemas.rules.addresses import is_ip
from schemas.rules.names import fqdn_problem
from schemas.rules.ports import port_problem

if TYPE_CHECKING:
    from galley.settings.consul import ConsulSettings
    from galley.sources.platform.choice import Chosen
    from galley.sources.platform.objects import Home
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key

_OWN_PROXIES: Final = frozenset(
    {"connect-proxy", "mesh-gateway", "terminating-gateway", "ingress-gateway", "api-gateway"}
)
"""Kinds of Consul's own data plane, which is no service of anybody's."""

_MOST_INSTANCES: Final = 20_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _Locality(_Part):
    region: str = Field(default="", alias="Region")
    zone: str = Field(default="", alias="Zone")


class _Weights(_Part):
    passing: int = Field(default=1, alias="Passing")
    warning: int = Field(default=1, alias="Warning")


class _Node(_Part):
    name: str = Field(alias="Node")
    address: str = Field(default="", alias="Address")
    datacenter: str = Field(default="", alias="Datacenter")
    locality: _Locality | None = Field(default=None, alias="Locality")


class _Service(_Part):
    identity: str = Field(alias="ID")
    kind: str = Field(default="", alias="Kind")
    tags: list[str] | None = Field(default=None, alias="Tags")
    address: str = Field(default="", alias="Address")
    port: int = Field(default=0, alias="Port")
    meta: dict[str, str] | None = Field(default=None, alias="Meta")
    weights: _Weights = Field(default=_Weights(), alias="Weights")
    locality: _Locality | None = Field(default=None, alias="Locality")


class _Check(_Part):
    status: str = Field(default="", alias="Status")


class Entry(_Part):
    """One instance."""

    node: _Node = Field(alias="Node")
    service: _Service = Field(alias="Service")
    checks: list[_Check] | None = Field(default=None, alias="Checks")

    @property
    def identity(self) -> str:
        """What is unique among the instances of a service."""
        return f"{self.node.name}/{self.service.identity}"

    @property
    def address(self) -> str:
        """Where it is: the service's own address, else its node's."""
        return self.service.address or self.node.address

    @property
    def status(self) -> str:
        """The worst that a check says."""
        found = {check.status for check in self.checks or ()}
        return "passing" if found <= {"passing"} else "warning" if found <= {"passing", "warning"} else "critical"

    @property
    def problem(self) -> str:
        """Why it cannot be used; empty where it can."""
        if not is_ip(self.address) and fqdn_problem(self.address):
            return f"its address `{self.address[:80]}` is neither an IP address nor a host name"
        return port_problem(self.service.port) if self.service.port else ""


class _Sorted(NamedTuple):
    """The instances of a service: the good, and what is wrong with the others, whom that holds (None: anybody)."""

    good: list[Entry]
    faults: list[Diagnostic]
    held: set[Key] | None


def account_of(name: str, data: object, settings: ConsulSettings, home: Home) -> Account | None:
    """Return the account of a service from an answer's JSON, None where it has no instances; raise Unusable."""
    if not isinstance(data, list) or len(data) > _MOST_INSTANCES:
        raise Unusable("the answer is no list of instances, or one that is too long")
    if not data:
        return None
    entries = _sorted(name, data, home)
    if entries.faults and not entries.good:
        return Account(faults=tuple(entries.faults), held=None)
    service = chosen((_wish(entry) for entry in entries.good), settings.default_port, home, name)
    found: tuple[Read, ...] = ()
    if service is not None:
        found = _objects(name, service, entries.good, settings, home)
    held = None if entries.held is None else frozenset(entries.held)
    return Account(objects=found, faults=tuple(entries.faults), held=held)


def _sorted(name: str, data: list[object], home: Home) -> _Sorted:
    good: list[Entry] = []
    faults: list[Diagnostic] = []
    held: set[Key] | None = set()
    for raw in data:
        try:
            entry = Entry.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(step) for step in first["loc"]) or "it"
            text = f"an instance of {name} is not as in Consul's API: {where}: {first['msg']}"
            faults.append(unreadable(home, name, codes.UNUSABLE_INSTANCE, text))
            held = None
            continue
        if entry.service.kind in _OWN_PROXIES:
            continue
        if problem := entry.problem:
            text = f"the instance {entry.service.identity} of {name} on {entry.node.name} cannot be used: {problem}"
            faults.append(unreadable(home, name, codes.UNUSABLE_INSTANCE, text))
            if held is not None:
                held.add(home.instance_key(name, entry.identity))
            continue
        good.append(entry)
    good.sort(key=lambda entry: entry.identity)
    faults.sort(key=lambda fault: fault.message)
    return _Sorted(good, faults, held)


def _wish(entry: Entry) -> Wish:
    meta = entry.service.meta or {}
    asked = meta.get("port", "")
    number = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 6 else 0  # noqa: PLR2004  digits
    external = meta.get("external", "").lower() not in {"", "false", "0"}
    return Wish(entry.service.port, 0 if port_problem(number) else number, meta.get("protocol", ""), external)


def _objects(
    name: str, service: Chosen, entries: list[Entry], settings: ConsulSettings, home: Home
) -> tuple[Read, ...]:
    datacenter = settings.datacenter or next((entry.node.datacenter for entry in entries), "")
    middle = f"service.{datacenter}" if settings.datacenter_hosts and datacenter else "service"
    host, notes = host_of(name, f"{middle}.{settings.domain}", home, name)
    port = Port(service.number, service.protocol, service.protocol.upper())
    instances = tuple(_instance(entry, service.number) for entry in entries if entry.status != "critical")
    made = objects_of(
        Service(qualified=name, host=host, ports=(port,), external=service.external, instances=instances), home
    )
    return tuple(Read(resource, (*service.notes, *notes) if not at else ()) for at, resource in enumerate(made))


def _instance(entry: Entry, number: int) -> Instance:
    pairs = (tag.split("|", 1) for tag in entry.service.tags or () if "|" in tag)
    labels = {key: value for key, value in pairs if usable_label(key, value)}
    weights = entry.service.weights
    weight = weights.warning if entry.status == "warning" else weights.passing
    return Instance(
        identity=entry.identity,
        address=entry.address,
        ports=(entry.service.port or number,),
        labels=tuple(sorted(labels.items())),
        locality=_locality(entry),
        weight=weight if weight > 1 else 0,
    )


def _locality(entry: Entry) -> str:
    """Return the place that the instance or its node names, else the datacentre."""
    for place in (entry.service.locality, entry.node.locality):
        if place is not None and place.region:
            return f"{place.region}/{place.zone}" if place.zone else place.region
    return entry.node.datacenter
