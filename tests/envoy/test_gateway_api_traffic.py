"""A proxy of a Gateway of the Gateway API, fed by our server: matches, filters, weights, TLS, references and grants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.envoy.gateway_scene import HOST, GatewayScene, gateway_scene

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
NODE = "router~127.0.0.1~edge-1.shop~shop.svc.cluster.local"
LABELS = {"gateway.networking.k8s.io/gateway-name": "edge"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayScene]:
    """One for all the tests here."""
    folder: Path = tmp_path_factory.mktemp("gateway-api")
    async with gateway_scene(folder, "gateway_api_mesh.yaml", NODE, LABELS, GRANTED="shop") as found:
        yield found


async def test_the_most_specific_match_counts(scene: GatewayScene) -> None:
    """Paths before headers, whole segments, and another host is nobody's."""
    assert await scene.served("/") == "web"
    assert await scene.served("/exact") == "cart"
    assert await scene.served("/other", **{"x-cart": "1"}) == "cart"
    assert await scene.served("/blog/1", **{"x-cart": "1"}) == "blog"
    assert await scene.served("/blogs") == "web"
    assert await scene.served("/", "other.example.com") == "404"


async def test_filters_change_what_passes(scene: GatewayScene) -> None:
    """Path, host and headers of the request, headers of the answer."""
    answer = await scene.get("/rewritten/a?b=c", **{"x-remove": "1"})
    asked = answer.json()
    assert asked["path"] == "/in/a?b=c"
    assert asked["headers"]["host"] == "inner.example.com"
    assert asked["headers"]["x-set"] == "100%"
    assert "x-remove" not in asked["headers"]
    assert answer.headers["x-answer"] == "yes"
    assert (await scene.get("/full/a")).json()["path"] == "/whole"


async def test_a_redirect_keeps_what_it_does_not_name(scene: GatewayScene) -> None:
    """The host, and the rest of the path."""
    answer = await scene.get("/moved/a")
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/here/a")


async def test_a_prefix_is_replaced_with_one_slash_between(scene: GatewayScene) -> None:
    """Where it is replaced by `/`, and where it is `/` itself."""
    port = scene.ports["HTTP"]
    moved = {"/up/a/b": "/a/b", "/up": "/", "/up/": "/"}
    for path, expected in moved.items():
        assert (await scene.get(path)).headers["location"] == f"http://{HOST}:{port}{expected}"
    assert (await scene.get("/a", **{"x-all": "1"})).headers["location"] == f"http://{HOST}:{port}/all/a"
    assert (await scene.get("/a", **{"x-in": "1"})).json()["path"] == "/in/a"


async def test_a_request_ends_at_its_timeout(scene: GatewayScene) -> None:
    """With 504."""
    assert await scene.served("/slow") == "504"


async def test_backends_share_by_weight(scene: GatewayScene) -> None:
    """Of 40 requests each gets some."""
    assert {await scene.served("/shared") for _ in range(40)} == {"web", "cart"}


async def test_what_leads_nowhere_answers_500(scene: GatewayScene) -> None:
    """A service that is not there, and a rule without backends."""
    assert await scene.served("/gone") == "500"
    assert await scene.served("/none") == "500"


async def test_tls_ends_with_the_secret_of_the_listener(scene: GatewayScene) -> None:
    """With the same routes."""
    assert await scene.served_over_tls("/exact") == "cart"


async def test_a_grant_that_goes_takes_the_traffic_with_it(scene: GatewayScene) -> None:
    """A backend of another namespace answers 500 from then on."""
    await scene.plane.live(scene.text.substitute(GRANTED="nobody"))
    assert await scene.served("/blog") == "500"
    await scene.plane.live(scene.text.substitute(GRANTED="shop"))
    assert await scene.served("/blog") == "blog"
