"""Settings of the Marathon source: `sources.marathon`, one for each Marathon."""

from __future__ import annotations

from galley.settings.registry_access import Name, RegistryAccess, Url


class MarathonSettings(RegistryAccess):
    """A Marathon."""

    address: Url = "http://127.0.0.1:8080"
    domain: Name = "marathon"
