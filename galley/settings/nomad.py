"""Settings of the Nomad source: `sources.nomad`, one for each cluster or region."""

from __future__ import annotations

from pydantic import Field

from galley.settings.registry_access import Name, RegistryAccess, Url


class NomadSettings(RegistryAccess):
    """An agent, and which part of its services."""

    address: Url = "http://127.0.0.1:4646"
    region: str = Field(default="", description="another region than the agent's own; also the region of localities")
    nomad_namespace: str = Field(default="*", description="one namespace of Nomad; by default all that the token sees")
    domain: Name = "nomad"
    min_dynamic_port: int = Field(default=20_000, ge=0, le=65_535, description="as in the clients' configuration")
    max_dynamic_port: int = Field(default=32_000, ge=0, le=65_535, description="as in the clients' configuration")
    stale: bool = Field(default=True, description="let any server answer, not only the leader")
