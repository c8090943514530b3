"""Getting components, once: into a cache folder, under the digest of what decides the result; most with Go."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.components.cached import HERE, BuildError, cache, once
from tests.components.jars import Jars


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What one `go.mod` builds: programs by name, each a Go package. `stamp` is the module whose version they show.

    `folders` are taken as they are: each by name, with its module and its path there.
    """

    name: str
    programs: tuple[tuple[str, str], ...] = ()
    cgo: bool = False
    stamp: str = ""
    folders: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)

    @property
    def module(self) -> Path:
        """The folder with `go.mod` and `go.sum`."""
        return HERE / self.name

    @property
    def folder(self) -> Path:
        """Where the programs of exactly this version are, once they are built."""
        digest = sha256(repr(self).encode() + f"{platform.system()} {platform.machine()}".encode())
        digest.update(repr(self.folders).encode() if self.folders else b"")
        for file in ("go.mod", "go.sum"):
            digest.update((self.module / file).read_bytes())
        return cache() / f"{self.name}-{digest.hexdigest()[:16]}"


COMPONENTS: Final[dict[str, Component | Jars]] = {
    component.name: component
    for component in (
        Component(
            name="kube",
            programs=(
                ("etcd", "go.etcd.io/etcd/server/v3"),
                ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
            ),
            stamp="k8s.io/kubernetes",
        ),
        Component(name="consul", programs=(("consul", "github.com/hashicorp/consul"),)),
        Component(name="nomad", programs=(("nomad", "github.com/hashicorp/nomad"),), cgo=True),
        Component(
            name="helm",
            programs=(
                ("helm", "helm.sh/helm/v3/cmd/helm"),
                ("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform"),
            ),
        ),
        Component(name="compose", programs=(("compose", "github.com/compose-spec/compose-go/v2/cmd"),)),
        Component(name="gateway-api", folders=(("crd", "sigs.k8s.io/gateway-api", "config/crd/standard"),)),
        Jars(component="kafka", version="4.1.2"),
        Jars(component="kafka", version="3.9.1"),
    )
}


def jars(component: str, version: str) -> Path:
    """Return the folder of jars that were got; raise BuildError, with the remedy, where they were not."""
    path = COMPONENTS[f"{component}-{version}"].folder
    if not path.exists():
        msg = f"{component} {version} is not there: run `make components` (it needs Java and Maven)"
        raise BuildError(msg)
    return path


def program(component: str, name: str = "") -> Path:
    """Return a program that is built; raise BuildError, with the remedy, where it is not."""
    path = COMPONENTS[component].folder / (name or component)
    if not path.exists():
        msg = f"{path.name} is not built: run `make components` (it needs Go, and a few minutes once)"
        raise BuildError(msg)
    return path


def build(component: Component | Jars, tell: Callable[[str], None]) -> None:
    """Build a component unless that was done before; of several who want to, one does and the others wait."""
    need_tools(component)
    if component.folder.exists():
        return
    if isinstance(component, Jars):
        tell(f"getting {component.name} with Maven; this is done once")
        once(component.folder, component.get)
        return
    tell(f"building {component.name}; this takes minutes, and is done once")
    once(component.folder, lambda into: _build(component, into))


def _build(component: Component, into: Path) -> None:
    for name, package in component.programs:
        _go(component, "build", "-trimpath", "-ldflags", _flags(component), "-o", str(into / name), package)
    for name, module, path in component.folders:
        found = json.loads(_go(component, "mod", "download", "-json", module))
        (into / name).mkdir()
        for file in Path(found["Dir"], path).iterdir():
            shutil.copyfile(file, into / name / file.name)


def need_tools(component: Component | Jars) -> None:
    """Raise BuildError where a tool is missing that builds a component which is not built yet, or that it runs on."""
    if isinstance(component, Jars):
        component.need_tools()
        return
    if component.folder.exists():
        return
    if shutil.which("go") is None:
        msg = (
            "the component tests need Go to build what they run against, and there is no `go` on the path: "
            "install Go 1.26 or newer from your distribution or from go.dev, and run this again"
        )
        raise BuildError(msg)
    if component.cgo and not any(shutil.which(compiler) for compiler in (os.environ.get("CC") or "cc", "gcc", "clang")):
        msg = f"{component.name} needs a C compiler besides Go: install gcc or clang (Debian: gcc libc6-dev)"
        raise BuildError(msg)


def _flags(component: Component) -> str:
    flags = "-s -w"
    if component.stamp:
        version = _go(component, "list", "-m", "-f", "{{.Version}}", component.stamp).strip()
        major, minor, _ = version.removeprefix("v").split(".", 2)
        shown = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
        flags += "".join(f" -X k8s.io/component-base/version.{name}={value}" for name, value in shown.items())
    return flags


def _go(component: Component, *arguments: str) -> str:
    environment = {**os.environ, "CGO_ENABLED": "1" if component.cgo else "0", "GOWORK": "off"}
    done = subprocess.run(
        ["go", *arguments], cwd=component.module, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-10:])
        msg = f"`go {arguments[0]}` in {component.module} failed; is a module proxy in reach (GOPROXY)?\n{last}"
        raise BuildError(msg)
    return done.stdout
