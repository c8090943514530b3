"""The certificate service over real sockets: joining with a token, renewing with a certificate."""

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import grpc
import grpc.aio
import pytest
from cryptography import x509
from structlog.testing import capture_logs

from citadel.client import CertificateRefusedError, Credentials, obtain, renew
from citadel.counts import Count
from citadel.identity import Identity
from citadel.peer import identity_of
from citadel.policy import IssuingPolicy
from citadel.proto.certificate_service import PATH, CertificateRequest, decode_response, encode_request
from tests.citadel.builders import Running, csr_pem, identity, running


async def _call(citadel: Running, request: bytes, metadata: tuple[tuple[str, str], ...] = ()) -> grpc.StatusCode:
    trust = grpc.ssl_channel_credentials(citadel.root)
    async with grpc.aio.secure_channel(citadel.join, trust) as channel:
        try:
            await channel.unary_unary(PATH, None, None)(request, metadata=metadata, timeout=10)
        except grpc.aio.AioRpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def _request(**fields: object) -> bytes:
    return encode_request(CertificateRequest(csr=csr_pem(), **fields))  # type: ignore[arg-type]


async def test_a_token_buys_a_certificate_of_its_identity_whatever_the_csr_says(tmp_path: Path) -> None:
    """The SAN is the token's identity; the hint in the CSR decides nothing."""
    async with running(tmp_path) as citadel:
        got = await obtain(citadel.join, citadel.token(), citadel.root, identity=identity(account="admin"))
        assert identity_of(got.chain_pem) == identity()
        assert got.root_pem == citadel.root
        assert b"PRIVATE" not in repr(got).encode()


async def test_a_token_that_was_used_is_refused(tmp_path: Path) -> None:
    """The second comer is told that the token was used and what to do."""
    async with running(tmp_path) as citadel:
        token = citadel.token()
        await obtain(citadel.join, token, citadel.root)
        with pytest.raises(CertificateRefusedError, match="used already; make a new one") as raised:
            await obtain(citadel.join, token, citadel.root)
        assert raised.value.code == "UNAUTHENTICATED"


async def test_of_many_who_bring_one_token_at_once_one_gets_a_certificate(tmp_path: Path) -> None:
    """Over the wire, too, a token is good once."""
    async with running(tmp_path) as citadel:
        token = citadel.token()
        request, metadata = _request(), (("authorization", f"Bearer {token}"),)
        codes = await asyncio.gather(*(_call(citadel, request, metadata) for _ in range(8)))
        assert sorted(code.name for code in codes) == ["OK"] + ["UNAUTHENTICATED"] * 7
        assert citadel.service.counts.value(Count.ISSUED) == 1


async def test_renewal_gives_the_callers_identity_whatever_the_csr_says(tmp_path: Path) -> None:
    """With another's identity in the CSR, the answer is still a certificate of the caller, for a new key."""
    async with running(tmp_path) as citadel:
        first = await obtain(citadel.join, citadel.token(), citadel.root)
        second = await renew(citadel.renewal, first, identity=identity("kube-system", "admin"))
        third = await renew(citadel.renewal, second)
        assert identity_of(second.chain_pem) == identity_of(third.chain_pem) == identity()
        assert len({first.key_pem, second.key_pem, third.key_pem}) == 3


async def test_renewal_without_a_certificate_of_ours_does_not_get_through_tls(tmp_path: Path) -> None:
    """No certificate, or one of another authority: the handshake fails, and nothing is counted."""
    async with running(tmp_path / "a") as citadel, running(tmp_path / "b") as other:
        theirs = await obtain(other.join, other.token(), other.root)
        stranger = Credentials(key_pem=theirs.key_pem, chain_pem=theirs.chain_pem, root_pem=citadel.root)
        with pytest.raises(CertificateRefusedError, match="UNAVAILABLE"):
            await renew(citadel.renewal, stranger)
        bare = grpc.ssl_channel_credentials(citadel.root)
        async with grpc.aio.secure_channel(citadel.renewal, bare) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await channel.unary_unary(PATH, None, None)(_request(), timeout=10)
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        assert citadel.service.counts.value(Count.REQUESTS) == 0


async def test_wrong_requests_get_the_right_status_and_keep_the_token(tmp_path: Path) -> None:
    """Each refusal has its code, and a token that came with a bad request is still good."""
    async with running(tmp_path) as citadel:
        token = citadel.token()
        bearer = (("authorization", f"bearer {token}"),)
        bad, denied = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED
        unknown = grpc.StatusCode.UNAUTHENTICATED
        assert await _call(citadel, _request()) is unknown
        assert await _call(citadel, _request(), (("authorization", "Basic eDp5"),)) is unknown
        assert await _call(citadel, _request(), (("authorization", "Bearer nonsense"),)) is unknown
        assert await _call(citadel, b"\xff\xff", bearer) is bad
        assert await _call(citadel, encode_request(CertificateRequest(csr="nonsense")), bearer) is bad
        for seconds in (-1, 2**62, 91 * 86400):
            assert await _call(citadel, _request(validity_seconds=seconds), bearer) is bad
        other = {"ImpersonatedIdentity": str(identity(account="other"))}
        assert await _call(citadel, _request(metadata=other), bearer) is denied
        citadel.policies.append(IssuingPolicy(revision=2, trust_domain="elsewhere.example"))
        assert await _call(citadel, _request(), bearer) is denied
        citadel.policies.append(None)
        assert await _call(citadel, _request(), bearer) is grpc.StatusCode.UNAVAILABLE
        citadel.policies.append(IssuingPolicy(revision=3))
        assert await _call(citadel, _request(), bearer) is grpc.StatusCode.OK


async def test_a_store_that_cannot_be_used_is_no_verdict_on_the_token(tmp_path: Path) -> None:
    """The caller is told to come again, not that its token is bad."""
    async with running(tmp_path) as citadel:
        bearer = (("authorization", f"Bearer {citadel.token()}"),)
        moved = (tmp_path / "tokens").rename(tmp_path / "elsewhere")
        (tmp_path / "tokens").write_text("")
        assert await _call(citadel, _request(), bearer) is grpc.StatusCode.UNAVAILABLE
        (tmp_path / "tokens").unlink()
        moved.rename(tmp_path / "tokens")
        assert await _call(citadel, _request(), bearer) is grpc.StatusCode.OK


async def test_a_lifetime_that_is_asked_is_given(tmp_path: Path) -> None:
    """In seconds, counted from now."""
    async with running(tmp_path) as citadel:
        got = await obtain(citadel.join, citadel.token(), citadel.root, validity_seconds=600)
        made = got.certificate
        assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(minutes=12)


async def test_logs_name_the_identity_and_no_secret(tmp_path: Path) -> None:
    """What is issued and refused is logged; the token, the key and the CSR are not."""
    async with running(tmp_path) as citadel:
        token = citadel.token()
        with capture_logs() as logs:
            got = await obtain(citadel.join, token, citadel.root)
            with pytest.raises(CertificateRefusedError) as raised:
                await obtain(citadel.join, token, citadel.root)
    events = [entry["event"] for entry in logs]
    assert events == ["citadel.certificate.issued", "citadel.certificate.refused"]
    text = repr(logs) + str(raised.value)
    assert str(identity()) in text
    assert token not in text
    assert "PRIVATE" not in text
    assert got.key_pem.decode() not in text


async def test_the_servers_certificate_changes_while_it_runs(tmp_path: Path) -> None:
    """A connection after half of its life is shown another one than a connection before; both verify."""
    async with running(tmp_path, lifetime=timedelta(minutes=2)) as citadel:
        first = await _shown(citadel)
        assert await _shown(citadel) == first
        citadel.ahead.append(timedelta(minutes=1))
        assert await _shown(citadel) != first


async def test_a_workloads_credentials_make_a_mutual_tls_connection(tmp_path: Path) -> None:
    """The files that are written serve both ends of a real handshake, each of which sees the other's identity."""
    async with running(tmp_path / "ca") as citadel:
        ends = {}
        for account in ("client", "server"):
            got = await obtain(citadel.join, citadel.token(identity(account=account)), citadel.root)
            ends[account] = got.write(tmp_path / account)
    seen: asyncio.Future[Identity] = asyncio.get_running_loop().create_future()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.set_result(_peer(writer))
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=_context(ends["server"], ssl.PROTOCOL_TLS_SERVER))
    async with server:
        port = server.sockets[0].getsockname()[1]
        context = _context(ends["client"], ssl.PROTOCOL_TLS_CLIENT)
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="x")
        assert _peer(writer) == identity(account="server")
        assert await seen == identity(account="client")
        writer.close()
        await writer.wait_closed()
    key, _, _ = ends["client"]
    assert key.stat().st_mode & 0o777 == 0o600


async def test_the_answer_is_leaf_first_root_last(tmp_path: Path) -> None:
    """As every client of Istio's service reads it."""
    async with running(tmp_path) as citadel:
        trust = grpc.ssl_channel_credentials(citadel.root)
        metadata = (("authorization", f"Bearer {citadel.token()}"),)
        async with grpc.aio.secure_channel(citadel.join, trust) as channel:
            answer = await channel.unary_unary(PATH, None, None)(_request(), metadata=metadata, timeout=10)
        leaf, root = (x509.load_pem_x509_certificate(pem.encode()) for pem in decode_response(answer))
        leaf.verify_directly_issued_by(root)
        assert root == citadel.authority.issuer.certificate


async def _shown(citadel: Running) -> bytes:
    """The certificate that the join port shows; the connection verifies it."""
    context = ssl.create_default_context(cadata=citadel.authority.root_pem)
    context.set_alpn_protocols(["h2"])
    host, _, port = citadel.join.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname="localhost")
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return shown


def _context(files: tuple[Path, Path, Path], protocol: int) -> ssl.SSLContext:
    key, chain, root = files
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.load_cert_chain(chain, key)
    context.load_verify_locations(root)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _peer(writer: asyncio.StreamWriter) -> Identity:
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return identity_of(ssl.DER_cert_to_PEM_cert(der).encode())
