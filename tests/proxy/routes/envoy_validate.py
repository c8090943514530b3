"""Whether the real Envoy takes route configurations, asked once for many of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from envoy.config.bootstrap.v3.bootstrap_pb2 import Bootstrap
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from envoy.extensions.filters.http.router.v3.router_pb2 import Router
from envoy.extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2 import (
    HttpConnectionManager,
)

ENVOY = Path(__file__).parents[3] / ".envoy" / "bin" / "envoy"


def refusal(configurations: Iterable[RouteConfiguration]) -> str:
    """What Envoy has against any of the route configurations; empty where it takes them all."""
    bootstrap = Bootstrap()
    for number, configuration in enumerate(configurations):
        _listen(bootstrap, number, configuration)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "bootstrap.pb"
        path.write_bytes(bootstrap.SerializeToString())
        command = [str(ENVOY), "--mode", "validate", "-l", "critical", "-c", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr + done.stdout


def _listen(bootstrap: Bootstrap, number: int, configuration: RouteConfiguration) -> None:
    manager = HttpConnectionManager(stat_prefix="test", route_config=configuration)
    router = manager.http_filters.add(name="envoy.filters.http.router")
    router.typed_config.Pack(Router())
    listener = bootstrap.static_resources.listeners.add(name=f"l{number}")
    listener.address.socket_address.address = "127.0.0.1"
    listener.address.socket_address.port_value = 0
    chain = listener.filter_chains.add()
    chain.filters.add(name="envoy.filters.network.http_connection_manager").typed_config.Pack(manager)
