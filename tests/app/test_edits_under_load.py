"""Two hundred edits of a route under load, through a real Envoy, and bad files dropped in meanwhile: nobody notices."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from galley.app.envoy.binary import find_envoy
from galley.app.envoy.bootstrap import Bootstrap
from galley.app.envoy.process import running_envoy
from tests.app.live import Live, running
from tests.envoy.control_plane import free_port
from tests.mixer.envoy import upstream

EDITS = 200
WORKERS = 4
NODE = "router~127.0.0.1~edge.default~default.svc.cluster.local"
MESH = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: edge, namespace: default}}
spec:
  selector: {{app: edge}}
  servers:
  - {{port: {{number: {port}, name: http, protocol: HTTP}}, hosts: ["*"]}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: shop, namespace: default}}
spec:
  hosts: [shop.example]
  ports: [{{number: 80, name: http, protocol: HTTP}}]
  resolution: STATIC
  endpoints:
  - {{address: 127.0.0.1, ports: {{http: {one}}}, labels: {{version: v1}}}}
  - {{address: 127.0.0.1, ports: {{http: {two}}}, labels: {{version: v2}}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: shop, namespace: default}}
spec:
  host: shop.example
  subsets:
  - {{name: v1, labels: {{version: v1}}}}
  - {{name: v2, labels: {{version: v2}}}}
"""
ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: shop, namespace: default}}
spec:
  hosts: ["*"]
  gateways: [edge]
  http:
  - match: [{{headers: {{x-edit: {{exact: "{number}"}}}}}}]
    route: [{{destination: {{host: shop.example, subset: v2}}}}]
    headers: {{response: {{set: {{x-seen: "{number}"}}}}}}
  - route:
    - {{destination: {{host: shop.example, subset: v1}}, weight: {weight}}}
    - {{destination: {{host: shop.example, subset: v2}}, weight: {rest}}}
"""
BAD = (
    "kind: VirtualService\nmetadata: {name: [",
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: bad}\nspec: {http: 7}\n",
    "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: bad}\nspec: {servers: [{port: {}}]}\n",
    "\x00\x01",
)


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text)
    temporary.replace(path)


def _edit(live: Live, number: int) -> None:
    """Write the route anew, and every fifth time a file that is wrong; the one before goes."""
    _replace(live.files / "route.yaml", ROUTE.format(number=number, weight=number % 101, rest=100 - number % 101))
    if number % 5 == 0:
        _replace(live.files / f"bad-{number % 3}.yaml", BAD[number // 5 % len(BAD)])
    elif number % 5 == 3:
        (live.files / f"bad-{(number - 3) % 3}.yaml").unlink(missing_ok=True)


async def _load(url: str, answers: Counter[str], stop: asyncio.Event, *, keep: bool) -> None:
    """Ask until told to stop, over one connection or a new one each time."""
    limits = httpx.Limits(max_keepalive_connections=1 if keep else 0)
    async with httpx.AsyncClient(trust_env=False, timeout=10, limits=limits) as client:
        while not stop.is_set():
            try:
                answers[str((await client.get(url)).status_code)] += 1
            except httpx.HTTPError as error:
                answers[type(error).__name__] += 1
            await asyncio.sleep(0.004)


async def _until_seen(client: httpx.AsyncClient, url: str, number: int) -> None:
    """Return once the route of this edit answers."""
    headers = {"x-edit": str(number)}
    async with asyncio.timeout(20):
        while True:
            try:
                if (await client.get(url, headers=headers)).headers.get("x-seen") == str(number):
                    return
            except httpx.TransportError:
                assert number == 0, "the edge was there, and is not"
            await asyncio.sleep(0.01)


async def _edits(live: Live, url: str, answers: Counter[str]) -> None:
    """Make the edits while others ask; each is live before the next but one is written."""
    stop = asyncio.Event()
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as tasks:
        await _until_seen(client, url, 0)
        for worker in range(WORKERS):
            tasks.create_task(_load(url, answers, stop, keep=worker % 2 == 0))
        for number in range(1, EDITS + 1):
            _edit(live, number)
            if number % 2 == 0:
                await _until_seen(client, url, number)
        stop.set()


@pytest.mark.envoy
async def test_two_hundred_edits_lose_no_request(tmp_path: Path) -> None:
    """Every edit goes live, and not one request fails, on old connections or new ones, bad files or not."""
    answers: Counter[str] = Counter()
    port = free_port()
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(upstream(name)) for name in ("v1", "v2")]
        (tmp_path / "mesh").mkdir()
        (tmp_path / "mesh" / "mesh.yaml").write_text(MESH.format(port=port, one=one, two=two))
        (tmp_path / "mesh" / "route.yaml").write_text(ROUTE.format(number=0, weight=50, rest=50))
        live = await stack.enter_async_context(running(tmp_path))
        bootstrap = Bootstrap(node=NODE, server=live.addresses["xds"], metadata={"LABELS": {"app": "edge"}})
        await stack.enter_async_context(running_envoy(find_envoy(), bootstrap, tmp_path, tmp_path / "envoy.log"))
        await _edits(live, f"http://127.0.0.1:{port}/", answers)
        status = await live.until("/api/v1/status", lambda status: status["revision"] >= EDITS // 2)
    assert set(answers) == {"200"}, answers
    assert answers["200"] > EDITS, answers
    assert status["proxies"], status
