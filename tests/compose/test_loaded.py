"""The compose files as Compose itself loads them: its own rules, defaults and merges."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.components.building import program
from tests.compose.composition import COMPOSITIONS, Composition

pytestmark = pytest.mark.component


@pytest.fixture(params=COMPOSITIONS.values(), ids=list(COMPOSITIONS))
def found(request: pytest.FixtureRequest) -> Composition:
    """Each compose file."""
    return request.param  # type: ignore[no-any-return]  # pytest's own


def loaded(found: Composition) -> dict[str, Any]:
    """The project, as the loader of Docker Compose reads it."""
    command = [str(program("compose")), "-format", "json", str(found.path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    tree: dict[str, Any] = json.loads(done.stdout)
    return tree


def test_compose_loads_it(found: Composition) -> None:
    """It finds no fault in it, and reads what the tests of this folder read: services, commands, what is mounted."""
    tree = loaded(found)
    assert tree["name"] == found.tree["name"]
    assert tree["services"].keys() == found.services.keys()
    for name, service in found.services.items():
        theirs = tree["services"][name]
        assert (theirs["image"], theirs.get("command") or []) == (service.image, service.command)
        assert {one["target"] for one in theirs.get("volumes", ())} == {one.target for one in service.mounts}
        assert theirs["networks"].keys() == service.networks.keys()
        assert theirs["read_only"] is True
        assert theirs.get("depends_on", {}).keys() == service.tree.get("depends_on", {}).keys()
