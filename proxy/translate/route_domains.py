"""The domains under which a service is asked for, as a client with some DNS domain writes them. Pure.

Within Kubernetes a client may leave out what it shares with the service: `a`, `a.ns`, `a.ns.svc`; elsewhere the shared
end of both domains. Source: istio pilot/pkg/networking/core/httproute.go (generateVirtualHostDomains).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from proxy.naming import is_ip
from proxy.registry.service import Resolution, Service

_SVC = ".svc."
_WITH_NAMESPACE = 2
_HOST = re.compile(r"[^\s/\x00-\x1f\x7f]+")


class Claims(NamedTuple):
    """The domains that a virtual host claims: its own names, which nobody else may take, and what they are called."""

    own: tuple[str, ...]
    others: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 16)
def claims_of(service: Service, aliases: tuple[str, ...], dns_domain: str) -> Claims:
    """What a service claims, under its own host and those of its aliases (ExternalName)."""
    own = (service.host, *filter(is_host, aliases))
    others: list[str] = []
    for host in own:
        others += [f"{host}.", *short_names(host, dns_domain)] if host != "*" and not is_ip(host) else []
    if service.resolution is Resolution.PASSTHROUGH and service.kubernetes:
        others += [f"*.{domain}" for domain in (*own, *others) if not domain.startswith("*")]
    others += [address for address in service.addresses if "/" not in address and address != "0.0.0.0"]  # noqa: S104  the address of a service that has none
    mine = tuple(dict.fromkeys(map(domain_of, own)))
    return Claims(mine, tuple(domain for domain in dict.fromkeys(map(domain_of, others)) if domain not in mine))


def is_host(host: str) -> bool:
    """Whether a host can be asked for at all, and named behind `ROUTE/`."""
    return _HOST.fullmatch(host) is not None


def domain_of(host: str) -> str:
    """A host as Envoy compares it: an IPv6 address in brackets, lower case."""
    return f"[{host}]" if ":" in host and is_ip(host) else host.lower()


def short_names(host: str, dns_domain: str) -> Iterable[str]:
    """The shorter forms of a host for a client of a DNS domain (`ns.svc.cluster.local`)."""
    if _SVC in dns_domain:
        namespace, suffix = dns_domain.split(_SVC, 1)
        return _kubernetes(host, namespace, f"{_SVC}{suffix}")
    return _shared(host.split("."), dns_domain.split("."))


def _kubernetes(host: str, namespace: str, suffix: str) -> Iterable[str]:
    name, dot, of = host.removesuffix(suffix).partition(".")
    if not host.endswith(suffix) or not dot or not name:
        return ()
    longer = (f"{name}.{of}.svc", f"{name}.{of}")
    return (name, *longer) if of == namespace else longer[::-1]


def _shared(host: list[str], domain: list[str]) -> Iterable[str]:
    """The host without the end that it shares with the client's domain."""
    shared = 0
    while shared < min(len(host), len(domain)) and host[-1 - shared] == domain[-1 - shared]:
        shared += 1
    if not shared or shared == len(host):
        return ()
    unique = host[: len(host) - shared]
    short = ".".join(unique)
    return (short, f"{short}.{host[len(unique)]}") if len(unique) == _WITH_NAMESPACE else (short,)
