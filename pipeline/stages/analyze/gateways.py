"""Gateways: those that VirtualServices name are there and have their hosts; no two claim one port and host. Pure.

IST0101, IST0132, IST0145. Source: istio pkg/config/analysis/analyzers/virtualservice/gateways.go and
gateway/conflictinggateway.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.key import Key
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.typed import typed_as
from schemas.hostname import overlaps
from schemas.kinds.gateway import Gateway
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from schemas.kinds.virtual_service import VirtualService

_MESH = "mesh"


def gateway_key(name: str, namespace: str) -> Key:
    """Return the Gateway that a VirtualService of a namespace means: `name` or `namespace/name`."""
    space, slash, rest = name.partition("/")
    return Key("Gateway", space if slash else namespace, rest if slash else name)


def virtual_service_gateway_problems(view: View, key: Key, spec: VirtualService) -> Iterator[Problem]:
    """Give what is wrong with the gateways that a VirtualService names."""
    for number, name in enumerate(spec.gateways):
        if name == _MESH:
            continue
        wanted = gateway_key(name, key.namespace)
        gateway = typed_as(view, wanted, Gateway)
        path = f"spec.gateways[{number}]"
        if gateway is None:
            names = [f"{one.namespace}/{one.name}" for one in view.keys("Gateway")]
            hint = did_you_mean(f"{wanted.namespace}/{wanted.name}", names) or "a Gateway of that name must exist"
            yield Problem("IST0101", path, f"Referenced gateway not found: {name!r}", hint)
            continue
        hosts = [host for server in gateway.servers for host in server.hosts]
        for index, host in enumerate(spec.hosts):
            if not any(_takes(one, wanted.namespace, host, key.namespace) for one in hosts):
                text = f"host {host} is not among the hosts of gateway {name}: {', '.join(hosts)}"
                yield Problem("IST0132", f"spec.hosts[{index}]", text, "", (wanted,), "the gateway")


def gateway_problems(view: View, key: Key, spec: Gateway) -> Iterator[Problem]:
    """Give the servers that another Gateway with the same selector has as well."""
    for other in view.lookup(gateway_ports, "Gateway", tuple(sorted(spec.selector.items()))):
        if other == key:
            continue
        theirs = typed_as(view, other, Gateway)
        for number, server in enumerate(spec.servers):
            for rival in theirs.servers if theirs is not None else ():
                same = server.port.number == rival.port.number and server.bind == rival.bind
                shared = sorted(set(server.hosts) & set(rival.hosts)) if same else []
                if shared:
                    text = f"port {server.port.number} and host {', '.join(shared)} are also those of {other}"
                    hint = "give each Gateway its own hosts, or its own selector"
                    yield Problem("IST0145", f"spec.servers[{number}]", text, hint, (other,), "the other one")


def gateway_ports(view: View, key: Key) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the selector of a Gateway (an index's rule)."""
    spec = typed_as(view, key, Gateway)
    return (tuple(sorted(spec.selector.items())),) if spec is not None else ()


def _takes(entry: str, gateway_namespace: str, host: str, namespace: str) -> bool:
    space, slash, name = entry.partition("/")
    if slash and space not in {"*", namespace} and not (space == "." and gateway_namespace == namespace):
        return False
    return overlaps((name if slash else entry).lower(), host.lower())
