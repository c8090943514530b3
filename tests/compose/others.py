"""The images of others, played by what is on this machine: Envoy by that of the tests, Kafka by its release's jars.

They have the users, folders and ways of starting that these images have. Envoy's is a program and nothing more. Kafka's
makes its configuration of the variables by a class of the broker's own jars, as the image's script does, and formats
its storage; where the image logs by log4j, this one logs by what the jars of the tests have.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.components.building import jars
from tests.compose.container import PATH, Bind, Container
from tests.compose.image import write_etc
from tests.house.tree import Tree

_LAUNCH: Final = """\
said=$(java -cp '/opt/kafka/libs/*' kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
    --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1) \
    || grep -i 'already formatted' <<<"$said" || { echo "$said"; exit 1; }
exec java $KAFKA_HEAP_OPTS -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '/opt/kafka/libs/*' kafka.Kafka \
    /opt/kafka/config/server.properties
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvoyImage:
    """`envoyproxy/envoy`: the program is on the path, the user is named by the service."""

    environment: Mapping[str, str]
    healthcheck: list[str]
    envoy: Path
    user: int = 101

    def program(self, command: list[str]) -> list[str]:
        """The command as it is."""
        return command

    def container(self, root: Path, *binds: Bind, folders: tuple[str, ...]) -> Container:
        """A container of it."""
        write_etc(root, f"envoy:x:{self.user}:{self.user}::/home/envoy:/bin/bash")
        own = Bind(source=self.envoy, target="/opt/envoy")
        return Container(root=root, binds=(own, *binds), folders=folders, user=self.user)


def envoy_image() -> EnvoyImage:
    """The image with the Envoy of the tests."""
    python = Tree.of_repository().root / ".envoy/bin/python"
    found = subprocess.run(
        [python, "-c", "import envoy; print(envoy.__path__[0])"], check=True, capture_output=True, text=True
    )
    [program] = [path for path in Path(found.stdout.strip()).rglob("envoy") if path.is_file()]
    environment = {"PATH": f"/opt/envoy:{PATH}", "HOME": "/home/envoy"}
    return EnvoyImage(environment=environment, healthcheck=[], envoy=program.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaImage:
    """`apache/kafka`: starts by itself, of variables and of files in `/mnt/shared/config`."""

    environment: Mapping[str, str]
    healthcheck: list[str]
    version: str
    user: int = 1000

    def program(self, command: list[str]) -> list[str]:
        """The image's own; the service has no command."""
        assert not command
        return ["bash", "-c", _LAUNCH]

    def container(self, root: Path, *binds: Bind, folders: tuple[str, ...]) -> Container:
        """A container of it."""
        write_etc(root, f"appuser:x:{self.user}:{self.user}::/home/appuser:/bin/bash")
        defaults = root / "etc/kafka/docker"
        defaults.mkdir(parents=True)
        for name in ("log4j2.yaml", "tools-log4j2.yaml"):
            (defaults / name).write_text("Configuration: {Loggers: {Root: {level: INFO}, Logger: []}}\n")
        (root / "mnt/shared/config").mkdir(parents=True)
        own = Bind(source=jars("kafka", self.version), target="/opt/kafka/libs")
        java = [Bind(source=path, target=str(path)) for path in (_java().parents[1], *_CONFIGURATIONS)]
        return Container(root=root, binds=(own, *java, *binds), folders=folders, user=self.user)


def kafka_image(version: str) -> KafkaImage:
    """The image with a version's jars."""
    environment = {"PATH": f"{_java().parent}:{PATH}", "HOME": "/home/appuser"}
    return KafkaImage(environment=environment, healthcheck=[], version=version)


_CONFIGURATIONS: Final = tuple(Path("/etc").glob("java-*-openjdk"))
"""Where Debian has what its Javas only link to."""


def _java() -> Path:
    found = shutil.which("java")
    assert found is not None
    return Path(found).resolve()
