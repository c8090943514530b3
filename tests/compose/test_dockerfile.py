"""The image: pinned, of the locked packages, run by a user without rights; of one mind with settings and manifests."""

import re
from typing import Any

import yaml

from galley.settings.settings import Settings
from tests.compose.composition import FOLDER, Service
from tests.compose.dockerfile import stages
from tests.compose.test_compose_envoys import addresses_of
from tests.house.check_locks import PIN, WISH, normal
from tests.house.tree import PACKAGES, Tree

TREE = Tree.of_repository()
FIRST, BUILD, FINAL = stages()


def pins(lock: str) -> dict[str, str]:
    """The versions that a lock in requirements/ pins, by name."""
    lines = TREE.text(f"requirements/{lock}").splitlines()
    return {normal(match[1]): line.split()[0].split("==")[1] for line in lines if (match := PIN.match(line))}


def wishes(*lists: str) -> set[str]:
    """The names that lists in requirements/ wish for."""
    lines = [line for name in lists for line in TREE.text(f"requirements/{name}").splitlines()]
    return {normal(match[1]) for line in lines if (match := WISH.match(line))}


def test_every_stage_begins_with_one_pinned_image() -> None:
    """Its whole version is named, once; Python is the one that the locks were made for."""
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", FIRST.image)
    assert {BUILD.image, FINAL.image} == {FIRST.name}


def test_what_is_installed_is_locked() -> None:
    """What comes from a registry has a hash in a lock; the rest asks none, and the last stage installs nothing."""
    steps = [step for text in BUILD.all("RUN") for step in text.split(" && ")]
    asking = [step for step in steps if "/bin/pip " in step and not step.endswith(" check")]
    assert len(asking) == 4
    for step in asking:
        locked = " --require-hashes " in step and " -r /src/requirements/" in step
        assert locked or " --no-index --no-deps " in step
    assert not any("pip" in text for text in FINAL.all("RUN"))


def test_one_lock_has_every_extra() -> None:
    """The image's lock pins what the program and each extra wish for, at the versions that the tests run with."""
    lists = {name.split("/")[1] for name in TREE.files if name.startswith("requirements/") and name.endswith(".in")}
    wished = wishes(*(lists - {"dev.in", "build.in", "envoy.in", "node.in"}))
    image, tested = pins("image.lock"), pins("dev.lock")
    assert wished <= image.keys()
    shared = image.keys() - wishes("image.in")
    assert {name: tested.get(name) for name in shared} == {name: image[name] for name in shared}


def test_the_context_is_what_is_built_of() -> None:
    """`.dockerignore` lets the packages and what pyproject.toml reads in, and nothing else."""
    allowed = {line[1:] for line in TREE.text(".dockerignore").splitlines() if line.startswith("!")}
    assert allowed == {*PACKAGES, "requirements", "pyproject.toml", "README.md", "LICENSE"}


def test_the_user_has_no_rights_and_the_manifests_know_it() -> None:
    """A number, so that a cluster can see that it is not root; the same wherever a manifest repeats it."""
    user = FINAL.one("USER")
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    [pod] = [tree for tree in manifests() if tree["kind"] == "StatefulSet"]
    security = pod["spec"]["template"]["spec"]["securityContext"]
    assert user == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert f"runAsUser: {user.split(':')[0]}\n" in TREE.text("compose/helm/galley/templates/_pod.tpl")


def test_no_start_opens_the_authoritys_key() -> None:
    """A cluster that gives the volume's group all rights to every file, at every start, would have the key refused."""
    for name in ("kubernetes/galley.yaml", "helm/galley/templates/_pod.tpl"):
        assert "fsGroupChangePolicy: OnRootMismatch\n" in (FOLDER / name).read_text()


def manifests() -> list[dict[str, Any]]:
    """The manifests of the server."""
    return list(yaml.safe_load_all((FOLDER / "kubernetes/galley.yaml").read_text()))


def test_the_ports_are_those_of_the_settings() -> None:
    """Every default address has its port named."""
    defaults = {address.rpartition(":")[2] for address in addresses_of(Settings()).values()}
    assert set(FINAL.one("EXPOSE").split()) == defaults


def test_the_default_command_starts() -> None:
    """Its flags are those of the program, which an init runs that hands signals on to it alone."""
    assert FINAL.form("ENTRYPOINT") == ["dumb-init", "--single-child", "--", "galley"]
    assert FINAL.one("STOPSIGNAL") == "SIGTERM"
    command = FINAL.form("CMD")
    settings = Service(name="image", tree={"image": "galley:local", "command": command}).settings
    assert str(settings.data) in FINAL.all("RUN")[0]
    assert settings.roles == Settings().roles
