"""Settings of the Consul source: `sources.consul`, one for each datacentre."""

from __future__ import annotations

from pydantic import Field

from galley.settings.branch import Several
from galley.settings.registry_access import Name, RegistryAccess, Url


class ConsulSettings(RegistryAccess):
    """An agent or server, and which part of its catalogue."""

    address: Url = "http://127.0.0.1:8500"
    datacenter: str = Field(default="", description="another datacentre than the agent's own")
    consul_namespace: str = Field(default="", description="a namespace of Consul Enterprise")
    partition: str = Field(default="", description="an admin partition of Consul Enterprise")
    domain: Name = "consul"
    datacenter_hosts: bool = Field(default=False, description="hosts are NAME.service.DATACENTER.DOMAIN")
    exclude: Several[str] = Field(default=("consul",), description="services that are left out")
    stale: bool = Field(default=True, description="let any server answer, not only the leader")
    watches: int = Field(default=150, ge=1, le=10_000, description="services that are each watched by a connection")
