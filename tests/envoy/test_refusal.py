"""What only Envoy can know, such as a port that is taken: it is traced to its file and line, and harms no other."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from galley.app.envoy.binary import find_envoy
from galley.app.envoy.bootstrap import Bootstrap
from galley.app.envoy.process import running_envoy
from tests.app.live import Live, running
from tests.envoy.control_plane import LOOPBACK, ask, free_port
from tests.envoy.upstreams import web

pytestmark = pytest.mark.envoy
NODE = "sidecar~127.0.0.1~client.default~default.svc.cluster.local"
ENTRY = """\
# A service on a port of the sidecar.
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}}}
spec:
  hosts: [{name}.example.com]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{{number: {port}, name: http, protocol: HTTP}}]
  endpoints: [{{address: 127.0.0.1, ports: {{http: {target}}}}}]
"""
LINE = 3


async def test_a_refused_listener_is_named_by_its_line_and_the_others_are_live(tmp_path: Path) -> None:
    """Two services arrive together; one wants a port that is taken. It is refused until it wants another."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        good, bad, better = free_port(), int(taken.getsockname()[1]), free_port()
        async with web("web") as service, running(tmp_path) as live:
            await _write(live, "first", free_port(), service.port)
            bootstrap = Bootstrap(
                node=NODE,
                server=live.addresses["xds"],
                admin=f"{LOOPBACK}:{free_port()}",
                metadata={"INTERCEPTION_MODE": "NONE"},
            )
            folder = tmp_path / "envoy"
            folder.mkdir()
            async with running_envoy(find_envoy(), bootstrap, folder, folder / "log"):
                await live.until("/api/v1/status", _everywhere)
                await _write(live, "good", good, service.port)
                await _write(live, "bad", bad, service.port)
                status = await live.until("/api/v1/status", lambda found: _refused(found) and _settled(found))
                refusal = _refused(status)
                assert [item["name"] for item in refusal] == [f"{LOOPBACK}_{bad}"]
                assert any(f"bad.yaml:{LINE}" in line for line in refusal[0]["objects"])
                assert "in use" in refusal[0]["reason"]
                assert f"bad.yaml:{LINE}" in await _command(live, "status")
                assert (await _served(good, "good.example.com"))["name"] == "web"
                await _write(live, "bad", better, service.port)
                await live.until("/api/v1/status", lambda found: not _refused(found) and _everywhere(found))
                assert (await _served(better, "bad.example.com"))["name"] == "web"


async def _write(live: Live, name: str, port: int, target: int) -> None:
    (live.files / f"{name}.yaml").write_text(ENTRY.format(name=name, port=port, target=target))


def _refused(status: Any) -> Any:  # noqa: ANN401  untyped
    return [item for proxy in status["proxies"] for item in proxy["refused"]]


def _settled(status: Any) -> bool:  # noqa: ANN401  untyped
    return all(proxy["pending"] == 0 for proxy in status["proxies"])


def _everywhere(status: Any) -> bool:  # noqa: ANN401  untyped
    return bool(status["live"]["of"] == 1 == status["live"]["applied"])


async def _served(port: int, host: str) -> Any:  # noqa: ANN401  untyped
    """The answer, once the listener that the proxy has taken is open."""
    async with asyncio.timeout(10):
        while True:
            try:
                return (await ask(f"http://{LOOPBACK}:{port}/", host)).json()
            except (OSError, json.JSONDecodeError):
                await asyncio.sleep(0.02)


async def _command(live: Live, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "galley.app", *words, "--server", f"http://{live.addresses['admin']}"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return out.decode()
