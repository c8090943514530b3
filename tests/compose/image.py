"""The image as far as it comes without a registry of images: the Dockerfile's own steps over this machine's system.

The base image is this machine's system and interpreter; git and ssh are this machine's. The steps of the stage `build`
run as they stand, in a container of `tests.compose.container`; so does what the last stage says of command, user and
environment.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.compose.composition import FOLDER
from tests.compose.container import Bind, Container, python_of_this_machine, search_path
from tests.compose.dockerfile import Stage, stages
from tests.house.tree import Tree

ENVIRONMENT: Final = "/opt/galley"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What was built: the folder that has `/opt/galley`, and the last stage of the Dockerfile."""

    built: Path
    final: Stage

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a container of it starts with; runtimes set HOME as `/etc/passwd` has it."""
        return {"HOME": self.home, **variables(self.final)}

    @property
    def home(self) -> str:
        """The home of the image's user."""
        [home] = re.findall(r"useradd .*--home-dir (\S+)", self.final.all("RUN")[0])
        return str(home)

    @property
    def healthcheck(self) -> list[str]:
        """The command of its own health check."""
        return list(self.final.form("HEALTHCHECK"))

    def program(self, command: list[str]) -> list[str]:
        """What process 1 is, for the arguments of a container."""
        return [*self.final.form("ENTRYPOINT"), *command]

    def container(self, root: Path, *binds: Bind, folders: tuple[str, ...] = ("/tmp",)) -> Container:
        """A container of it, with a read-only root in an empty folder, the image's user and a network of its own."""
        user, _, _ = self.final.one("USER").partition(":")
        directory = self.final.one("WORKDIR")
        (root / directory[1:]).mkdir(parents=True)
        write_etc(root, f"galley:x:{user}:{user}::{self.home}:/usr/sbin/nologin")
        own = Bind(source=self.built / ENVIRONMENT[1:], target=ENVIRONMENT)
        always = (python_of_this_machine(), own)
        return Container(root=root, binds=(*always, *binds), folders=folders, user=int(user), directory=directory)


def write_etc(root: Path, user: str) -> None:
    """Write what a runtime and an image have in `/etc`: a user, and names of this container alone."""
    etc = root / "etc"
    etc.mkdir(parents=True)
    (etc / "passwd").write_text(user + "\n")
    (etc / "hosts").write_text("127.0.0.1 localhost\n")
    (etc / "nsswitch.conf").write_text("hosts: files\n")


def variables(stage: Stage) -> dict[str, str]:
    """What the `ENV` of a stage sets."""
    return dict(part.split("=", 1) for text in stage.all("ENV") for part in shlex.split(text))


def build(folder: Path) -> Image:
    """Run the steps of the stage `build` in an empty folder; a registry of Python packages is asked."""
    _, stage, final = stages()
    container = builder(folder)
    context(folder / "src")
    for text in stage.all("RUN"):
        run(container, text)
    return Image(built=folder, final=final)


def builder(folder: Path) -> Container:
    """The container that builds there: it may write, and reaches the network."""
    offered = [Path(one) for one in registry().get("PIP_FIND_LINKS", "").split() if Path(one).is_dir()]
    binds = [Bind(source=one, target=str(one)) for one in (Path("/etc"), *offered)]
    return Container(root=folder, binds=(python_of_this_machine(), *binds), networked=True)


def run(container: Container, text: str, **more: str) -> None:
    """Run a step of the stage `build`; it must succeed."""
    _, stage, _ = stages()
    environment = {**registry(), **variables(stage), "PATH": search_path(), "HOME": "/tmp", **more}
    done = subprocess.run(
        container.command("sh", "-c", text), env=environment, check=False, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]


def context(source: Path) -> None:
    """Copy what `docker build` would be given: what `.dockerignore` lets in."""
    tree = Tree.of_repository()
    allowed = {line[1:] for line in (FOLDER.parent / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name in tree.files:
        if name.split("/")[0] in allowed:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree.root / name, source / name)


def registry() -> dict[str, str]:
    """What pip is told on this machine of where packages come from, as variables."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    told = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        if not key.startswith(":env:"):
            told["PIP_" + key.partition(".")[2].replace("-", "_").upper()] = value.strip("'")
    return {**told, **{key: value for key, value in os.environ.items() if key.startswith("PIP_")}}
