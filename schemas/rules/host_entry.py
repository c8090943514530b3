"""`namespace/dnsName`: the hosts of gateways' servers and of sidecars' egress listeners. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.rules.addresses import is_ip
from schemas.rules.names import is_dns_label, partial_wildcard_problem, wildcard_domain_problem


def check_host_entry(entry: str, path: str, *, gateway: bool) -> Iterator[Fault]:
    """The namespace is `*`, `.`, a name, or for sidecars `~`; the name is `*`, `*.domain` or has a dot.

    On a gateway the namespace may be left out, and an IP address may stand for the name.
    """
    namespace, slash, name = entry.partition("/")
    if not slash:
        if gateway:
            yield from _check_name(entry, path, gateway=True)
        else:
            yield invalid(
                path, f"`{entry[:80]}` is not of the form namespace/dnsName", f"write `./{entry[:80]}` or `*/...`"
            )
        return
    if not namespace or not name:
        yield invalid(path, f"in `{entry[:80]}` neither namespace nor name may be empty")
        return
    special = {"*", "."} if gateway else {"*", ".", "~"}
    if namespace not in special and not is_dns_label(namespace):
        yield invalid(path, f"`{namespace[:80]}` is not a namespace")
    yield from _check_name(name, path, gateway=gateway)


def _check_name(name: str, path: str, *, gateway: bool) -> Iterator[Fault]:
    if gateway and is_ip(name):
        return
    if problem := wildcard_domain_problem(name) or partial_wildcard_problem(name):
        yield invalid(path, problem)
    elif name != "*" and "." not in name:
        yield invalid(
            path, f"`{name}` is a short name: a full one, such as `{name}.default.svc.cluster.local`, is expected"
        )
