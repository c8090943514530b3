"""`ConsulWorld`: the catalogue of a real Consul, as the contract changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from galley.settings.consul import ConsulSettings
from galley.sources.consul.catalogue import ConsulCatalogue
from galley.sources.platform.objects import Home
from galley.sources.platform.source import PlatformSource
from tests.sources.platform.registry_world import RegistryWorld

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.contract import Source
    from tests.components.consul_agent import Consul

NODE = "away"


class ConsulWorld(RegistryWorld):
    """Services on a node of their own, which no agent keeps in step with what it thinks."""

    def __init__(self, agent: Consul, management: str = "", **settings: object) -> None:
        """Empty the catalogue; `management` is a token that may do that."""
        self.agent = agent
        self._management = management
        self._settings = ConsulSettings.model_validate({"address": agent.url, **settings})
        self._put("/v1/catalog/deregister", {"Node": NODE})
        self._put("/v1/catalog/register", {"Node": NODE, "Address": "10.0.0.1"})

    def source(self) -> Source:
        """See `World`."""
        return PlatformSource(ConsulCatalogue(self._settings), Home("consul", "default"), "consul")

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`: one transaction."""
        self.transact(
            *(
                deregistration(name) if value is None else registration(name, Tags=[f"value|{value}"])
                for name, value in objects.items()
            )
        )

    def transact(self, *operations: dict[str, Any]) -> None:
        """Change the catalogue, at one index for every 60 operations."""
        for begin in range(0, len(operations), 60):
            self._put("/v1/txn", operations[begin : begin + 60])

    def check(self, service: str, identity: str, status: str) -> None:
        """Give an instance's check a status."""
        check = {"Node": NODE, "CheckID": f"check:{identity}", "Name": "up", "ServiceID": identity, "Status": status}
        self.transact({"Check": {"Verb": "set", "Check": {**check, "ServiceName": service}}})

    def spoil(self, name: str) -> None:
        """See `World`: an address that nobody can reach."""
        self.transact(registration(name, Address="no such place!"))

    def lose(self) -> None:
        """See `World`."""
        self.agent.stop()

    def find(self) -> None:
        """See `World`."""
        self.agent.start()

    def _put(self, path: str, body: object) -> None:
        self.agent.put(path, body, self._management)


def registration(name: str, identity: str = "", **service: object) -> dict[str, Any]:
    """The operation of a transaction that registers an instance."""
    what = {"ID": identity or name, "Service": name, "Port": 8080, **service}
    return {"Service": {"Verb": "set", "Node": NODE, "Service": what}}


def deregistration(name: str, identity: str = "") -> dict[str, Any]:
    """The operation of a transaction that deregisters an instance."""
    what = {"ID": identity or name, "Service": name}
    return {"Service": {"Verb": "delete", "Node": NODE, "Service": what}}
