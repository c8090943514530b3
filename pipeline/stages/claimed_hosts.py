"""Which hosts an object claims, whoever else may: those of services, of routes and of rules about them. Pure.

Total: what is not as its kind's schema says claims nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.resource import Resource

DOMAIN: Final = "svc.cluster.local"
HOST_KINDS: Final = ("Service", "ServiceEntry", "VirtualService", "DestinationRule")
"""The kinds whose objects claim hosts."""


def full_name(host: str, namespace: str) -> str:
    """Return a host as it is meant in a namespace: a name without a dot is a service of it."""
    host = host.lower()
    return host if "." in host or host.startswith("*") else f"{host}.{namespace}.{DOMAIN}"


def claimed_hosts(resource: Resource) -> tuple[str, ...]:
    """Return the hosts that an object is about, in full and in lower case, in its order."""
    key = resource.key
    if key.kind == "Service":
        return (full_name(key.name, key.namespace),)
    if key.kind not in HOST_KINDS:
        return ()
    spec = orjson.loads(resource.spec)
    return tuple(dict.fromkeys(full_name(host, key.namespace) for host in _written(spec)))


def _written(spec: object) -> Iterator[str]:
    if isinstance(spec, Mapping):
        hosts = spec.get("hosts")
        for host in (*(hosts if isinstance(hosts, list) else ()), spec.get("host")):
            if isinstance(host, str) and host:
                yield host
