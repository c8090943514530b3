"""The TLS address: a client certificate is required, and certificates rotate without a restart."""

from __future__ import annotations

import grpc
import pytest
from grpc import aio

from proxy.resource_type import ResourceType
from proxy.server import Certificates, Server
from tests.envoy.certificates import Certificate, another
from tests.xds.mesh import Mesh
from tests.xds.samples import eds_cluster
from tests.xds.served import LOOPBACK
from tests.xds.wire import ADS, Wire, channel

CDS = ResourceType.CLUSTER


def _certificates(server: Certificate, client: Certificate) -> Certificates:
    return Certificates(chain=server.certificate.encode(), key=server.key.encode(), roots=client.certificate.encode())


def _client(server: Certificate, client: Certificate | None) -> grpc.ChannelCredentials:
    if client is None:
        return grpc.ssl_channel_credentials(server.certificate.encode())
    return grpc.ssl_channel_credentials(server.certificate.encode(), client.key.encode(), client.certificate.encode())


async def _ask(port: int, credentials: grpc.ChannelCredentials) -> list[str]:
    async with channel(port, credentials) as connection:
        return await Wire(connection.stream_stream(ADS)(), delta=True, name="a").ask(CDS)


async def test_clients_show_a_certificate_and_ours_may_change() -> None:
    """Whoever has none, or one of another authority, is not served; the next handshake sees our next certificate."""
    mesh = Mesh()
    mesh.set(CDS, "one", eds_cluster("one"))
    mesh.publish()
    ours, theirs = another("localhost"), another("client")
    shown = [_certificates(ours, theirs)]
    server = Server(mesh.discovery)
    port = (await server.open(tls_address=f"{LOOPBACK}:0", certificates=lambda: shown[-1]))["xds_tls"]
    server.ready()
    try:
        assert await _ask(port, _client(ours, theirs)) == ["one"]
        for stranger in (None, another("client")):
            with pytest.raises((aio.AioRpcError, AssertionError)):
                await _ask(port, _client(ours, stranger))
        async with channel(port, _client(ours, theirs)) as connection:
            old = Wire(connection.stream_stream(ADS)(), delta=True, name="b")
            assert await old.ask(CDS) == ["one"]
            renewed = another("localhost")
            shown.append(_certificates(renewed, theirs))
            assert await _ask(port, _client(renewed, theirs)) == ["one"]
            mesh.set(CDS, "one", eds_cluster("one", "2"))
            mesh.publish()
            assert await old.take() == ["one"]
    finally:
        await server.stop(0)
