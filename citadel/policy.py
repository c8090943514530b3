"""What may be issued, to whom and for how long. Pure: a decision over a policy, a caller and a moment.

A policy is a value made of one snapshot (its `revision` says which); a new snapshot is a new policy, and a request in
flight is judged by the one that it started with. Lifetimes are Istio's: 24 h where nothing is asked, 90 d at most,
never beyond the authority's own end, valid from two minutes ago so that a clock that lags does not refuse a fresh
certificate.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from citadel.accounts import Account
from citadel.identity import DEFAULT_TRUST_DOMAIN, Identity

DEFAULT_TTL = timedelta(hours=24)
MAX_TTL = timedelta(days=90)
BACKDATE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingPolicy:
    """The rules of one revision. `known` is None where any account of the trust domains may have a certificate."""

    revision: int
    trust_domain: str = DEFAULT_TRUST_DOMAIN
    aliases: frozenset[str] = frozenset()
    known: frozenset[Account] | None = None
    default_ttl: timedelta = DEFAULT_TTL
    max_ttl: timedelta = MAX_TTL


class RefusalReason(Enum):
    """Why nothing is issued: the request is wrong, the caller may not, or the authority is at its end."""

    INVALID = "invalid"
    DENIED = "denied"
    EXPIRED_AUTHORITY = "expired_authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A certificate that may be made: for whom, from when, until when (whole seconds, UTC)."""

    identity: Identity
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not, with a text for the caller that says what to do."""

    reason: RefusalReason
    message: str


def decide(
    policy: IssuingPolicy, identity: Identity, requested: timedelta, *, now: datetime, authority_end: datetime
) -> Grant | Refusal:
    """What `identity` gets at `now`: `requested` is the lifetime asked for, zero for the default."""
    denied = denies(policy, identity)
    if denied is not None:
        return denied
    if requested < timedelta():
        return Refusal(
            reason=RefusalReason.INVALID, message="validity_duration is negative; leave it out or send seconds"
        )
    if requested > policy.max_ttl:
        asked, most = int(requested.total_seconds()), int(policy.max_ttl.total_seconds())
        text = f"validity_duration is {asked} s, at most {most} s are issued; ask for less"
        return Refusal(reason=RefusalReason.INVALID, message=text)
    start = now.replace(microsecond=0)
    if authority_end <= start:
        text = f"the certificate authority ended at {authority_end:%Y-%m-%dT%H:%M:%SZ}; its operator has to renew it"
        return Refusal(reason=RefusalReason.EXPIRED_AUTHORITY, message=text)
    wanted = requested or min(policy.default_ttl, policy.max_ttl)
    return Grant(identity=identity, not_before=start - BACKDATE, not_after=min(start + wanted, authority_end))


def denies(policy: IssuingPolicy, identity: Identity) -> Refusal | None:
    """The refusal where `identity` may not be issued at all, else None."""
    if identity.trust_domain != policy.trust_domain and identity.trust_domain not in policy.aliases:
        text = (
            f"{identity} is not of this mesh, whose trust domain is {policy.trust_domain!r}; "
            "ask with an identity of that domain, or add the other to trustDomainAliases"
        )
        return Refusal(reason=RefusalReason.DENIED, message=text)
    if policy.known is not None and Account(identity.namespace, identity.service_account) not in policy.known:
        text = (
            f"no workload of revision {policy.revision} runs as {identity}; "
            "apply its WorkloadEntry, WorkloadGroup or Pod with that service account first"
        )
        return Refusal(reason=RefusalReason.DENIED, message=text)
    return None
