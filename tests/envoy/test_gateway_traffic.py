"""A gateway proxy, fed by our server: TLS ended and let pass, by server name, with secrets over SDS; TCP by weight."""

from __future__ import annotations

import asyncio
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

from proxy.resource_type import ResourceType
from tests.envoy.certificates import Certificate, another, self_signed
from tests.envoy.control_plane import LOOPBACK, ControlPlane, ask, control_plane, free_port
from tests.envoy.upstreams import heard, speaker, web

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]
NODE = "router~127.0.0.1~edge.default~default.svc.cluster.local"
METADATA = {"LABELS": {"istio": "ingressgateway"}}
REFUSED = (httpx.TransportError, ssl.SSLError)
NAMES = ("simple", "mutual", "files", "pass", "ended", "client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The gateway's ports by name, the mesh's text without its certificates, and where things are."""

    plane: ControlPlane
    text: Template
    ports: dict[str, int]
    folder: Path

    def mesh(self, **others: Certificate) -> str:
        """The mesh, with other certificates than the first ones where they are given."""
        made = {name: others.get(name) or self_signed(f"{name}.example.com") for name in NAMES}
        words = {f"{name.upper()}_CRT": json.dumps(item.certificate) for name, item in made.items()}
        return self.text.substitute(words, **{f"{name.upper()}_KEY": json.dumps(made[name].key) for name in NAMES})

    async def get(self, host: str, trusted: Certificate, client: str = "") -> httpx.Response:
        """The answer to a request over TLS, by server name."""
        context = ssl.create_default_context(cadata=trusted.certificate)
        if client:
            context.load_cert_chain(self.folder / f"{client}.crt", self.folder / f"{client}.key")
        url = f"https://{LOOPBACK}:{self.ports['TLS']}/"
        return await ask(url, host, verify=context, extensions={"sni_hostname": host})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Services, our server, and one Envoy for all the tests here."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    for name in NAMES:
        self_signed(f"{name}.example.com").write(folder, name)
    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(web("web"))
        places = {
            "WEB": backend.port,
            "WORD": await stack.enter_async_context(speaker("word")),
            "OTHER": await stack.enter_async_context(speaker("other")),
            "PASS": await stack.enter_async_context(speaker("pass", self_signed("pass.example.com"), folder)),
        }
        ports = {name: free_port() for name in ("HTTP", "TLS", "TCP")}
        text = Template((Path(__file__).parent / "gateway_mesh.yaml").read_text())
        text = Template(text.safe_substitute(**places, **ports, FOLDER=folder))
        plane = await stack.enter_async_context(control_plane())
        found = Scene(plane=plane, text=text, ports=ports, folder=folder)
        plane.publish(found.mesh())
        await stack.enter_async_context(plane.envoy(folder / "envoy", NODE, METADATA, ports["HTTP"]))
        yield found


async def test_tls_ends_at_the_gateway_with_the_secret_of_the_server_name(scene: Scene) -> None:
    """The certificate is the host's, from the mesh's Secret."""
    answer = await scene.get("simple.example.com", self_signed("simple.example.com"))
    assert answer.json()["name"] == "web"
    assert answer.json()["headers"]["x-forwarded-proto"] == "https"


async def test_files_beside_the_proxy_are_certificates_too(scene: Scene) -> None:
    """The proxy reads them itself."""
    assert (await scene.get("files.example.com", self_signed("files.example.com"))).status_code == 200


async def test_mutual_tls_asks_for_a_certificate_of_its_authority(scene: Scene) -> None:
    """With the right one a request passes, and the service learns whose it was; else it does not."""
    trusted = self_signed("mutual.example.com")
    answer = await scene.get("mutual.example.com", trusted, client="client")
    assert "DNS=client.example.com" in answer.json()["headers"]["x-forwarded-client-cert"]
    with pytest.raises(REFUSED):
        await scene.get("mutual.example.com", trusted)
    with pytest.raises(REFUSED):
        await scene.get("mutual.example.com", trusted, client="simple")


async def test_tls_passes_to_the_service_of_its_server_name(scene: Scene) -> None:
    """The certificate is the service's own."""
    host = "pass.example.com"
    assert await heard(scene.ports["TLS"], name=host, trusted=self_signed(host)) == "pass"


async def test_tls_ends_at_the_gateway_and_goes_on_as_tcp(scene: Scene) -> None:
    """Where the server's protocol is TLS and a TCP route leads on."""
    host = "ended.example.com"
    assert await heard(scene.ports["TLS"], name=host, trusted=self_signed(host)) == "word"


async def test_a_server_without_its_certificate_costs_no_other(scene: Scene) -> None:
    """A Secret or a file that is not there refuses connections to that server name alone."""
    for host in ("missing.example.com", "gone.example.com"):
        with pytest.raises(REFUSED):
            await scene.get(host, self_signed("simple.example.com"))
    assert (await scene.get("simple.example.com", self_signed("simple.example.com"))).status_code == 200


async def test_plain_requests_are_redirected_where_the_server_says(scene: Scene) -> None:
    """And served where it does not."""
    url = f"http://{LOOPBACK}:{scene.ports['HTTP']}/there"
    redirected = await ask(url, "simple.example.com")
    assert (redirected.status_code, redirected.headers["location"]) == (301, "https://simple.example.com/there")
    assert (await ask(url, "plain.example.com")).json()["name"] == "web"
    assert (await ask(url, "other.example.com")).status_code == 404


async def test_tcp_is_shared_by_weight(scene: Scene) -> None:
    """Of 60 connections each service gets some."""
    said = [await heard(scene.ports["TCP"]) for _ in range(60)]
    assert set(said) == {"word", "other"}


async def test_a_new_certificate_reaches_the_proxy_without_a_new_listener(scene: Scene) -> None:
    """Another Secret is one secret; listeners are as they were."""
    new = another("simple.example.com")
    before = _versions(scene, ResourceType.LISTENER)
    await scene.plane.live(scene.mesh(simple=new))
    async with asyncio.timeout(10):
        while True:
            try:
                answer = await scene.get("simple.example.com", new)
            except REFUSED:
                await asyncio.sleep(0.02)
                continue
            break
    assert answer.status_code == 200
    assert _versions(scene, ResourceType.LISTENER) == before


def _versions(scene: Scene, type_: ResourceType) -> dict[str, str]:
    return {item.name: item.version for item in scene.plane.discovery.ledger.sent(NODE, type_)}
