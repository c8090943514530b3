"""What Nomad answers about a service (`/v1/service/NAME`), as an account of it. Pure.

Source: Nomad's HTTP API, "Services". Nomad lists an instance whatever its checks say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from galley.sources.platform.account import Account, reads_of
from galley.sources.platform.answer import Listed, address_problem, entries_of, is_yes, labels_of, number_of, pairs_of
from galley.sources.platform.choice import Wish, chosen, host_of
from galley.sources.platform.service import Instance, Port, Service

if TYPE_CHECKING:
    from galley.settings.nomad import NomadSettings
    from galley.sources.platform.choice import Chosen
    from galley.sources.platform.objects import Home


class Registration(Listed):
    """One instance."""

    registered: str = Field(alias="ID")
    datacenter: str = Field(default="", alias="Datacenter")
    job: str = Field(default="", alias="JobID")
    tags: list[str] | None = Field(default=None, alias="Tags")
    address: str = Field(default="", alias="Address")
    port: int = Field(default=0, alias="Port")

    @property
    def identity(self) -> str:
        """See `galley.sources.platform.answer.Listed`."""
        return self.registered

    @property
    def title(self) -> str:
        """See `galley.sources.platform.answer.Listed`."""
        return f"{self.registered} of job {self.job}"

    @property
    def problem(self) -> str:
        """See `galley.sources.platform.answer.Listed`."""
        return address_problem(self.address, self.port)

    @property
    def said(self) -> dict[str, str]:
        """The tags that are a key and a value."""
        return dict(pairs_of(self.tags or (), "="))


def place_of(namespace: str, name: str) -> str:
    """Return how a service is called among those of all namespaces: by its name alone in `default`."""
    return name if namespace == "default" else f"{name}/{namespace}"


def account_of(namespace: str, name: str, data: object, settings: NomadSettings, home: Home) -> Account | None:
    """Return the account of a service from an answer's JSON, None where it has no instances; raise Unusable."""
    place = place_of(namespace, name)
    entries = entries_of(Registration, data, home, place)
    if not entries.good:
        return Account(faults=entries.faults, held=None) if entries.faults else None
    service = chosen((_wish(entry, settings) for entry in entries.good), settings.default_port, home, place)
    if service is None:
        return Account(faults=entries.faults, held=entries.held)
    host, notes = host_of(name, f"{namespace}.service.{settings.domain}", home, place)
    objects = reads_of(_service(place, host, service, entries.good, settings), home, (*service.notes, *notes))
    return Account(objects=objects, faults=entries.faults, held=entries.held)


def _wish(entry: Registration, settings: NomadSettings) -> Wish:
    said = entry.said
    dynamic = settings.min_dynamic_port <= entry.port <= settings.max_dynamic_port
    external = is_yes(said.get("external", ""))
    return Wish(entry.port, number_of(said.get("port", "")), said.get("protocol", "") or "tcp", external, dynamic)


def _service(place: str, host: str, service: Chosen, entries: list[Registration], settings: NomadSettings) -> Service:
    port = Port(service.number, service.protocol, service.protocol.upper())
    instances = (
        Instance(
            identity=entry.identity,
            address=entry.address,
            ports=(entry.port or service.number,),
            labels=labels_of(entry.said.items()),
            locality="/".join(part for part in (settings.region, entry.datacenter) if part),
        )
        for entry in entries
    )
    return Service(qualified=place, host=host, ports=(port,), external=service.external, instances=tuple(instances))
