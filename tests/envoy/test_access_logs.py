"""A sidecar reports to Mixer as the mesh's settings say: requests when they end, connections while they last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mixer.index import Index
from mixer.server import AccessLogService, MixerServer
from mixer.telemetry import Telemetry
from tests.envoy.control_plane import LOOPBACK, ask, control_plane, free_port
from tests.envoy.upstreams import web

NODE = "sidecar~127.0.0.1~client.default~default.svc.cluster.local"
MESH = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: istio, namespace: istio-system}}
data:
  mesh: |
    extensionProviders:
    - name: requests
      envoyHttpAls: {{service: mixer.example.com, port: {service}}}
    - name: connections
      envoyTcpAls: {{service: mixer.example.com, port: {service}}}
    - name: file
      envoyFileAccessLog: {{path: {file}, logFormat: {{text: "%RESPONSE_CODE% %REQ(:PATH)%"}}}}
    defaultProviders: {{accessLogging: [requests, connections, file]}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: mixer}}
spec:
  hosts: [mixer.example.com]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{{number: {service}, name: grpc, protocol: GRPC}}]
  endpoints: [{{address: 127.0.0.1, ports: {{grpc: {mixer}}}}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: web}}
spec:
  hosts: [web.example.com]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{{number: {http}, name: http, protocol: HTTP}}, {{number: {tcp}, name: tcp, protocol: TCP}}]
  endpoints: [{{address: 127.0.0.1, ports: {{http: {target}, tcp: {target}}}}}]
"""


@asynccontextmanager
async def _mixer() -> AsyncIterator[tuple[int, Telemetry]]:
    telemetry = Telemetry()
    server = MixerServer(AccessLogService(Index(), telemetry))
    try:
        yield await server.start(f"{LOOPBACK}:0"), telemetry
    finally:
        await server.stop(0)


@pytest.mark.envoy
async def test_requests_and_connections_are_reported(tmp_path: Path) -> None:
    """To Mixer and to a file at once; a connection that lasts is known before it ends."""
    file, http, tcp = tmp_path / "access.log", free_port(), free_port()
    async with web("web") as service, _mixer() as (mixer, telemetry), control_plane() as plane:
        plane.publish(MESH.format(file=file, mixer=mixer, service=free_port(), http=http, tcp=tcp, target=service.port))
        async with plane.envoy(tmp_path / "envoy", NODE, {"INTERCEPTION_MODE": "NONE"}, http):
            assert (await ask(f"http://{LOOPBACK}:{http}/seen", "web.example.com")).status_code == 200
            _, writer = await asyncio.open_connection(LOOPBACK, tcp)
            async with asyncio.timeout(20):
                while not telemetry.records["http"] or not telemetry.records["tcp"]:
                    await asyncio.sleep(0.02)
            writer.close()
            await writer.wait_closed()
    assert "200 /seen\n" in file.read_text()
