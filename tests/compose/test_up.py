"""The compose files, carried out: what compose/README.md promises of each of them is so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compose.composition import KAFKA, SINGLE
from tests.compose.image import Image
from tests.compose.others import envoy_image, kafka_image
from tests.compose.runtime import Imaged, Running, Runtime, carried_out

pytestmark = [pytest.mark.component, pytest.mark.timeout(400)]

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


def test_one_node(images: dict[str, Imaged], tmp_path: Path) -> None:
    """It serves, an edit is live at once, status says so; told to end, everything ends by itself."""
    with carried_out(SINGLE, tmp_path, images) as runtime:
        galley, envoy = runtime.containers["galley-1"], runtime.containers["envoy-1"]
        at = envoy.addresses["default"]
        runtime.until(lambda: answer(galley, at) == "hello from the edge", "served")
        say(runtime, "hello from the edge", "good morning")
        runtime.until(lambda: answer(galley, at) == "good morning", "served anew")
        status = json.loads(galley.run("galley", "status", "-o", "json"))
        assert (status["revision"], status["live"]["applied"], status["live"]["of"]) == (2, 1, 1)
        assert galley.stop() == 0
        assert envoy.stop() == 0
