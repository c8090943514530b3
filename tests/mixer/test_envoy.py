"""A real Envoy logs real requests to Mixer, and the metrics name both ends of each."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from mixer.server import AccessLogService, MixerServer
from mixer.telemetry import Telemetry
from tests.mixer.builders import entry, index, service_entry

ENVOY = Path(__file__).parents[2] / ".envoy" / "bin" / "envoy"
HOST = "reviews.example.com"
VERSIONS = ("v1", "v2")
LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def _upstream(text: str) -> AsyncIterator[int]:
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
async def _envoy(folder: Path, bootstrap: dict[str, Any]) -> AsyncIterator[dict[str, int]]:
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
            port = int(admin.read_text().rpartition(":")[2])
            while "LIVE" not in await _get(port, "/ready"):
                await asyncio.sleep(0.02)
            found = json.loads(await _get(port, "/listeners?format=json"))["listener_statuses"]
        yield {one["name"]: one["local_address"]["socket_address"]["port_value"] for one in found}
    finally:
        log.close()
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _get(port: int, path: str) -> str:
    """The body of the answer to a GET."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://{LOOPBACK}:{port}{path}", headers={"host": HOST})).text


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}


def _cluster(name: str, port: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    endpoint = {"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}
    assignment = {"cluster_name": name, "endpoints": [endpoint]}
    return {"name": name, "type": "STATIC", "connect_timeout": "1s", "load_assignment": assignment, **more}


def _log(kind: str) -> list[dict[str, Any]]:
    service = {
        "log_name": "galley",
        "transport_api_version": "V3",
        "buffer_flush_interval": "0.05s",
        "grpc_service": {"envoy_grpc": {"cluster_name": "mixer"}},
    }
    name = f"type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.{kind}GrpcAccessLogConfig"
    return [{"name": "log", "typed_config": {"@type": name, "common_config": service}}]


def _outbound(version: str) -> str:
    return f"outbound|80|{version}|{HOST}"


def _http_listener() -> dict[str, Any]:
    routes = [
        {"match": {"prefix": f"/{version}"}, "route": {"cluster": _outbound(version)}} for version in (*VERSIONS, "v3")
    ]
    router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
    package = "envoy.extensions.filters.network.http_connection_manager.v3"
    manager = {
        "@type": f"type.googleapis.com/{package}.HttpConnectionManager",
        "stat_prefix": "http",
        "access_log": _log("Http"),
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": router}}],
    }
    return _listener("http", manager)


def _tcp_listener() -> dict[str, Any]:
    proxy = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "tcp",
        "cluster": _outbound("v1"),
        "access_log": _log("Tcp"),
        "access_log_options": {"flush_access_log_on_connected": True},
    }
    return _listener("tcp", proxy)


def _listener(name: str, filter_config: dict[str, Any]) -> dict[str, Any]:
    chain = {"filters": [{"name": name, "typed_config": filter_config}]}
    return {"name": name, "address": _address(0), "filter_chains": [chain]}


def _bootstrap(mixer: int, upstreams: dict[str, int]) -> dict[str, Any]:
    http2 = {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        }
    }
    clusters = [_cluster(_outbound(version), port) for version, port in upstreams.items()]
    clusters.append(_cluster("mixer", mixer, typed_extension_protocol_options=http2))
    labels = {"app": "productpage", "version": "v9"}
    metadata = {"WORKLOAD_NAME": "productpage", "LABELS": labels, "CLUSTER_ID": "here"}
    return {
        "admin": {"address": _address(0)},
        "node": {"id": "sidecar~10.0.0.9~productpage-1.shop~local", "cluster": "c", "metadata": metadata},
        "static_resources": {"listeners": [_http_listener(), _tcp_listener()], "clusters": clusters},
    }


@pytest.mark.envoy
async def test_requests_through_a_real_envoy_become_istios_metrics(tmp_path: Path) -> None:
    """Each request counts once, under both ends' names; so do its sizes, its failure, and a connection's bytes."""
    telemetry, registry = Telemetry(), CollectorRegistry()
    registry.register(telemetry)
    async with _upstream("one") as first, _upstream("two") as second:
        known = index(
            service_entry(HOST, selector={"app": "reviews"}),
            entry("reviews-v1", LOOPBACK, {"app": "reviews", "version": "v1"}, first),
            entry("reviews-v2", LOOPBACK, {"app": "reviews", "version": "v2"}, second),
        )
        server = MixerServer(AccessLogService(known, telemetry))
        mixer = await server.start(f"{LOOPBACK}:0")
        try:
            upstreams = {"v1": first, "v2": second, "v3": 1}
            async with _envoy(tmp_path, _bootstrap(mixer, upstreams)) as ports:
                for path in ("/v1", "/v1", "/v2", "/v3", "/none"):
                    await _get(ports["http"], path)
                assert "one" in await _get(ports["tcp"], "/")
                async with asyncio.timeout(20):
                    while telemetry.records["http"] < 5 or telemetry.records["tcp"] < 2:
                        await asyncio.sleep(0.02)
        finally:
            await server.stop(0)
    _check_requests(registry)
    _check_connections(registry)


def _samples(registry: CollectorRegistry, name: str) -> list[tuple[dict[str, str], float]]:
    found = [sample for metric in registry.collect() for sample in metric.samples]
    return [(sample.labels, sample.value) for sample in found if sample.name == name]


def _check_requests(registry: CollectorRegistry) -> None:
    requests = {
        (labels["destination_workload"], labels["destination_version"], labels["response_code"]): (labels, value)
        for labels, value in _samples(registry, "istio_requests_total")
    }
    assert {key: value for key, (_, value) in requests.items()} == {
        ("reviews-v1", "v1", "200"): 2,
        ("reviews-v2", "v2", "200"): 1,
        ("unknown", "unknown", "503"): 1,
        ("unknown", "unknown", "404"): 1,
    }
    labels, _ = requests["reviews-v1", "v1", "200"]
    expected = {
        "reporter": "source",
        "source_workload": "productpage",
        "source_workload_namespace": "shop",
        "source_version": "v9",
        "source_cluster": "here",
        "destination_service": HOST,
        "destination_service_name": HOST,
        "destination_service_namespace": "default",
        "destination_workload_namespace": "default",
        "destination_app": "reviews",
        "request_protocol": "http",
        "response_flags": "-",
        "connection_security_policy": "unknown",
        "grpc_response_status": "",
    }
    assert expected.items() <= labels.items()
    assert "UF" in requests["unknown", "unknown", "503"][0]["response_flags"]
    assert requests["unknown", "unknown", "404"][0]["response_flags"] == "NR"
    sizes = {labels["destination_version"]: value for labels, value in _samples(registry, "istio_response_bytes_sum")}
    assert sizes["v1"] > 2 * len("one")


def _check_connections(registry: CollectorRegistry) -> None:
    values = {}
    for name in ("connections_opened", "connections_closed", "sent_bytes", "received_bytes"):
        ((labels, values[name]),) = _samples(registry, f"istio_tcp_{name}_total")
        assert (labels["destination_workload"], labels["request_protocol"]) == ("reviews-v1", "tcp")
    assert (values["connections_opened"], values["connections_closed"]) == (1, 1)
    assert values["sent_bytes"] > len("one")
    assert values["received_bytes"] > 0
