"""What runs on Java is got whole or not at all, and who cannot get it is told what to install."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.components.building import COMPONENTS, build, jars
from tests.components.cached import BuildError
from tests.components.jars import Jars

KAFKA = "kafka-4.1.2"


@pytest.fixture(autouse=True)
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the one folder on the path; the cache is empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for needed in ("sh", "cat"):
        (folder / needed).symlink_to(
            next(path for path in (Path("/bin", needed), Path("/usr/bin", needed)) if path.exists())
        )
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("GALLEY_COMPONENTS", str(tmp_path / "cache"))
    return folder


def tool(folder: Path, name: str, script: str) -> None:
    """Put a program on the path."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def java(folder: Path, version: str) -> None:
    """Put a Java on the path, which says its version as they do."""
    tool(folder, "java", f"echo 'openjdk version \"{version}\" 2025-04-15' >&2")


def get() -> None:
    """Get Kafka."""
    build(COMPONENTS[KAFKA], lambda _: None)


def test_without_java_one_is_told_what_to_install() -> None:
    """At once, and by name."""
    with pytest.raises(BuildError, match=r"Java 17 or newer .*no `java` on the path"):
        get()


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2"])
def test_an_old_java_is_told(tools: Path, version: str) -> None:
    """With its version."""
    java(tools, version)
    found = version.removeprefix("1.").partition(".")[0]
    with pytest.raises(BuildError, match=f"Java 17 or newer, and `java` on the path is Java {found}$"):
        get()


def test_without_maven_one_is_told_what_to_install(tools: Path) -> None:
    """Likewise."""
    java(tools, "17.0.15")
    with pytest.raises(BuildError, match=r"Maven .* no `mvn` on the path"):
        get()


def test_what_maven_says_is_told(tools: Path) -> None:
    """With a hint at where its registries are set."""
    java(tools, "21")
    tool(tools, "mvn", "echo '[ERROR] no such host'; exit 1")
    with pytest.raises(BuildError, match=r"(?s)mirrors in settings\.xml.*no such host"):
        get()


def test_jars_that_are_not_the_ones_that_are_meant_are_refused(tools: Path, tmp_path: Path) -> None:
    """Nothing of them stays, so that the next try begins anew."""
    java(tools, "17.0.15")
    tool(tools, "mvn", 'for last; do :; done; echo evil > "${last#-DoutputDirectory=}/kafka_2.13-4.1.2.jar"')
    with pytest.raises(BuildError, match=r"not the ones that 4\.1\.2\.sha256 lists: .*kafka_2\.13-4\.1\.2\.jar"):
        get()
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]
    with pytest.raises(BuildError, match=r"kafka 4\.1\.2 is not there: run `make components`"):
        jars("kafka", "4.1.2")


def test_every_version_has_its_own_folder() -> None:
    """And another list of digests, another one."""
    folders = {component.folder for component in COMPONENTS.values() if isinstance(component, Jars)}
    assert len(folders) == 2
    assert os.environ["GALLEY_COMPONENTS"] in str(folders)
