"""Destinations of a VirtualService: their hosts, ports and subsets are there. IST0101, IST0112. Pure.

Source: istio pkg/config/analysis/analyzers/virtualservice/{destinationhosts,destinationrules}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.key import Key
from pipeline.stages.analyze.hosts import Asked, full_name, known_host, near_hosts
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.typed import typed_as
from schemas.kinds.destination_rule import DestinationRule
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from schemas.kinds.virtual_service import VirtualService
    from schemas.types.destination import Destination


def destination_problems(view: View, key: Key, spec: VirtualService) -> Iterator[Problem]:
    """Give what is wrong with each destination."""
    for path, destination in destinations(spec):
        yield from _problems(view, key, path, destination)


def destinations(spec: VirtualService) -> Iterator[tuple[str, Destination]]:
    """Give every destination with its path."""
    for number, http in enumerate(spec.http):
        path = f"spec.http[{number}]"
        for index, route in enumerate(http.route):
            yield f"{path}.route[{index}].destination", route.destination
        if http.mirror is not None:
            yield f"{path}.mirror", http.mirror
        for index, mirror in enumerate(http.mirrors):
            yield f"{path}.mirrors[{index}].destination", mirror.destination
    for protocol, routes in (("tls", spec.tls), ("tcp", spec.tcp)):
        for number, layer4 in enumerate(routes):
            for index, weighted in enumerate(layer4.route):
                yield f"spec.{protocol}[{number}].route[{index}].destination", weighted.destination


def _problems(view: View, key: Key, path: str, destination: Destination) -> Iterator[Problem]:
    asked = Asked(key.namespace, full_name(destination.host, key.namespace))
    known = view.derive(known_host, asked)
    if known is None:
        near = view.derive(near_hosts, asked)
        hint = f"did you mean {near}?" if near else "a ServiceEntry or a Service must declare it"
        yield Problem("IST0101", f"{path}.host", f"Referenced host not found: {destination.host!r}", hint)
    else:
        number = destination.port.number if destination.port else 0
        ports = ", ".join(map(str, known.ports))
        if number and number not in known.ports:
            text = f"Referenced host:port not found: '{destination.host}:{number}'"
            yield Problem("IST0101", f"{path}.port.number", text, f"it has {ports}", (known.key,), "declared here")
        elif not number and len(known.ports) > 1:
            text = f"{destination.host} has several ports ({ports}), and the destination does not say which"
            yield Problem("IST0112", f"{path}.host", text, "add port: {number: ...}", (known.key,), "declared here")
    if destination.subset:
        yield from _subset(view, key, path, destination)


def _subset(view: View, key: Key, path: str, destination: Destination) -> Iterator[Problem]:
    host = full_name(destination.host, key.namespace)
    rules = view.lookup(rule_hosts, "DestinationRule", host)
    names: list[str] = []
    for rule in rules:
        spec = typed_as(view, rule, DestinationRule)
        names += [subset.name for subset in spec.subsets] if spec else []
    if destination.subset not in names:
        text = f"Referenced host+subset in destinationrule not found: '{destination.host}+{destination.subset}'"
        hint = did_you_mean(destination.subset, names) or (
            f"its subsets are {', '.join(names)}" if names else "a DestinationRule of that host must have the subset"
        )
        yield Problem("IST0101", f"{path}.subset", text, hint, rules[:1], "the host's DestinationRule")


def rule_hosts(view: View, key: Key) -> tuple[str, ...]:
    """Return the host of a DestinationRule in full (an index's rule)."""
    spec = typed_as(view, key, DestinationRule)
    return (full_name(spec.host, key.namespace),) if spec is not None else ()
