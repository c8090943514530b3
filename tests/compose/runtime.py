"""`Runtime`: a compose file carried out, as far as that goes without Docker: networks, volumes, names, health, users.

Every container is one of `tests.compose.container`, with an address on each of its networks; names lead to addresses by
a file instead of by DNS. Commands, settings, bootstraps, health checks and users are those of the file and of the
images. Limits of memory and processors are not carried out. Needs Linux, and `ip` on the path; no root.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from tests.compose.composition import FOLDER, Composition, Mount, Service
from tests.compose.container import Bind, Container
from tests.compose.networks import Networks
from tests.compose.started import Started

_PATIENCE: Final = 60.0


class Imaged(Protocol):
    """An image that containers are made of."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that its containers start with, PATH among them."""

    @property
    def healthcheck(self) -> list[str]:
        """The command of its own health check, or nothing."""

    def program(self, command: list[str]) -> list[str]:
        """What process 1 is, for the arguments of a service."""

    def container(self, root: Path, *binds: Bind, folders: tuple[str, ...]) -> Container:
        """A container of it, whose root becomes an empty folder, with what a service mounts and has in memory."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A container of a service, with its address on each of its networks."""

    service: Service
    image: Imaged
    started: Started
    addresses: Mapping[str, str]

    @property
    def healthy(self) -> bool:
        """What the health check of the service says, or else that of its image."""
        kind, *command = self.service.tree["healthcheck"].get("test", ["CMD", *self.image.healthcheck])
        assert kind == "CMD"
        return self.started.first is not None and self.started.run(*command).returncode == 0

    def run(self, *program: str) -> str:
        """What a program prints that is run in it, as `docker compose exec` would; it must succeed."""
        done = self.started.run(*program)
        assert done.returncode == 0, done.stdout + done.stderr + self.started.said()
        return done.stdout

    def kill(self) -> None:
        """End it as a crash would."""
        self.started.send(signal.SIGKILL)
        self.started.wait(_PATIENCE)

    def stop(self) -> int:
        """End it as `docker stop` would, and give the exit code; it must be quicker than the file's grace."""
        self.started.send(signal.SIGTERM)
        return self.started.wait(float(self.service.tree.get("stop_grace_period", "10s").removesuffix("s")))


class Runtime:
    """A compose file that is up: its containers by name, `SERVICE-NUMBER`. `files` is a copy of compose/, to edit."""

    def __init__(self, composition: Composition, folder: Path, images: Mapping[str, Imaged]) -> None:
        """Make the networks; `images` are by the names that the file has for them, without a tag."""
        self.files = folder / "compose"
        self.containers: dict[str, Running] = {}
        self._composition = composition
        self._folder = folder
        self._images = images
        self._names = [
            f"{service.name}-{number}"
            for service in composition.services.values()
            for number in range(1, service.tree.get("scale", 1) + 1)
        ]
        shutil.copytree(FOLDER, self.files)
        names = sorted({name for service in composition.services.values() for name in service.networks})
        self._networks = Networks(names, folder / "networks.log")

    def up(self) -> None:
        """Bring up every container, once those services are healthy that it needs."""
        self.until(self._further, "healthy")

    def _further(self) -> bool:
        """Start what waits no longer, and say whether everything is healthy."""
        for name in self._names:
            needed = self._service(name).tree.get("depends_on", {})
            if name not in self.containers and all(self._is_healthy(service) for service in needed):
                self.start(name)
        return all(self._is_healthy(service) for service in self._composition.services)

    def start(self, name: str) -> None:
        """Start a container that does not run; one that ran before has left its volumes."""
        service = self._service(name)
        if earlier := self.containers.get(name):
            earlier.started.end()
        image = self._images[service.image.partition(":")[0]]
        root = self._folder / "roots" / name / str(time.monotonic_ns())
        binds = [self._bind(name, mount) for mount in service.mounts]
        folders = tuple(one.partition(":")[0] for one in service.tree["tmpfs"])
        container = replace(image.container(root, *binds, folders=folders), hostname=name)
        with (root / "etc/hosts").open("a") as hosts:
            hosts.writelines(f"{line}\n" for line in self._hosts(service))
        numbers = dict.fromkeys(service.networks, self._names.index(name) + 2)
        command = self._networks.command(container, numbers, image.program(service.command))
        environment = {**image.environment, **service.tree.get("environment", {})}
        started = Started(command, self._folder / f"{name}.log", environment)
        addresses = {network: self._networks.address(network, number) for network, number in numbers.items()}
        self.containers[name] = Running(service=service, image=image, started=started, addresses=addresses)

    def down(self) -> None:
        """End everything, whatever its state."""
        for container in reversed(self.containers.values()):
            container.started.end()
        self._networks.host.end()

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until something is true of containers that run."""
        ended = [one for one in self.containers.values() if not one.started.alive]
        last = time.monotonic() + _PATIENCE
        while not true():
            said = "".join(f"\n--- {name}\n{one.started.said()}" for name, one in self.containers.items())
            assert time.monotonic() < last, f"not {what}; {said}"
            assert all(one.started.alive or one in ended for one in self.containers.values()), f"not {what}; {said}"
            time.sleep(0.05)

    def _service(self, name: str) -> Service:
        return self._composition.services[name.rpartition("-")[0]]

    def _is_healthy(self, service: str) -> bool:
        of_it = [name for name in self._names if self._service(name).name == service]
        return all(name in self.containers and self.containers[name].healthy for name in of_it)

    def _bind(self, name: str, mount: Mount) -> Bind:
        if mount.ours:
            return Bind(source=self.files / mount.source, target=mount.target)
        volume = self._folder / "volumes" / (mount.source or f"{name}{mount.target.replace('/', '.')}")
        volume.mkdir(parents=True, exist_ok=True)
        return Bind(source=volume, target=mount.target, writable=mount.writable)

    def _hosts(self, asking: Service) -> Iterator[str]:
        """What the names of other services lead to, seen from one."""
        for number, name in enumerate(self._names, 2):
            service = self._service(name)
            for network in service.networks.keys() & asking.networks.keys():
                names = (service.name, *service.networks[network])
                yield f"{self._networks.address(network, number)} {' '.join(names)}"


@contextmanager
def carried_out(composition: Composition, folder: Path, images: Mapping[str, Imaged]) -> Iterator[Runtime]:
    """Carry a compose file out while the block runs; everything is healthy when it begins."""
    runtime = Runtime(composition, folder, images)
    try:
        runtime.up()
        yield runtime
    finally:
        runtime.down()
