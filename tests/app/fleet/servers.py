"""Several xDS servers of one mesh in one process: what each has of its proxies is heard by the fleets of all."""

from __future__ import annotations

import asyncio

from galley.app.fleet.fleet import Fleet
from galley.app.fleet.gather import gather
from galley.app.fleet.report import MOST_LISTED, ServerReport
from proxy.resource_type import ResourceType
from tests.pipeline.builders import thing
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster, host, http_listener, small_routes
from tests.xds.talk import Delta, node

HOSTS = ResourceType.VIRTUAL_HOST


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def mesh() -> Mesh:
    """Return an xDS server at revision 1."""
    made = Mesh()
    made.set(ResourceType.CLUSTER, "web", eds_cluster("web"))
    made.set(ResourceType.LISTENER, "front", http_listener("front", "80"))
    made.set(ResourceType.ROUTE, "80", small_routes("80"))
    made.set(HOSTS, "80/a", host("80/a", "a.example", "one"))
    made.publish()
    return made


def edit(server: Mesh, text: str) -> int:
    """Publish the next revision, which every proxy sees."""
    server.set(HOSTS, "80/a", host("80/a", "a.example", text))
    return server.publish()


def connected(server: Mesh, name: str) -> Delta:
    """Return a proxy that has everything."""
    stream = Delta(server, node(name))
    for type_, names in ((ResourceType.CLUSTER, ()), (ResourceType.LISTENER, ()), (ResourceType.ROUTE, ("80",))):
        stream.ask(type_, *names)
    stream.ask(HOSTS)
    return stream


def fleet(server: Mesh | None, name: str, clock: Clock) -> Fleet:
    """Return the fleet as the server of this name sees it, of which all reports have been read."""
    ledger = server.discovery.ledger if server is not None else None
    made = Fleet(clock, ledger=ledger, made_of=lambda *_: [thing("a")], name=name, shared=True)
    made.read()
    return made


def report(server: Mesh, name: str, clock: Clock, *, most_listed: int = MOST_LISTED) -> ServerReport:
    """Return a server's report, as it comes out of the topic."""
    made = asyncio.run(gather(server.discovery.ledger, lambda *_: [thing("a")], name, clock(), most_listed=most_listed))
    return ServerReport.model_validate_json(made.model_dump_json(exclude_defaults=True))
