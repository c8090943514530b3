"""A gateway proxy that serves Ingresses, fed by our server: hosts, paths, TLS, the default backend, and an edit."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pytest
import pytest_asyncio

from tests.envoy.certificates import self_signed
from tests.envoy.control_plane import LOOPBACK, ControlPlane, ask, control_plane, free_port
from tests.envoy.upstreams import web

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
NODE = "router~127.0.0.1~edge.istio-system~istio-system.svc.cluster.local"
METADATA = {"LABELS": {"istio": "ingressgateway"}}
HOST = "www.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The gateway's ports and the mesh's text, in which one path is still open."""

    plane: ControlPlane
    text: Template
    ports: dict[str, int]

    async def served(self, path: str, host: str = HOST) -> str:
        """The service that answers a plain request, else the status."""
        answer = await ask(f"http://{LOOPBACK}:{self.ports['HTTP']}{path}", host)
        return str(answer.json()["name"]) if answer.status_code == 200 else str(answer.status_code)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Services, our server, and one Envoy for all the tests here."""
    made = self_signed(HOST)
    async with AsyncExitStack() as stack:
        places = {
            word: (await stack.enter_async_context(web(name))).port
            for word, name in (("WEB", "web"), ("CART", "cart"), ("BLOG_PORT", "blog"))
        }
        ports = {name: free_port() for name in ("HTTP", "TLS")}
        text = Template((Path(__file__).parent / "ingress_mesh.yaml").read_text())
        words = {"CRT": json.dumps(made.certificate), "KEY": json.dumps(made.key)}
        text = Template(text.safe_substitute(places, **ports, **words))
        plane = await stack.enter_async_context(control_plane())
        plane.publish(text.substitute(BLOG="blog"))
        folder: Path = tmp_path_factory.mktemp("ingress")
        await stack.enter_async_context(plane.envoy(folder / "envoy", NODE, METADATA, ports["HTTP"]))
        yield Scene(plane=plane, text=text, ports=ports)


async def test_paths_of_all_ingresses_of_a_host_count(scene: Scene) -> None:
    """The longest first, an exact one before a prefix, whole segments only; of another namespace too."""
    assert await scene.served("/") == "web"
    assert await scene.served("/cart") == "web"
    assert await scene.served("/cart/1") == "cart"
    assert await scene.served("/carts") == "web"
    assert await scene.served("/cart/blog") == "blog"
    assert await scene.served("/cart/blog/1") == "cart"


async def test_what_nobody_takes_goes_to_the_default_backend(scene: Scene) -> None:
    """Of a host that no Ingress names."""
    assert await scene.served("/any", "elsewhere.example.com") == "blog"


async def test_tls_ends_with_the_secret_of_the_ingress(scene: Scene) -> None:
    """On 443, as the gateway's Service maps it, with the same paths."""
    context = ssl.create_default_context(cadata=self_signed(HOST).certificate)
    url = f"https://{LOOPBACK}:{scene.ports['TLS']}/cart/1"
    answer = await ask(url, HOST, verify=context, extensions={"sni_hostname": HOST})
    assert answer.json()["name"] == "cart"


async def test_an_edit_of_a_path_is_live_and_leaves_nothing_behind(scene: Scene) -> None:
    """The new path is served, the old one is not."""
    await scene.plane.live(scene.text.substitute(BLOG="news"))
    assert await scene.served("/cart/news") == "blog"
    assert await scene.served("/cart/blog") == "cart"
