"""The Envoys of compose/: a real one takes the bootstrap, which leads to the xDS servers beside."""

import subprocess

import pytest
import yaml

from galley.settings.address import is_loopback
from galley.settings.settings import Settings
from proxy.node import node_of
from tests.compose.composition import COMPOSITIONS, FOLDER, KAFKA, Composition
from tests.house.tree import Tree

ROOT = Tree.of_repository().root
each = pytest.mark.parametrize("found", COMPOSITIONS.values(), ids=list(COMPOSITIONS))


@pytest.mark.envoy
def test_envoy_takes_the_bootstrap() -> None:
    """A real Envoy finds no fault in compose/envoy.yaml."""
    command = [str(ROOT / ".envoy/bin/envoy"), "--mode", "validate", "--config-path", str(FOLDER / "envoy.yaml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


@each
def test_the_bootstrap_leads_to_every_xds_server(found: Composition) -> None:
    """Its cluster is resolved to the services that have the role xds, at the port that they open."""
    bootstrap = yaml.safe_load((FOLDER / "envoy.yaml").read_text())
    [cluster] = bootstrap["static_resources"]["clusters"]
    assert cluster["type"] == "STRICT_DNS"
    [endpoint] = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    at = endpoint["endpoint"]["address"]["socket_address"]
    servers = [service for service in found.galleys if "xds" in service.settings.roles]
    assert found.envoys
    for envoy in found.envoys:
        assert envoy.file("/etc/envoy/envoy.yaml") == FOLDER / "envoy.yaml"
        assert list(found.named(at["address"], envoy)) == servers
    assert {service.settings.xds.address for service in servers} == {f"0.0.0.0:{at['port_value']}"}


@each
def test_only_xds_listens_beyond_loopback(found: Composition) -> None:
    """Of each process that serves xDS the one port that the Envoys beside need; of any other, none."""
    for service in found.galleys:
        settings = service.settings
        beyond = {key for key, address in addresses_of(settings).items() if not is_loopback(address)}
        assert beyond == {"xds.address"}
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


def test_each_envoy_is_a_proxy_of_its_own() -> None:
    """Envoys that share a bootstrap say by a flag who they are; Galley takes them for routers."""
    ids = [envoy.command[envoy.command.index("--service-node") + 1] for envoy in KAFKA.envoys]
    assert len(set(ids)) == len(ids) == 2
    nodes = [node_of(one, {}) for one in ids]
    assert {(node.type, node.namespace) for node in nodes} == {("router", "default")}
