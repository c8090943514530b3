"""The sources that follow registries of services, as the settings ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.consul.catalogue import ConsulCatalogue
from galley.sources.platform.objects import Home
from galley.sources.platform.source import PlatformSource

if TYPE_CHECKING:
    from galley.settings.registry_access import RegistryAccess
    from galley.settings.settings import Settings


def registry_sources(settings: Settings) -> list[PlatformSource]:
    """Return a source for each registry: by its own name, else `consul`, `consul-2`, `consul-3`, in their order."""
    return [
        PlatformSource(ConsulCatalogue(access), _home(access, "consul", number), "consul")
        for number, access in enumerate(settings.sources.consul, 1)
    ]


def _home(access: RegistryAccess, kind: str, number: int) -> Home:
    return Home(access.name or (kind if number == 1 else f"{kind}-{number}"), access.namespace)
