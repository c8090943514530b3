"""Getting what runs on Java with Maven, once: the jars of a `pom.xml`, each held to its digest in `VERSION.sha256`."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.components.cached import HERE, BuildError, cache

_JAVA: Final = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Jars:
    """What one version of a component runs on: all that its `pom.xml` names, and all that this needs."""

    component: str
    version: str

    @property
    def name(self) -> str:
        """The component with its version."""
        return f"{self.component}-{self.version}"

    @property
    def module(self) -> Path:
        """The folder with `pom.xml` and the digests."""
        return HERE / self.component

    @property
    def folder(self) -> Path:
        """Where the jars of exactly this version are, once they were got."""
        digest = sha256((self.module / "pom.xml").read_bytes() + self._digests().read_bytes())
        return cache() / f"{self.name}-{digest.hexdigest()[:16]}"

    def need_tools(self) -> None:
        """Raise BuildError where Java is missing or too old, or Maven is missing and wanted."""
        version = _java_version()
        if version is None:
            raise BuildError(_missing("java", f"Java {_JAVA} or newer (Debian: openjdk-17-jre-headless)"))
        if version < _JAVA:
            msg = f"{self.component} needs Java {_JAVA} or newer, and `java` on the path is Java {version}"
            raise BuildError(msg)
        if not self.folder.exists() and shutil.which("mvn") is None:
            raise BuildError(_missing("mvn", "Maven (Debian: maven)"))

    def get(self, into: Path) -> None:
        """Copy the jars; raise BuildError where one cannot be had, or is not the one that is meant."""
        arguments = (
            *("mvn", "--batch-mode", "--quiet", "--strict-checksums", "--file", str(self.module / "pom.xml")),
            *(f"-Dcomponent.version={self.version}", "dependency:copy-dependencies", "-DincludeScope=runtime"),
            f"-DoutputDirectory={into}",
        )
        done = subprocess.run(arguments, check=False, capture_output=True, text=True)
        if done.returncode:
            last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-10:])
            msg = f"`mvn` in {self.module} failed; is a repository in reach (mirrors in settings.xml)?\n{last}"
            raise BuildError(msg)
        self._check({jar.name: sha256(jar.read_bytes()).hexdigest() for jar in into.iterdir()})

    def _check(self, found: dict[str, str]) -> None:
        lines = (line.split() for line in self._digests().read_text().splitlines())
        meant = {name: digest for digest, name in lines}
        if wrong := sorted(name for name in meant.keys() | found.keys() if meant.get(name) != found.get(name)):
            msg = f"jars of {self.name} are not the ones that {self._digests().name} lists: {', '.join(wrong)}"
            raise BuildError(msg)

    def _digests(self) -> Path:
        return self.module / f"{self.version}.sha256"


def _missing(tool: str, what: str) -> str:
    return (
        f"the component tests need {what} for a Kafka broker, and there is no `{tool}` on the path: "
        "install it, and run this again"
    )


def _java_version() -> int | None:
    """Return the major version of the `java` on the path; None where there is none that runs."""
    try:
        said = subprocess.run(["java", "-version"], check=True, capture_output=True, text=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None
