"""A mesh of so many services, each with what it takes to route to it: three objects a service, in two files."""

from __future__ import annotations

from pathlib import Path

ROUTE_TABLE = "80"
"""The route configuration in which a sidecar has all of the mesh's hosts."""

_SERVICE = """\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: svc-{i}, namespace: default}}
spec:
  hosts: [svc-{i}.bench.example]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{{number: 80, name: http, protocol: HTTP}}]
  endpoints:
  - {{address: 10.{high}.{low}.1, ports: {{http: 8080}}, labels: {{version: v1}}}}
  - {{address: 10.{high}.{low}.2, ports: {{http: 8080}}, labels: {{version: v2}}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: svc-{i}, namespace: default}}
spec:
  host: svc-{i}.bench.example
  trafficPolicy: {{connectionPool: {{tcp: {{maxConnections: 100}}}}}}
  subsets:
  - {{name: v1, labels: {{version: v1}}}}
  - {{name: v2, labels: {{version: v2}}}}
"""
_ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: svc-{i}, namespace: default}}
spec:
  hosts: [svc-{i}.bench.example]
  http:
  - match: [{{headers: {{x-mark: {{exact: "{mark}"}}}}}}]
    route: [{{destination: {{host: svc-{i}.bench.example, subset: v2}}}}]
  - timeout: 2s
    retries: {{attempts: 3, perTryTimeout: 500ms, retryOn: "5xx,reset"}}
    route: [{{destination: {{host: svc-{i}.bench.example, subset: v1}}}}]
"""


def service(i: int) -> str:
    """A service with two versions, and the rule that names them."""
    return _SERVICE.format(i=i, high=i // 250 + 1, low=i % 250)


def route(i: int, mark: str = "none") -> str:
    """The routes of a service; the mark stands in the match of the first."""
    return _ROUTE.format(i=i, mark=mark)


def write(folder: Path, services: int) -> None:
    """Write the mesh into a folder of its own."""
    folder.mkdir(parents=True)
    for i in range(services):
        (folder / f"service-{i}.yaml").write_text(service(i))
        (folder / f"route-{i}.yaml").write_text(route(i))


def edit(folder: Path, mark: str) -> None:
    """Put a mark into the routes of service 0, as an editor does that never leaves half a file."""
    temporary = folder / ".route-0.yaml.new"
    temporary.write_text(route(0, mark))
    temporary.replace(folder / "route-0.yaml")
