"""A gateway proxy that serves Ingresses, fed by our server: hosts, paths, TLS, the default backend, and an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.envoy.gateway_scene import GatewayScene, gateway_scene

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
NODE = "router~127.0.0.1~edge.istio-system~istio-system.svc.cluster.local"
LABELS = {"istio": "ingressgateway"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayScene]:
    """One for all the tests here."""
    folder: Path = tmp_path_factory.mktemp("ingress")
    async with gateway_scene(folder, "ingress_mesh.yaml", NODE, LABELS, TOPIC="blog") as found:
        yield found


async def test_paths_of_all_ingresses_of_a_host_count(scene: GatewayScene) -> None:
    """The longest first, an exact one before a prefix, whole segments only; of another namespace too."""
    assert await scene.served("/") == "web"
    assert await scene.served("/cart") == "web"
    assert await scene.served("/cart/1") == "cart"
    assert await scene.served("/carts") == "web"
    assert await scene.served("/cart/blog") == "blog"
    assert await scene.served("/cart/blog/1") == "cart"


async def test_what_nobody_takes_goes_to_the_default_backend(scene: GatewayScene) -> None:
    """Of a host that no Ingress names."""
    assert await scene.served("/any", "elsewhere.example.com") == "blog"


async def test_tls_ends_with_the_secret_of_the_ingress(scene: GatewayScene) -> None:
    """On 443, as the gateway's Service maps it, with the same paths."""
    assert await scene.served_over_tls("/cart/1") == "cart"


async def test_an_edit_of_a_path_is_live_and_leaves_nothing_behind(scene: GatewayScene) -> None:
    """The new path is served, the old one is not."""
    await scene.plane.live(scene.text.substitute(TOPIC="news"))
    assert await scene.served("/cart/news") == "blog"
    assert await scene.served("/cart/blog") == "cart"
