"""A sidecar without interception, fed by our server: every feature of a route by the traffic that it is about."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.envoy.certificates import Certificate, self_signed
from tests.envoy.control_plane import LOOPBACK, ask, control_plane, free_port
from tests.envoy.upstreams import Web, heard, speaker, web

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
NODE = "sidecar~127.0.0.1~client.default~default.svc.cluster.local"
METADATA = {"INTERCEPTION_MODE": "NONE", "LABELS": {"app": "client"}}
HOST = "reviews.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The ports of the sidecar by name, the service that requests are mirrored to, and a certificate by host.

    `web` is the port of the first service itself, `admin` the URL of the sidecar's administration.
    """

    ports: dict[str, int]
    shadow: Web
    web: int
    admin: str
    certificates: dict[str, Certificate]

    async def get(self, path: str, host: str = HOST, port: str = "HTTP", **more: Any) -> httpx.Response:  # noqa: ANN401  its own
        """The answer to a request through the sidecar."""
        return await ask(f"http://{LOOPBACK}:{self.ports[port]}{path}", host, **more)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Services, our server, and one Envoy for all the tests here."""
    folder: Path = tmp_path_factory.mktemp("sidecar")
    certificates = {host: self_signed(host) for host in ("one.example.com", "two.example.com")}
    async with AsyncExitStack() as stack:
        first, second, shadow = [await stack.enter_async_context(web(name)) for name in ("v1", "v2", "shadow")]
        ports = {name: free_port() for name in ("HTTP", "TCP", "TLS", "MIXED", "AUTO", "INGRESS", "DYNAMIC")}
        words = {
            "WORD": await stack.enter_async_context(speaker("word")),
            "ECHO": await stack.enter_async_context(_echo()),
            "ONE": await stack.enter_async_context(speaker("one", certificates["one.example.com"], folder)),
            "TWO": await stack.enter_async_context(speaker("two", certificates["two.example.com"], folder)),
        }
        webs = {"V1": first.port, "V2": second.port, "SHADOW": shadow.port}
        text = Template((Path(__file__).parent / "sidecar_mesh.yaml").read_text())
        plane = await stack.enter_async_context(control_plane())
        plane.publish(text.substitute({**ports, **words, **webs}))
        admin = await stack.enter_async_context(plane.envoy(folder / "envoy", NODE, METADATA, ports["HTTP"]))
        yield Scene(ports=ports, shadow=shadow, web=first.port, admin=admin, certificates=certificates)


async def test_requests_go_where_their_match_says(scene: Scene) -> None:
    """By path, exactly and by expression; by header, method and query; all else by the last route."""
    expected = {
        "/exact": "v2",
        "/exact/not": "v1",
        "/regex/17": "v2",
        "/regex/x": "v1",
        "/q?beta=1": "v2",
        "/q?beta=2": "v1",
    }
    assert {path: (await scene.get(path)).json()["name"] for path in expected} == expected
    assert (await scene.get("/", headers={"x-user": "tester"})).json()["name"] == "v2"
    assert (await scene.get("/", headers={"x-user": "tester"}, method="PUT")).json()["name"] == "v1"


async def test_a_direct_response_needs_no_service(scene: Scene) -> None:
    """It answers those without a header, and lets the others by."""
    answer = await scene.get("/unknown")
    assert (answer.status_code, answer.text) == (418, "who are you")
    assert (await scene.get("/unknown", headers={"x-known": "1"})).json()["name"] == "v1"


async def test_weights_are_shares(scene: Scene) -> None:
    """Of 400 requests 100 go to the quarter, give or take."""
    seen: Counter[str] = Counter()
    async with httpx.AsyncClient(trust_env=False, verify=False, headers={"host": HOST}) as client:  # noqa: S501  HTTP
        for _ in range(400):
            answer = await client.get(f"http://{LOOPBACK}:{scene.ports['HTTP']}/weights")
            seen[answer.json()["name"]] += 1
    assert seen["v1"] + seen["v2"] == 400
    assert 55 <= seen["v2"] <= 150


async def test_a_redirect_names_the_other_place(scene: Scene) -> None:
    """Path, host and status are the route's."""
    answer = await scene.get("/redirect")
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://other.example.com/elsewhere"


async def test_a_rewrite_is_what_the_service_sees(scene: Scene) -> None:
    """The prefix and the host are exchanged, the rest stays."""
    seen = (await scene.get("/rewrite/this?a=b")).json()
    assert (seen["path"], seen["headers"]["host"]) == ("/written/this?a=b", "written.example.com")


async def test_faults_are_injected(scene: Scene) -> None:
    """An abort is answered by the proxy, a delay by the service; Envoy counts one of each."""
    before = await _faults(scene)
    assert (await scene.get("/abort")).status_code == 555
    assert (await scene.get("/delay")).json()["name"] == "v1"
    assert await _faults(scene) - before == {"aborts_injected": 1, "delays_injected": 1}


async def test_other_origins_are_told_what_they_may(scene: Scene) -> None:
    """A preflight of an origin that is allowed is answered by the proxy; of another by the service."""
    preflight = {"origin": "https://app.example.com", "access-control-request-method": "PUT"}
    answer = await scene.get("/cors", method="OPTIONS", headers=preflight)
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert answer.headers["access-control-max-age"] == "60"
    other = await scene.get("/cors", method="OPTIONS", headers={**preflight, "origin": "https://evil.example.com"})
    assert "access-control-allow-origin" not in other.headers


async def test_headers_are_set_added_and_removed(scene: Scene) -> None:
    """On the way there, and on the way back."""
    answer = await scene.get("/headers", headers={"x-set": "old", "x-add": "b", "x-gone": "x"})
    seen = answer.json()["headers"]
    assert (seen["x-set"], "x-gone" in seen, answer.headers["x-answer"]) == ("s", False, "r")
    assert seen["x-add"] in ("b,a", "a")
    assert "x-secret" not in (await scene.get("/secret")).headers


async def test_a_mirror_gets_a_copy(scene: Scene) -> None:
    """The client sees the first service's answer alone."""
    assert (await scene.get("/mirror/17")).json()["name"] == "v1"
    async with asyncio.timeout(10):
        assert await scene.shadow.seen.get() == "/mirror/17"


async def test_retries_hide_failures_as_often_as_they_may(scene: Scene) -> None:
    """Two failures are hidden by three attempts; none where there are no attempts."""
    assert (await scene.get("/fail/2/a")).status_code == 200
    assert (await scene.get("/fail/1/b")).status_code == 503


async def test_a_timeout_ends_the_wait(scene: Scene) -> None:
    """The service would never have answered."""
    assert (await scene.get("/slow")).status_code == 504


async def test_services_without_routes_are_served_and_others_are_not(scene: Scene) -> None:
    """On one port hosts are told apart; one that nobody serves does not reach anybody's service."""
    assert (await scene.get("/", "plain.example.com")).json()["name"] == "v1"
    assert (await scene.get("/", f"plain.example.com:{scene.ports['HTTP']}")).json()["name"] == "v1"
    assert (await scene.get("/", "shadow.example.com")).json()["name"] == "shadow"
    assert (await scene.get("/", "unknown.example.com")).status_code == 503


async def test_tcp_is_forwarded_as_it_is(scene: Scene) -> None:
    """Also where the server speaks first."""
    assert await heard(scene.ports["TCP"]) == "word"


async def test_tls_is_told_apart_by_its_server_name(scene: Scene) -> None:
    """Two services share a port, and each shows its own certificate."""
    for host, word in (("one.example.com", "one"), ("two.example.com", "two")):
        assert await heard(scene.ports["TLS"], name=host, trusted=scene.certificates[host]) == word


async def test_http_and_tcp_share_a_port_by_their_first_bytes(scene: Scene) -> None:
    """What looks like HTTP goes by its host, all else to the TCP service."""
    assert (await scene.get("/", "mixed.example.com", "MIXED")).json()["name"] == "v1"
    reader, writer = await asyncio.open_connection(LOOPBACK, scene.ports["MIXED"])
    writer.write(b"\x00no http\n")
    async with asyncio.timeout(10):
        assert await reader.readline() == b"\x00no http\n"
    writer.close()


async def test_a_protocol_that_nobody_named_is_found_out(scene: Scene) -> None:
    """HTTP is recognised and routed."""
    assert (await scene.get("/", "sniffed.example.com", "AUTO")).json()["name"] == "v2"


async def test_a_host_is_resolved_when_it_is_asked_for(scene: Scene) -> None:
    """The service knows no endpoints; the request's own host and port say where it goes."""
    host = f"anything.localhost:{scene.web}"
    assert (await scene.get("/", host, "DYNAMIC")).json()["name"] == "v1"


async def test_a_sidecar_binds_the_ports_of_its_workload(scene: Scene) -> None:
    """Requests to the port that the Sidecar names reach its default endpoint."""
    answer = await scene.get("/inside", "anything.example.com", "INGRESS")
    assert (answer.json()["name"], answer.headers["server"]) == ("v2", "istio-envoy")


async def _faults(scene: Scene) -> Counter[str]:
    """How many faults of each kind the proxy counts until now, over all its listeners."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{scene.admin}/stats?filter=fault.*_injected$&format=json")
    counted: Counter[str] = Counter()
    for stat in answer.json()["stats"]:
        counted[stat["name"].rpartition(".")[2]] += stat["value"]
    return counted


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()


class _echo:  # noqa: N801  a context manager that reads as a function
    """A service that says a line back."""

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(_answered, LOOPBACK, 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
