"""The compose files, carried out: what compose/README.md promises of each of them is so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compose.composition import KAFKA, SINGLE
from tests.compose.image import Image
from tests.compose.others import envoy_image, kafka_image
from tests.compose.runtime import Imaged, Running, Runtime, carried_out

pytestmark = pytest.mark.soak

ASK = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Host": "hello.example"})
try:
    print(urllib.request.urlopen(request, timeout=3).read().decode().strip())
except OSError as error:
    print(error)
"""


@pytest.fixture(scope="session")
def images(image: Image) -> dict[str, Imaged]:
    """The images that the files name."""
    [version] = [service.image.partition(":")[2] for service in KAFKA.services.values() if "kafka" in service.image]
    return {"galley": image, "envoyproxy/envoy": envoy_image(), "apache/kafka": kafka_image(version)}


def answer(asking: Running, host: str) -> str:
    """What `hello.example` says to whoever asks at an address, from within a container that reaches it."""
    return asking.run("python", "-c", ASK, f"http://{host}:8080/").strip()


def say(runtime: Runtime, old: str, new: str) -> None:
    """Edit the mesh."""
    file = runtime.files / "mesh/hello.yaml"
    file.write_text(file.read_text().replace(old, new))


def said_at(asking: Running, envoys: list[Running]) -> set[str]:
    """All answers at the edge."""
    return {answer(asking, envoy.addresses[network]) for envoy in envoys for network in envoy.addresses}


def holders(asked: Running) -> dict[str, str]:
    """Which server has each proxy, as any server says it of all: the host name of its container, by the proxy's id."""
    listed = json.loads(asked.run("galley", "proxies", "-o", "json"))
    return {proxy["node"]: proxy["server"].rpartition("-")[0] for proxy in listed if proxy["connected"]}


def live(asked: Running) -> tuple[int, int]:
    """On how many proxies the newest revision is live, of how many, as any server says it."""
    found = json.loads(asked.run("galley", "status", "-o", "json"))["live"]
    return found["applied"], found["of"]


def test_one_node(images: dict[str, Imaged], tmp_path: Path) -> None:
    """It serves, an edit is live at once, status says so; told to end, everything ends by itself."""
    with carried_out(SINGLE, tmp_path, images) as runtime:
        galley, envoy = runtime.containers["galley-1"], runtime.containers["envoy-1"]
        runtime.until(lambda: said_at(galley, [envoy]) == {"hello from the edge"}, "served")
        say(runtime, "hello from the edge", "good morning")
        runtime.until(lambda: said_at(galley, [envoy]) == {"good morning"}, "served anew")
        assert live(galley) == (1, 1)
        assert galley.stop() == 0
        assert envoy.stop() == 0


def test_with_kafka(images: dict[str, Imaged], tmp_path: Path) -> None:
    """Envoys turn to the server that is left; without pipeline and broker what is live stays, and edits wait."""
    with carried_out(KAFKA, tmp_path, images) as runtime:
        pipeline = runtime.containers["pipeline-1"]
        servers = {name: runtime.containers[name] for name in ("xds-1", "xds-2")}
        edges = [runtime.containers[name] for name in ("edge-1-1", "edge-2-1")]
        runtime.until(lambda: said_at(servers["xds-1"], edges) == {"hello from the edge"}, "served")
        say(runtime, "hello from the edge", "good morning")
        runtime.until(lambda: said_at(servers["xds-1"], edges) == {"good morning"}, "served anew")
        everybody = (pipeline, *servers.values())
        runtime.until(lambda: {live(asked) for asked in everybody} == {(2, 2)}, "known to be live, by every process")

        gone = servers.pop(next(iter(holders(pipeline).values())))
        [(name, left)] = servers.items()
        gone.kill()
        assert said_at(left, edges) == {"good morning"}
        runtime.until(lambda: list(holders(left).values()) == [name, name], "taken over by the server that is left")
        say(runtime, "good morning", "good day")
        runtime.until(lambda: said_at(left, edges) == {"good day"}, "served by the server that is left")

        assert pipeline.stop() == 0
        assert runtime.containers["kafka-1"].stop() == 128 + 15  # a Java that was told to end says so
        assert said_at(left, edges) == {"good day"}
        say(runtime, "good day", "good evening")
        runtime.start("kafka-1")
        runtime.until(lambda: runtime.containers["kafka-1"].healthy, "a broker again")
        runtime.start("pipeline-1")
        runtime.until(lambda: said_at(left, edges) == {"good evening"}, "served after the outage")
        assert left.stop() == 0
