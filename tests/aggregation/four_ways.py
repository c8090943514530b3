"""`FourWays`: files, git, a real Kubernetes API server and a real Consul make one mesh, served to a real Envoy.

Each of the four has a service; a gateway from the files and routes from git lead to all of them, by path. There are two
upstreams that say who they are; an edit of a source moves its service from one to the other.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from galley.app.envoy.binary import find_envoy
from galley.app.envoy.bootstrap import Bootstrap
from galley.app.envoy.process import running_envoy
from tests.app.live import running
from tests.components.consul_agent import consul
from tests.components.kube_api import kube
from tests.envoy.control_plane import LOOPBACK, ask, free_port
from tests.envoy.upstreams import web
from tests.sources.git.repository import Repository
from tests.sources.kubernetes.cluster import Cluster, kind_named

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.app.live import Live
    from tests.components.consul_agent import Consul

WAYS = ("files", "git", "kubernetes", "consul")
EDGE = "edge.example"
KUBERNETES_HOST = "reviews.default.svc.cluster.local"
HOSTS = {
    "files": "files.example",
    "git": "git.example",
    "kubernetes": KUBERNETES_HOST,
    "consul": "ratings.service.consul",
}
_NODE = "router~127.0.0.1~edge.default~default.svc.cluster.local"
_METADATA = {"LABELS": {"istio": "ingressgateway"}}
_PATIENCE = 30.0
_GATEWAY = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: %d, name: http, protocol: HTTP}, hosts: [edge.example]}]
"""
_ENTRY = """apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: %s}
spec:
  hosts: [%s]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: 127.0.0.1, ports: {http: %d}}]
"""
_CONTESTS = """apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: contests, namespace: elsewhere}
spec:
  hosts: [reviews.default.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: 127.0.0.1, ports: {http: 9}}]
"""


class FourWays:
    """The four worlds, the server over them, and requests through the Envoy."""

    def __init__(self, folder: Path, cluster: Cluster, agent: Consul, gateway: int, ports: dict[str, int]) -> None:
        """Take the worlds; `ports` are the upstreams' by name."""
        self.files = folder / "config"
        self.repository = Repository(folder / "git")
        self.cluster = cluster
        self.agent = agent
        self.gateway = gateway
        self.ports = ports
        self.live: Live | None = None
        self._folder = folder
        self._xds = free_port()
        self._server = AsyncExitStack()

    def begin(self) -> None:
        """Write what is there from the beginning: everything leads to `first`."""
        self.files.mkdir()
        (self.files / "gateway.yaml").write_text(_GATEWAY % self.gateway)
        self.repository.commit({"routes.yaml": _routes(), "contests.yaml": _CONTESTS})
        self.cluster.define([kind_named("WorkloadEntry")])
        self.cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "reviews"},
                "spec": {"selector": {"app": "reviews"}, "ports": [{"name": "http", "port": 80}]},
            }
        )
        for way in WAYS:
            self.lead(way, "first")

    async def serve(self) -> None:
        """Start the server, with the address that the Envoy knows."""
        settings = {
            "sources": {"files": [self.files], "consul": [{"address": self.agent.url}]},
            "git": {"repositories": [str(self.repository.root)]},
            "kubernetes": {"clusters": [str(self.cluster.kube.kubeconfig)]},
            "xds": {"address": self.xds, "tls_address": f"{LOOPBACK}:0"},
        }
        self.live = await self._server.enter_async_context(running(self._folder, **settings))

    async def end(self) -> None:
        """End the server; call it from the task that started it."""
        await self._server.aclose()

    @property
    def xds(self) -> str:
        """Where the Envoy finds the server."""
        return f"{LOOPBACK}:{self._xds}"

    def lead(self, way: str, upstream: str) -> None:
        """Edit a source, so that its service is this upstream. Blocks."""
        port = self.ports[upstream]
        match way:
            case "files":
                (self.files / "service.yaml").write_text(_ENTRY % ("files", HOSTS[way], port))
            case "git":
                self.repository.commit({"service.yaml": _ENTRY % ("git", HOSTS[way], port)}, f"lead to {upstream}")
            case "kubernetes":
                self.cluster.apply(
                    {
                        "apiVersion": "networking.istio.io/v1",
                        "kind": "WorkloadEntry",
                        "metadata": {"name": "reviews"},
                        "spec": {"address": LOOPBACK, "ports": {"http": port}, "labels": {"app": "reviews"}},
                    }
                )
            case _:
                body = {"Name": "ratings", "ID": "ratings-1", "Address": LOOPBACK, "Port": port}
                self.agent.put("/v1/agent/service/register", body)

    def lose(self, way: str) -> None:
        """Put a source out of reach. Blocks."""
        match way:
            case "files":
                self.files.rename(self.files.with_name("away"))
            case "git":
                self.repository.lose()
            case "kubernetes":
                self.cluster.kube.stop_server()
            case _:
                self.agent.stop()

    def find(self, way: str) -> None:
        """Put it into reach again. Blocks."""
        match way:
            case "files":
                self.files.with_name("away").rename(self.files)
            case "git":
                self.repository.find()
            case "kubernetes":
                self.cluster.kube.start_server()
            case _:
                self.agent.start()

    async def sources(self) -> dict[str, Any]:
        """Return how the sources are, by name."""
        assert self.live is not None
        return {source["name"]: source for source in await self.live.get("/api/v1/sources")}

    async def state(self, way: str, state: str) -> None:
        """Return once a source is in this state."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while (await self.sources())[way]["state"] != state:
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise AssertionError(f"{way} is not {state}: {(await self.sources())[way]}") from error

    async def served_by(self, way: str) -> str:
        """Return which upstream answers for a source's service; a status where none does."""
        try:
            answer = await ask(f"http://{LOOPBACK}:{self.gateway}/{way}", EDGE)
        except httpx.TransportError as error:
            return type(error).__name__
        return str(answer.json()["name"]) if answer.is_success else str(answer.status_code)

    async def reaches(self, way: str, upstream: str) -> None:
        """Return once requests for a source's service reach this upstream."""
        found = ""
        try:
            async with asyncio.timeout(_PATIENCE):
                while (found := await self.served_by(way)) != upstream:
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise AssertionError(f"{way}: {found}, not {upstream}; {await self.sources()}") from error


def _routes() -> str:
    """Return the routes by path: one mesh, whoever has the service."""
    routes = "".join(
        f"  - match: [{{uri: {{prefix: /{way}}}}}]\n    route: [{{destination: {{host: {host}}}}}]\n"
        for way, host in HOSTS.items()
    )
    return (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: edge}\n"
        f"spec:\n  hosts: [{EDGE}]\n  gateways: [edge]\n  http:\n{routes}"
    )


@asynccontextmanager
async def four_ways(folder: Path) -> AsyncIterator[FourWays]:
    """Run everything: two upstreams, Kubernetes, Consul, our server over the four, and an Envoy that takes requests."""
    (folder / "git").mkdir()
    async with AsyncExitStack() as stack:
        upstreams = [await stack.enter_async_context(web(name)) for name in ("first", "second")]
        api = await asyncio.to_thread(stack.enter_context, kube(folder))
        agent = await asyncio.to_thread(stack.enter_context, consul(folder, keeps=True))
        cluster = Cluster(api)
        stack.callback(cluster.close)
        ways = FourWays(folder, cluster, agent, free_port(), {one.name: one.port for one in upstreams})
        await asyncio.to_thread(ways.begin)
        stack.push_async_callback(ways.end)
        await ways.serve()
        bootstrap = Bootstrap(node=_NODE, server=ways.xds, admin=f"{LOOPBACK}:{free_port()}", metadata=_METADATA)
        (folder / "envoy").mkdir()
        log = folder / "envoy" / "envoy.log"
        await stack.enter_async_context(running_envoy(find_envoy(), bootstrap, folder / "envoy", log))
        yield ways
