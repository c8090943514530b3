"""The gRPC shell of Citadel: certificates for a join token on a port of its own, renewal on a port that is given.

gRPC for Python asks every client of a port for a certificate, or none: so a workload that has none yet comes to 8060
with a token, and one that has one comes to 15012, whose server the wiring adds `CertificateService.renewal` to.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias

import grpc
import grpc.aio
import structlog

from citadel import certificate
from citadel.authority import Authority
from citadel.counts import CertificateCounts, Count
from citadel.identity import Identity, IdentityError
from citadel.peer import identity_of
from citadel.policy import IssuingPolicy, Refusal, RefusalReason
from citadel.proto.certificate_service import METHOD, SERVICE, encode_response
from citadel.request import Judged, judge
from citadel.serving import ServerPair, ServingCertificate
from citadel.tokens import TokenError, TokenStore

MAX_MESSAGE_BYTES = 64 * 1024
MAX_CONCURRENT = 64
BEARER = "bearer "

_CODES = {
    RefusalReason.INVALID: (grpc.StatusCode.INVALID_ARGUMENT, Count.BAD_REQUEST),
    RefusalReason.DENIED: (grpc.StatusCode.PERMISSION_DENIED, Count.DENIED),
    RefusalReason.EXPIRED_AUTHORITY: (grpc.StatusCode.FAILED_PRECONDITION, Count.DENIED),
}
_NO_TOKEN = "send metadata `authorization: Bearer TOKEN`; `galley token create --identity ...` makes a token"  # noqa: S105  the text names a token and is none
_NO_CERTIFICATE = "renewal needs the workload's present certificate; without one, join with a token on the join port"
_NO_STORE = "the server cannot read or write its tokens; its log says why"
_NO_POLICY = "no configuration has arrived yet, so nobody knows what may be issued; try again"

Handler: TypeAlias = "grpc.GenericRpcHandler[bytes, bytes]"
_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"

_log = structlog.get_logger("citadel")


def utc_now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


class _Refused(Exception):
    """A request that ends in a status other than OK."""

    def __init__(self, code: grpc.StatusCode, message: str, count: Count | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.count = code, message, count


class CertificateService:
    """`istio.v1.auth.IstioCertificateService` for its two kinds of callers.

    `policy` gives the issuing policy of the moment, None before the first snapshot.
    """

    def __init__(
        self,
        authority: Authority,
        tokens: TokenStore,
        policy: Callable[[], IssuingPolicy | None],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._authority = authority
        self._tokens = tokens
        self._policy = policy
        self._clock = clock
        self.counts = CertificateCounts(authority)

    @property
    def join(self) -> Handler:
        """The handler for callers with a join token."""
        return self._handler(self._joined)

    @property
    def renewal(self) -> Handler:
        """The handler for a server that requires client certificates of this authority."""
        return self._handler(self._renewed)

    async def _joined(self, data: bytes, context: _Context) -> bytes:
        token, now = _bearer(context), self._clock()
        if token is None:
            raise _Refused(grpc.StatusCode.UNAUTHENTICATED, _NO_TOKEN, Count.UNAUTHENTICATED)
        try:
            # Everything that may be refused is refused before the token is used up.
            caller = await asyncio.to_thread(self._tokens.holder, token, now=now)
            judged = self._judge(data, caller, now)
            await asyncio.to_thread(self._tokens.redeem, token, now=now)
        except TokenError as error:
            raise _Refused(grpc.StatusCode.UNAUTHENTICATED, str(error), Count.UNAUTHENTICATED) from None
        except OSError as error:
            _log.warning("citadel.tokens.unusable", error=str(error))
            raise _Refused(grpc.StatusCode.UNAVAILABLE, _NO_STORE) from None
        return self._signed(judged, "token")

    async def _renewed(self, data: bytes, context: _Context) -> bytes:
        shown = context.auth_context().get("x509_pem_cert") or ()
        try:
            caller = identity_of(bytes(next(iter(shown), b"")))
        except IdentityError as error:
            text = f"{error}; {_NO_CERTIFICATE}"
            raise _Refused(grpc.StatusCode.UNAUTHENTICATED, text, Count.UNAUTHENTICATED) from None
        return self._signed(self._judge(data, caller, self._clock()), "certificate")

    def _judge(self, data: bytes, caller: Identity, now: datetime) -> Judged:
        policy = self._policy()
        if policy is None:
            raise _Refused(grpc.StatusCode.UNAVAILABLE, _NO_POLICY)
        judged = judge(data, caller, policy, now, self._authority.end)
        if isinstance(judged, Refusal):
            code, count = _CODES[judged.reason]
            raise _Refused(code, judged.message, count)
        return judged

    def _signed(self, judged: Judged, credential: str) -> bytes:
        made = self._authority.sign(judged.key, judged.grant)
        self.counts.add(Count.ISSUED)
        _log.info(
            "citadel.certificate.issued",
            identity=str(judged.grant.identity),
            serial=f"{made.serial_number:x}",
            not_after=judged.grant.not_after.isoformat(),
            credential=credential,
        )
        return encode_response((certificate.to_pem(made), self._authority.root_pem))

    def _handler(self, work: Callable[[bytes, _Context], Awaitable[bytes]]) -> Handler:
        async def create_certificate(data: bytes, context: _Context) -> bytes:
            self.counts.add(Count.REQUESTS)
            try:
                return await work(data, context)
            except _Refused as refused:
                if refused.count is not None:
                    self.counts.add(refused.count)
                said = {"code": refused.code.name, "reason": refused.message, "peer": context.peer()}
                _log.warning("citadel.certificate.refused", **said)
                code, message = refused.code, refused.message
            return await context.abort(code, message)

        return grpc.method_handlers_generic_handler(
            SERVICE, {METHOD: grpc.unary_unary_rpc_method_handler(create_certificate)}
        )


class JoinServer:
    """The TLS port that workloads with a join token come to."""

    def __init__(
        self, service: CertificateService, serving: ServingCertificate, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._server = grpc.aio.server(
            handlers=(service.join,),
            options=(("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)),
            maximum_concurrent_rpcs=MAX_CONCURRENT,
        )
        self._serving, self._clock = serving, clock

    async def start(self, address: str) -> int:
        """Listens on `HOST:PORT` and says on which port. `RuntimeError` where the port is in use."""
        port = self._server.add_secure_port(address, tls_credentials(self._serving, clock=self._clock))
        await self._server.start()
        _log.info("citadel.listening", address=address, port=port)
        return port

    async def stop(self, grace: float = 1.0) -> None:
        """Ends, letting requests under way finish for `grace` seconds."""
        await self._server.stop(grace)


def tls_credentials(
    serving: ServingCertificate, *, require_client: bool = False, clock: Callable[[], datetime] = utc_now
) -> grpc.ServerCredentials:
    """Credentials for a gRPC port of ours; its certificate is renewed while it runs.

    With `require_client`, only clients with a certificate of our authority get through the handshake.
    """
    root = serving.authority.root_pem.encode() if require_client else None
    shown: list[ServerPair] = []

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        pair = serving.current(clock())
        if shown and shown[-1] is pair:
            return None  # gRPC goes on with what it has
        shown[:] = [pair]
        return grpc.ssl_server_certificate_configuration([(pair.key_pem, pair.certificate_pem)], root)

    first = fetch()
    assert first is not None, "nothing has been shown yet"
    # gRPC takes None for "no change", which its stubs do not say.
    return grpc.dynamic_ssl_server_credentials(first, fetch, require_client)  # type: ignore[arg-type]


def _bearer(context: _Context) -> str | None:
    for name, value in context.invocation_metadata() or ():
        if name == "authorization" and isinstance(value, str) and value[: len(BEARER)].lower() == BEARER:
            return value[len(BEARER) :].strip() or None
    return None
