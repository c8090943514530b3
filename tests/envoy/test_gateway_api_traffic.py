"""A proxy of a Gateway of the Gateway API, fed by our server: matches, filters, weights, TLS, references and grants."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx
import pytest
import pytest_asyncio

from tests.envoy.certificates import self_signed
from tests.envoy.control_plane import LOOPBACK, ControlPlane, ask, control_plane, free_port
from tests.envoy.upstreams import web

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
NODE = "router~127.0.0.1~edge-1.shop~shop.svc.cluster.local"
METADATA = {"LABELS": {"gateway.networking.k8s.io/gateway-name": "edge"}}
HOST = "www.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The gateway's ports and the mesh's text, in which one grant is still open."""

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Services, our server, and one Envoy for all the tests here."""
    made = self_signed(HOST)
    async with AsyncExitStack() as stack:
        places = {
            word: (await stack.enter_async_context(web(name))).port
            for word, name in (("WEB", "web"), ("CART", "cart"), ("BLOG", "blog"))
        }
        ports = {name: free_port() for name in ("HTTP", "TLS")}
        text = Template((Path(__file__).parent / "gateway_api_mesh.yaml").read_text())
        words = {"CRT": json.dumps(made.certificate), "KEY": json.dumps(made.key)}
        text = Template(text.safe_substitute(places, **ports, **words))
        plane = await stack.enter_async_context(control_plane())
        plane.publish(text.substitute(GRANTED="shop"))
        folder: Path = tmp_path_factory.mktemp("gateway-api")
        await stack.enter_async_context(plane.envoy(folder / "envoy", NODE, METADATA, ports["HTTP"]))
        yield Scene(plane=plane, text=text, ports=ports)


async def test_the_most_specific_match_counts(scene: Scene) -> None:
    """Paths before headers, whole segments, and another host is nobody's."""
    assert await scene.served("/") == "web"
    assert await scene.served("/exact") == "cart"
    assert await scene.served("/other", **{"x-cart": "1"}) == "cart"
    assert await scene.served("/blog/1", **{"x-cart": "1"}) == "blog"
    assert await scene.served("/blogs") == "web"
    assert await scene.served("/", "other.example.com") == "404"


async def test_filters_change_what_passes(scene: Scene) -> None:
    """Path, host and headers of the request, headers of the answer."""
    answer = await scene.get("/rewritten/a?b=c", **{"x-remove": "1"})
    asked = answer.json()
    assert asked["path"] == "/in/a?b=c"
    assert asked["headers"]["host"] == "inner.example.com"
    assert asked["headers"]["x-set"] == "100%"
    assert "x-remove" not in asked["headers"]
    assert answer.headers["x-answer"] == "yes"
    assert (await scene.get("/full/a")).json()["path"] == "/whole"


async def test_a_redirect_keeps_what_it_does_not_name(scene: Scene) -> None:
    """The host, and the rest of the path."""
    answer = await scene.get("/moved/a")
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/here/a")


async def test_a_prefix_is_replaced_with_one_slash_between(scene: Scene) -> None:
    """Where it is replaced by `/`, and where it is `/` itself."""
    port = scene.ports["HTTP"]
    moved = {"/up/a/b": "/a/b", "/up": "/", "/up/": "/"}
    for path, expected in moved.items():
        assert (await scene.get(path)).headers["location"] == f"http://{HOST}:{port}{expected}"
    assert (await scene.get("/a", **{"x-all": "1"})).headers["location"] == f"http://{HOST}:{port}/all/a"
    assert (await scene.get("/a", **{"x-in": "1"})).json()["path"] == "/in/a"


async def test_a_request_ends_at_its_timeout(scene: Scene) -> None:
    """With 504."""
    assert await scene.served("/slow") == "504"


async def test_backends_share_by_weight(scene: Scene) -> None:
    """Of 40 requests each gets some."""
    assert {await scene.served("/shared") for _ in range(40)} == {"web", "cart"}


async def test_what_leads_nowhere_answers_500(scene: Scene) -> None:
    """A service that is not there, and a rule without backends."""
    assert await scene.served("/gone") == "500"
    assert await scene.served("/none") == "500"


async def test_tls_ends_with_the_secret_of_the_listener(scene: Scene) -> None:
    """With the same routes."""
    context = ssl.create_default_context(cadata=self_signed(HOST).certificate)
    url = f"https://{LOOPBACK}:{scene.ports['TLS']}/exact"
    answer = await ask(url, HOST, verify=context, extensions={"sni_hostname": HOST})
    assert answer.json()["name"] == "cart"


async def test_a_grant_that_goes_takes_the_traffic_with_it(scene: Scene) -> None:
    """A backend of another namespace answers 500 from then on."""
    await scene.plane.live(scene.text.substitute(GRANTED="nobody"))
    assert await scene.served("/blog") == "500"
    await scene.plane.live(scene.text.substitute(GRANTED="shop"))
    assert await scene.served("/blog") == "blog"
