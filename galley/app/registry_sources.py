"""The sources that follow registries of services, as the settings ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.consul.catalogue import ConsulCatalogue
from galley.sources.marathon.apps import MarathonApps
from galley.sources.nomad.services import NomadServices
from galley.sources.platform.objects import Home
from galley.sources.platform.source import PlatformSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.settings.registry_access import RegistryAccess
    from galley.settings.settings import Settings
    from galley.sources.platform.source import Followed


def registry_sources(settings: Settings) -> list[PlatformSource]:
    """Return a source for each registry: by its own name, else `consul`, `consul-2`, `consul-3`, in their order."""
    wanted = settings.sources
    return [
        *_sources("consul", ((access, ConsulCatalogue(access)) for access in wanted.consul)),
        *_sources("nomad", ((access, NomadServices(access)) for access in wanted.nomad)),
        *_sources("marathon", ((access, MarathonApps(access)) for access in wanted.marathon)),
    ]


def _sources(kind: str, registries: Iterable[tuple[RegistryAccess, Followed]]) -> list[PlatformSource]:
    return [
        PlatformSource(
            registry, Home(access.name or (kind if number == 1 else f"{kind}-{number}"), access.namespace), kind
        )
        for number, (access, registry) in enumerate(registries, 1)
    ]
