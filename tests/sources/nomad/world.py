"""`NomadWorld`: the services of one job of a real Nomad, as the contract changes them.

A job's task runs as long as it has services; Nomad changes services in place, and all that is new at once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from galley.settings.nomad import NomadSettings
from galley.sources.nomad.services import NomadServices
from galley.sources.platform.objects import Home
from galley.sources.platform.source import PlatformSource
from tests.sources.platform.registry_world import RegistryWorld

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.contract import Source
    from tests.components.nomad_agent import Nomad
    from tests.sources.cutting import Cutting

PORTS = 1_000


class NomadWorld(RegistryWorld):
    """Services that one task of a job has."""

    def __init__(self, agent: Nomad, proxy: Cutting | None = None, management: str = "", **settings: object) -> None:
        """Begin without services; `proxy` is the way to the agent, `management` a token that may change jobs."""
        self.agent = agent
        self._management = management
        self._proxy = proxy
        address = f"http://127.0.0.1:{proxy.port}" if proxy else agent.url
        self._settings = NomadSettings.model_validate({"address": address, **settings})
        self.services: dict[str, dict[str, Any]] = {}
        self.submit()

    def source(self) -> Source:
        """See `World`."""
        return PlatformSource(NomadServices(self._settings), Home("nomad", "default"), "nomad")

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`: one version of the job."""
        for name, value in objects.items():
            if value is None:
                del self.services[name]
            else:
                self.services[name] = service(name, tags=[f"value={value}"])
        self.submit()

    def spoil(self, name: str) -> None:
        """See `World`: an address that nobody can reach."""
        self.services[name] = service(name, address="no such place!")
        self.submit()

    def lose(self) -> None:
        """See `World`."""
        assert self._proxy is not None
        self._proxy.lose()

    def find(self) -> None:
        """See `World`."""
        assert self._proxy is not None
        self._proxy.find()

    def submit(self) -> None:
        """Submit the job, and wait until its services are registered as it says."""
        self.agent.call("POST", "/v1/jobs", {"Job": _job(list(self.services.values()))}, self._management)
        wanted = sorted((one["Name"], one["Address"], sorted(one["Tags"])) for one in self.services.values())
        end = time.monotonic() + 30
        while self._registered() != wanted:
            assert time.monotonic() < end, "Nomad does not register the services"
            time.sleep(0.01)

    def _get(self, path: str) -> Any:  # noqa: ANN401  JSON
        return self.agent.call("GET", path, token=self._management)

    def _registered(self) -> list[tuple[str, str, list[str]]]:
        names = {one["ServiceName"] for group in self._get("/v1/services") for one in group["Services"]}
        found = [one for name in names for one in self._get(f"/v1/service/{name}")]
        return sorted((one["ServiceName"], one["Address"], sorted(one["Tags"])) for one in found)


def service(name: str, *, port: int = 0, address: str = "10.0.0.1", tags: list[str] | None = None) -> dict[str, Any]:
    """A service of a task; `port` is one of the task's, counted from 0."""
    return {
        "Name": name,
        "Provider": "nomad",
        "PortLabel": f"p{port}",
        "AddressMode": "auto",
        "Address": address,
        "Tags": tags or [],
    }


def _job(services: list[dict[str, Any]]) -> dict[str, Any]:
    task = {
        "Name": "sleep",
        "Driver": "raw_exec",
        "Config": {"command": "/bin/sleep", "args": ["3600"]},
        "Resources": {"CPU": 10, "MemoryMB": 10},
        "Services": services,
    }
    ports = [{"Label": f"p{number}", "Value": 10_000 + number} for number in range(PORTS)]
    group = {"Name": "group", "Count": 1, "Networks": [{"Mode": "host", "ReservedPorts": ports}], "Tasks": [task]}
    return {"ID": "mesh", "Datacenters": ["dc1"], "Type": "service", "TaskGroups": [group]}
