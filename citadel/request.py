"""From the bytes of a request and a caller's identity to what may be signed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from citadel import csr
from citadel.csr import CsrError, SubjectKey
from citadel.identity import Identity
from citadel.policy import MAX_TTL, Grant, IssuingPolicy, Refusal, RefusalReason, decide
from citadel.proto.certificate_service import IMPERSONATED, MalformedMessageError, decode_request

_TOO_LONG = int(MAX_TTL.total_seconds()) * 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A request that is in order: the key that its sender holds, and what it gets a certificate of."""

    key: SubjectKey
    grant: Grant


def judge(
    data: bytes, caller: Identity, policy: IssuingPolicy, now: datetime, authority_end: datetime
) -> Judged | Refusal:
    """What `caller` gets for the request in `data`, or why not."""
    try:
        request = decode_request(data)
        key = csr.check(request.csr)
    except (MalformedMessageError, CsrError) as error:
        return Refusal(reason=RefusalReason.INVALID, message=str(error))
    if request.impersonated and request.impersonated != str(caller):
        text = f"{IMPERSONATED} is not offered: ask as the workload itself, with its own token or certificate"
        return Refusal(reason=RefusalReason.DENIED, message=text)
    # What no timedelta can hold is far beyond what any policy allows, and is refused as that.
    seconds = max(-1, min(request.validity_seconds, _TOO_LONG))
    decided = decide(policy, caller, timedelta(seconds=seconds), now=now, authority_end=authority_end)
    return decided if isinstance(decided, Refusal) else Judged(key=key, grant=decided)
