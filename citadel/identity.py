"""SPIFFE identities of workloads: `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/SERVICE_ACCOUNT`. Pure.

Parsing is strict, for an identity decides what a certificate says: no normalising, no percent-encoding, no query, no
empty segment, no sixth segment. An `Identity` that exists is well formed, so that `parse` and `str` are inverse.
The characters are those of the SPIFFE-ID specification, sections 2.1 to 2.3.
"""

import re
from dataclasses import dataclass
from typing import Self

SCHEME = "spiffe://"
DEFAULT_TRUST_DOMAIN = "cluster.local"
MAX_BYTES = 2048  # SPIFFE-ID, section 2.3
MAX_TRUST_DOMAIN_BYTES = 255

_TRUST_DOMAIN = re.compile(r"[a-z0-9._-]+")
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")
_SHAPE = re.compile(r"spiffe://([^/]*)/ns/([^/]*)/sa/([^/]*)")


class IdentityError(ValueError):
    """A text is not an identity; the message says what is wrong with it and fits into an answer to a peer."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Identity:
    """Who a workload is. Raises `IdentityError` where a part is not what SPIFFE allows."""

    trust_domain: str
    namespace: str
    service_account: str

    def __post_init__(self) -> None:
        if len(self.trust_domain) > MAX_TRUST_DOMAIN_BYTES or _TRUST_DOMAIN.fullmatch(self.trust_domain) is None:
            raise IdentityError(
                f"{self.trust_domain[:MAX_TRUST_DOMAIN_BYTES]!r} is not a trust domain: "
                f"1 to {MAX_TRUST_DOMAIN_BYTES} of a-z 0-9 . _ -"
            )
        for what, segment in (("namespace", self.namespace), ("service account", self.service_account)):
            if segment in {".", ".."} or _SEGMENT.fullmatch(segment) is None:
                raise IdentityError(f"{segment[:MAX_BYTES]!r} is not a {what}: one or more of A-Z a-z 0-9 . _ -")
        if len(str(self)) > MAX_BYTES:
            raise IdentityError(f"an identity has at most {MAX_BYTES} bytes")

    def __str__(self) -> str:
        return SCHEME + self.principal

    @property
    def principal(self) -> str:
        """The form that policies use: the identity without its scheme."""
        return f"{self.trust_domain}/ns/{self.namespace}/sa/{self.service_account}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identity that `text` is; `IdentityError` where it is not exactly one."""
        found = _SHAPE.fullmatch(text) if len(text) <= MAX_BYTES else None
        if found is None:
            raise IdentityError(f"{text[:200]!r} is not of the form spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT")
        return cls(trust_domain=found[1], namespace=found[2], service_account=found[3])


def trust_domain(text: str) -> str:
    """The trust domain that `MeshConfig.trustDomain` means: empty is `cluster.local`, `@` is `.`, as in Istio.

    Raises `IdentityError` where what results is no trust domain.
    """
    domain = text.replace("@", ".") or DEFAULT_TRUST_DOMAIN
    return Identity(trust_domain=domain, namespace="n", service_account="s").trust_domain
