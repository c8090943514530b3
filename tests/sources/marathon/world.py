"""`MarathonWorld`: apps of a server that speaks Marathon's API, as the contract changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from galley.settings.marathon import MarathonSettings
from galley.sources.marathon.apps import MarathonApps
from galley.sources.platform.objects import Home
from galley.sources.platform.source import PlatformSource
from tests.sources.platform.registry_world import RegistryWorld

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.contract import Source
    from tests.sources.marathon.marathon_server import MarathonServer


class MarathonWorld(RegistryWorld):
    """An app for each object, with one task."""

    def __init__(self, server: MarathonServer, **settings: object) -> None:
        """Begin with no apps."""
        self.server = server
        self._settings = MarathonSettings.model_validate({"address": server.url, **settings})

    def source(self) -> Source:
        """See `World`."""
        return PlatformSource(MarathonApps(self._settings), Home("marathon", "default"), "marathon")

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`."""
        for name, value in objects.items():
            if value is None:
                self.server.remove(f"/{name}")
            else:
                self.server.put(app(f"/{name}", task(f"{name}.1"), labels={"value": str(value)}))
        for name in objects:
            self.server.tell("status_update_event", appId=f"/{name}", taskId=f"{name}.1")

    def spoil(self, name: str) -> None:
        """See `World`: a host that nobody can reach."""
        self.server.put(app(f"/{name}", task(f"{name}.1", host="no such place!")))
        self.server.tell("status_update_event", appId=f"/{name}", taskId=f"{name}.1")

    def lose(self) -> None:
        """See `World`."""
        self.server.become(away=True)
        self.server.end_streams()

    def find(self) -> None:
        """See `World`."""
        self.server.become(away=False)


def app(identity: str, *tasks: dict[str, Any], **more: object) -> dict[str, Any]:
    """An app with a port."""
    ports = [{"port": 10_001, "protocol": "tcp", "name": "web", "labels": {"protocol": "http"}}]
    return {"id": identity, "portDefinitions": ports, "labels": {}, "tasks": list(tasks), **more}


def task(identity: str, host: str = "10.0.0.1", **more: object) -> dict[str, Any]:
    """A task that runs."""
    return {"id": identity, "host": host, "state": "TASK_RUNNING", "ports": [31_001], **more}
