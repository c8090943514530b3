"""The files of compose/ fit the program: Envoy takes the bootstrap, and the settings of the command exist."""

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from galley.settings.address import is_loopback
from galley.settings.load import load_settings
from galley.settings.settings import Settings
from tests.house.tree import Tree

ROOT = Tree.of_repository().root


def assignments() -> list[str]:
    """The `--set` arguments of the command in compose.yaml."""
    command = yaml.safe_load((ROOT / "compose/compose.yaml").read_text())["services"]["galley"]["command"]
    return [after for flag, after in pairwise(command) if flag == "--set"]


@pytest.mark.envoy
def test_envoy_takes_the_bootstrap() -> None:
    """A real Envoy finds no fault in compose/envoy.yaml."""
    command = [str(ROOT / ".envoy/bin/envoy"), "--mode", "validate", "--config-path", str(ROOT / "compose/envoy.yaml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


def test_only_xds_listens_beyond_loopback() -> None:
    """The settings of the command are settings, and they open the one port that the Envoy beside needs."""
    settings = load_settings(None, {}, assignments(), {})
    addresses = addresses_of(settings)
    assert {key for key, address in addresses.items() if not is_loopback(address)} == {"xds.address"}
    assert settings.allow_plaintext


def addresses_of(settings: Settings) -> dict[str, str]:
    """Every address of the settings that is not off, by its key."""
    branches = settings.model_dump()
    return {
        f"{name}.{key}": value
        for name, branch in branches.items()
        if isinstance(branch, dict)
        for key, value in branch.items()
        if key.endswith("address") and value
    }


def test_the_bootstrap_points_at_galley() -> None:
    """The cluster of the bootstrap is the service of compose.yaml, at the port that its command opens."""
    bootstrap = yaml.safe_load(Path(ROOT / "compose/envoy.yaml").read_text())
    [cluster] = bootstrap["static_resources"]["clusters"]
    [endpoint] = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    at = endpoint["endpoint"]["address"]["socket_address"]
    compose = yaml.safe_load((ROOT / "compose/compose.yaml").read_text())
    assert at["address"] in compose["services"]
    assert f"xds.address=0.0.0.0:{at['port_value']}" in assignments()
