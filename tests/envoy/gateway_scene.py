"""A gateway of one Envoy, fed by our server, with HTTP and TLS, before the services `web`, `cart` and `blog`."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx

from tests.envoy.certificates import self_signed
from tests.envoy.control_plane import LOOPBACK, ControlPlane, ask, control_plane, free_port
from tests.envoy.upstreams import web

HOST = "www.example.com"
"""The host of the certificate, and of requests that say none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayScene:
    """The gateway's ports by name and the mesh's text, in which what the tests change is still open."""

    plane: ControlPlane
    text: Template
    ports: dict[str, int]

    async def get(self, path: str, host: str = HOST, **headers: str) -> httpx.Response:
        """The answer to a plain request."""
        return await ask(f"http://{LOOPBACK}:{self.ports['HTTP']}{path}", host, headers=headers)

    async def served(self, path: str, host: str = HOST, **headers: str) -> str:
        """The service that answers, else the status."""
        answer = await self.get(path, host, **headers)
        return str(answer.json()["name"]) if answer.status_code == 200 else str(answer.status_code)

    async def served_over_tls(self, path: str) -> str:
        """The service that answers over TLS, which is trusted by the certificate of the mesh's Secret alone."""
        context = ssl.create_default_context(cadata=self_signed(HOST).certificate)
        url = f"https://{LOOPBACK}:{self.ports['TLS']}{path}"
        answer = await ask(url, HOST, verify=context, extensions={"sni_hostname": HOST})
        return str(answer.json()["name"])


@asynccontextmanager
async def gateway_scene(
    folder: Path, mesh: str, node: str, labels: Mapping[str, str], **first: str
) -> AsyncIterator[GatewayScene]:
    """Services, our server with a mesh of this folder, and one Envoy; `first` are the open words as they begin.

    The mesh has the ports of the services as `WEB`, `CART` and `BLOG`, those of the gateway as `HTTP` and `TLS`.
    """
    made = self_signed(HOST)
    async with AsyncExitStack() as stack:
        places = {name.upper(): (await stack.enter_async_context(web(name))).port for name in ("web", "cart", "blog")}
        ports = {name: free_port() for name in ("HTTP", "TLS")}
        words = {"CRT": json.dumps(made.certificate), "KEY": json.dumps(made.key)}
        text = Template((Path(__file__).parent / mesh).read_text())
        text = Template(text.safe_substitute(places, **ports, **words))
        plane = await stack.enter_async_context(control_plane())
        plane.publish(text.substitute(first))
        await stack.enter_async_context(plane.envoy(folder / "envoy", node, {"LABELS": labels}, ports["HTTP"]))
        yield GatewayScene(plane=plane, text=text, ports=ports)
