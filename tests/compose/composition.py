"""The compose files as data: services, the settings that each Galley of them starts with, who reaches whom.

Reads what stands there; runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml
from typer.main import get_command

from galley.app.cli.program import app
from galley.settings.load import load_settings
from galley.settings.settings import Settings
from tests.house.tree import Tree

FOLDER: Final = Tree.of_repository().root / "compose"


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume of a service: a file or folder of ours, a volume by name, or one that has none."""

    source: str
    target: str
    writable: bool

    @property
    def ours(self) -> bool:
        """Whether it is a file or folder of compose/."""
        return self.source.startswith(("./", "../"))


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, with the parts that tests ask for."""

    name: str
    tree: dict[str, Any] = field(repr=False)

    @property
    def image(self) -> str:
        """The image's name and tag."""
        return str(self.tree["image"])

    @property
    def is_galley(self) -> bool:
        """Whether it runs our image."""
        return self.image.startswith("galley:")

    @property
    def command(self) -> list[str]:
        """The arguments."""
        return [str(one) for one in self.tree.get("command", ())]

    @property
    def mounts(self) -> list[Mount]:
        """What is mounted."""
        return [_mount(one) for one in self.tree.get("volumes", ())]

    @property
    def networks(self) -> dict[str, list[str]]:
        """Its networks, each with the further names that it has there."""
        found = self.tree.get("networks") or ["default"]
        if isinstance(found, list):
            return {name: [] for name in found}
        return {name: (more or {}).get("aliases", []) for name, more in found.items()}

    def file(self, target: str) -> Path:
        """The file of ours that a path inside is."""
        path = PurePosixPath(target)
        for mount in self.mounts:
            if mount.ours and path.is_relative_to(mount.target):
                return (FOLDER / mount.source / path.relative_to(mount.target)).resolve()
        message = f"{self.name} has no {target}"
        raise AssertionError(message)

    @cached_property
    def settings(self) -> Settings:
        """The settings that `galley serve` starts with there: its own parser reads the flags."""
        name, *arguments = self.command
        serve = get_command(app).commands[name]  # type: ignore[attr-defined]  # a group has commands
        given = serve.make_context(name, arguments).params
        flags = {
            "sources.files": given["files"] or None,
            "data": given["data"],
            "engine": given["engine"],
            "roles": tuple(given["roles"].split(",")) if given["roles"] else None,
        }
        file = self.file(str(given["settings"])) if given["settings"] else None
        set_ = {key: value for key, value in flags.items() if value is not None}
        return load_settings(file, self.tree.get("environment", {}), given["set_"] or (), set_)


@dataclass(frozen=True, kw_only=True)
class Composition:
    """A compose file."""

    path: Path
    tree: dict[str, Any] = field(repr=False)

    @cached_property
    def services(self) -> dict[str, Service]:
        """The services by name."""
        return {name: Service(name=name, tree=tree) for name, tree in self.tree["services"].items()}

    @property
    def galleys(self) -> list[Service]:
        """The services that run our image."""
        return [service for service in self.services.values() if service.is_galley]

    @property
    def envoys(self) -> list[Service]:
        """The services that run an Envoy."""
        return [service for service in self.services.values() if service.image.startswith("envoyproxy/")]

    def named(self, host: str, asking: Service) -> Iterator[Service]:
        """The services that a name leads to for another one: by its name or an alias, on a network of both."""
        for service in self.services.values():
            shared = service.networks.keys() & asking.networks.keys()
            if any(host == service.name or host in service.networks[network] for network in shared):
                yield service


def composition(name: str) -> Composition:
    """Read a compose file of compose/."""
    path = FOLDER / name
    return Composition(path=path, tree=yaml.safe_load(path.read_text()))


def _mount(text: str) -> Mount:
    parts = text.split(":")
    source, target = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    return Mount(source=source, target=target, writable="ro" not in parts[2:])


SINGLE: Final = composition("compose.yaml")
KAFKA: Final = composition("compose.kafka.yaml")
COMPOSITIONS: Final = {found.path.name: found for found in (SINGLE, KAFKA)}
SERVICES: Final = {
    f"{name}:{service.name}": service for name, found in COMPOSITIONS.items() for service in found.services.values()
}
