"""A real Envoy on a static bootstrap that logs to Mixer, and the servers behind it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

ENVOY = Path(__file__).parents[2] / ".envoy" / "bin" / "envoy"
LOOPBACK = "127.0.0.1"
TYPE = "type.googleapis.com/envoy.extensions"


@asynccontextmanager
async def upstream(text: str) -> AsyncIterator[int]:
    """A server that answers every request with `text`, and its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(text)}\r\nconnection: close\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def envoy(folder: Path, bootstrap: Mapping[str, Any]) -> AsyncIterator[dict[str, int]]:
    """An Envoy on a bootstrap, and the ports of its listeners by their names."""
    config, admin = folder / "bootstrap.json", folder / "admin.txt"
    config.write_text(json.dumps(bootstrap))
    log = (folder / "envoy.log").open("wb")
    command = ("-c", str(config), "--admin-address-path", str(admin), "--use-dynamic-base-id", "--concurrency", "1")
    process = await asyncio.create_subprocess_exec(ENVOY, *command, stdout=log, stderr=log)
    try:
        async with asyncio.timeout(20):
            while not admin.exists() or not admin.read_text():
                assert process.returncode is None, (folder / "envoy.log").read_text()
                await asyncio.sleep(0.02)
            url = f"http://{admin.read_text()}"
            while "LIVE" not in await get(f"{url}/ready"):
                await asyncio.sleep(0.02)
            found = json.loads(await get(f"{url}/listeners?format=json"))["listener_statuses"]
        yield {one["name"]: one["local_address"]["socket_address"]["port_value"] for one in found}
    finally:
        log.close()
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def get(url: str, host: str = "localhost", **client: Any) -> str:  # noqa: ANN401  httpx' own options
    """The body of the answer to a GET."""
    async with httpx.AsyncClient(trust_env=False, **client) as session:
        return (await session.get(url, headers={"host": host})).text


def address(port: int) -> dict[str, Any]:
    """A socket on this machine."""
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}


def cluster(name: str, port: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    """A cluster with one endpoint here."""
    endpoint = {"lb_endpoints": [{"endpoint": {"address": address(port)}}]}
    assignment = {"cluster_name": name, "endpoints": [endpoint]}
    return {"name": name, "type": "STATIC", "connect_timeout": "1s", "load_assignment": assignment, **more}


def http_listener(name: str, routes: Mapping[str, str], **chain: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    """A listener on a free port that routes by path prefix to clusters, and logs."""
    matched = [{"match": {"prefix": prefix}, "route": {"cluster": target}} for prefix, target in routes.items()]
    manager = {
        "@type": f"{TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http",
        "access_log": _log("Http"),
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": matched}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": f"{TYPE}.filters.http.router.v3.Router"}}],
    }
    return _listener(name, manager, chain)


def tcp_listener(name: str, target: str) -> dict[str, Any]:
    """A listener on a free port that proxies connections, and logs their begin and their end."""
    proxy = {
        "@type": f"{TYPE}.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "tcp",
        "cluster": target,
        "access_log": _log("Tcp"),
        "access_log_options": {"flush_access_log_on_connected": True},
    }
    return _listener(name, proxy, {})


def bootstrap(
    mixer: int, node: Mapping[str, Any], listeners: list[dict[str, Any]], clusters: list[dict[str, Any]]
) -> dict[str, Any]:
    """A bootstrap whose access logs go to Mixer's port."""
    protocol = f"{TYPE}.upstreams.http.v3.HttpProtocolOptions"
    options = {"@type": protocol, "explicit_http_config": {"http2_protocol_options": {}}}
    name = protocol.removeprefix("type.googleapis.com/")
    logs = cluster("mixer", mixer, typed_extension_protocol_options={name: options})
    return {
        "admin": {"address": address(0)},
        "node": {"cluster": "test", **node},
        "static_resources": {"listeners": listeners, "clusters": [*clusters, logs]},
    }


def _log(kind: str) -> list[dict[str, Any]]:
    service = {
        "log_name": "galley",
        "transport_api_version": "V3",
        "buffer_flush_interval": "0.05s",
        "grpc_service": {"envoy_grpc": {"cluster_name": "mixer"}},
    }
    name = f"{TYPE}.access_loggers.grpc.v3.{kind}GrpcAccessLogConfig"
    return [{"name": "log", "typed_config": {"@type": name, "common_config": service}}]


def _listener(name: str, filter_config: dict[str, Any], chain: dict[str, Any]) -> dict[str, Any]:
    filters = [{"name": name, "typed_config": filter_config}]
    return {"name": name, "address": address(0), "filter_chains": [{"filters": filters, **chain}]}
