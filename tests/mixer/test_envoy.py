"""A real Envoy logs real requests to Mixer, and the metrics name both ends of each."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from citadel.client import obtain
from mixer.index import Index
from mixer.server import AccessLogService, MixerServer
from mixer.telemetry import Telemetry
from tests.citadel.builders import identity, running
from tests.mixer.builders import entry, index, service_entry
from tests.mixer.envoy import LOOPBACK, TYPE, bootstrap, cluster, envoy, get, http_listener, tcp_listener, upstream

HOST = "reviews.example.com"


@asynccontextmanager
async def _mixer(known: Index) -> AsyncIterator[tuple[int, Telemetry]]:
    telemetry = Telemetry()
    server = MixerServer(AccessLogService(known, telemetry))
    try:
        yield await server.start(f"{LOOPBACK}:0"), telemetry
    finally:
        await server.stop(0)


async def _until(telemetry: Telemetry, http: int, tcp: int = 0) -> None:
    async with asyncio.timeout(20):
        while telemetry.records["http"] < http or telemetry.records["tcp"] < tcp:
            await asyncio.sleep(0.02)


def _samples(telemetry: Telemetry, name: str) -> list[tuple[dict[str, str], float]]:
    registry = CollectorRegistry()
    registry.register(telemetry)
    found = [sample for metric in registry.collect() for sample in metric.samples]
    return [(sample.labels, sample.value) for sample in found if sample.name == name]


def _outbound(version: str) -> str:
    return f"outbound|80|{version}|{HOST}"


@pytest.mark.envoy
async def test_requests_through_a_real_envoy_become_istios_metrics(tmp_path: Path) -> None:
    """Each request counts once, under both ends' names; so do its sizes, its failure, and a connection's bytes."""
    labels = {"app": "productpage", "version": "v9"}
    metadata = {"WORKLOAD_NAME": "productpage", "LABELS": labels, "CLUSTER_ID": "here"}
    node = {"id": "sidecar~10.0.0.9~productpage-1.shop~local", "metadata": metadata}
    async with upstream("one") as first, upstream("two") as second:
        known = index(
            service_entry(HOST, selector={"app": "reviews"}),
            entry("reviews-v1", LOOPBACK, {"app": "reviews", "version": "v1"}, first),
            entry("reviews-v2", LOOPBACK, {"app": "reviews", "version": "v2"}, second),
        )
        clusters = [cluster(_outbound(version), port) for version, port in (("v1", first), ("v2", second), ("v3", 1))]
        routes = {f"/{version}": _outbound(version) for version in ("v1", "v2", "v3")}
        listeners = [http_listener("http", routes), tcp_listener("tcp", _outbound("v1"))]
        async with (
            _mixer(known) as (mixer, telemetry),
            envoy(tmp_path, bootstrap(mixer, node, listeners, clusters)) as ports,
        ):
            for path in ("/v1", "/v1", "/v2", "/v3", "/none"):
                await get(f"http://{LOOPBACK}:{ports['http']}{path}", HOST)
            assert await get(f"http://{LOOPBACK}:{ports['tcp']}/", HOST) == "one"
            await _until(telemetry, http=5, tcp=2)
    _check_requests(telemetry)
    _check_connections(telemetry)


@pytest.mark.envoy
async def test_mutual_tls_of_certificates_of_citadel_names_both_principals(tmp_path: Path) -> None:
    """A real Envoy serves with a certificate that a token bought, and tells whose certificate its client has."""
    web, reviews = identity("shop", "web"), identity("default", "reviews")
    async with running(tmp_path / "ca") as citadel:
        ends = {}
        for whose in (web, reviews):
            got = await obtain(citadel.join, citadel.token(whose), citadel.root)
            ends[whose] = got.write(tmp_path / whose.service_account)
    async with upstream("one") as port:
        workload = entry("reviews-v1", LOOPBACK, {"app": "reviews", "version": "v1"}, port)
        known = index(service_entry(HOST, selector={"app": "reviews"}), workload)
        node = {"id": f"sidecar~{LOOPBACK}~reviews-v1.default~local"}
        inbound = f"inbound|{port}||"
        listener = http_listener("in", {"/": inbound}, transport_socket=_server_tls(ends[reviews]))
        async with (
            _mixer(known) as (mixer, telemetry),
            envoy(tmp_path, bootstrap(mixer, node, [listener], [cluster(inbound, port)])) as ports,
        ):
            url = f"https://{LOOPBACK}:{ports['in']}/"
            assert await get(url, HOST, verify=_client_tls(ends[web])) == "one"
            await _until(telemetry, http=1)
    ((labels, value),) = _samples(telemetry, "istio_requests_total")
    expected = {
        "reporter": "destination",
        "connection_security_policy": "mutual_tls",
        "source_principal": str(web),
        "source_workload_namespace": "shop",
        "destination_principal": str(reviews),
        "destination_workload": "reviews-v1",
        "destination_service": HOST,
    }
    assert value == 1
    assert expected.items() <= labels.items()


def _server_tls(files: tuple[Path, Path, Path]) -> dict[str, Any]:
    key, chain, root = ({"filename": str(file)} for file in files)
    context = {
        "tls_certificates": [{"certificate_chain": chain, "private_key": key}],
        "validation_context": {"trusted_ca": root},
    }
    name = f"{TYPE}.transport_sockets.tls.v3.DownstreamTlsContext"
    config = {"@type": name, "require_client_certificate": True, "common_tls_context": context}
    return {"name": "tls", "typed_config": config}


def _client_tls(files: tuple[Path, Path, Path]) -> ssl.SSLContext:
    key, chain, root = files
    context = ssl.create_default_context(cafile=str(root))
    context.check_hostname = False  # the name is an identity, not a host
    context.load_cert_chain(chain, key)
    return context


def _check_requests(telemetry: Telemetry) -> None:
    requests = {
        (labels["destination_workload"], labels["destination_version"], labels["response_code"]): (labels, value)
        for labels, value in _samples(telemetry, "istio_requests_total")
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
    sizes = {labels["destination_version"]: value for labels, value in _samples(telemetry, "istio_response_bytes_sum")}
    assert sizes["v1"] > 2 * len("one")


def _check_connections(telemetry: Telemetry) -> None:
    values = {}
    for name in ("connections_opened", "connections_closed", "sent_bytes", "received_bytes"):
        ((labels, values[name]),) = _samples(telemetry, f"istio_tcp_{name}_total")
        assert (labels["destination_workload"], labels["request_protocol"]) == ("reviews-v1", "tcp")
    assert (values["connections_opened"], values["connections_closed"]) == (1, 1)
    assert values["sent_bytes"] > len("one")
    assert values["received_bytes"] > 0
