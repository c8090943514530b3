"""Destinations of a VirtualService: their hosts, ports and subsets are there. IST0101, IST0112. Pure.

Source: istio pkg/config/analysis/analyzers/virtualservice/{destinationhosts,destinationrules}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.stages.analyze.hosts import asked_by, known_host
from pipeline.stages.analyze.near import near_host
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.subsets import subset_names, subset_owners
from pipeline.stages.claimed_hosts import full_name
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.virtual_service import VirtualService
    from schemas.types.destination import Destination


class Place(NamedTuple):
    """A destination, its path, and whether it only gets copies."""

    path: str
    destination: Destination
    mirror: bool = False


def destination_problems(view: View, key: Key, spec: VirtualService) -> Iterator[Problem]:
    """Give what is wrong with each destination."""
    for place in destinations(spec):
        yield from _host_problems(view, key, spec, place)
        if place.destination.subset:
            yield from _subset_problems(view, key, place)


def destinations(spec: VirtualService) -> Iterator[Place]:
    """Give every destination with its path."""
    for number, http in enumerate(spec.http):
        path = f"spec.http[{number}]"
        for index, route in enumerate(http.route):
            yield Place(f"{path}.route[{index}].destination", route.destination)
        if http.mirror is not None:
            yield Place(f"{path}.mirror", http.mirror, mirror=True)
        for index, mirror in enumerate(http.mirrors):
            yield Place(f"{path}.mirrors[{index}].destination", mirror.destination, mirror=True)
    for number, tls in enumerate(spec.tls):
        for index, weighted in enumerate(tls.route):
            yield Place(f"spec.tls[{number}].route[{index}].destination", weighted.destination)
    for number, tcp in enumerate(spec.tcp):
        for index, weighted in enumerate(tcp.route):
            yield Place(f"spec.tcp[{number}].route[{index}].destination", weighted.destination)


def _host_problems(view: View, key: Key, spec: VirtualService, place: Place) -> Iterator[Problem]:
    host, path = place.destination.host, place.path
    asked = asked_by(key, host, spec.export_to)
    known = view.derive(known_host, asked)
    if known is None:
        near = view.derive(near_host, asked.host)
        hint = f"did you mean {near}?" if near else "a ServiceEntry or a Service must declare it"
        word = "mirror host" if place.mirror else "host"
        yield Problem("IST0101", f"{path}.host", f"Referenced {word} not found: {host!r}", hint)
        return
    number = place.destination.port.number if place.destination.port else 0
    ports = ", ".join(map(str, known.ports))
    if number and number not in known.ports:
        text = f"Referenced host:port not found: '{host}:{number}'"
        hint = f"the ports of {known.host} are {ports}" if ports else f"{known.host} has no ports"
        yield Problem("IST0101", f"{path}.port.number", text, hint, (known.key,), "declared here")
    elif not number and len(known.ports) > 1:
        text = f"{host} has several ports ({ports}), and the destination does not say which"
        yield Problem("IST0112", f"{path}.host", text, "add port: {number: ...}", (known.key,), "declared here")


def _subset_problems(view: View, key: Key, place: Place) -> Iterator[Problem]:
    wanted = place.destination.subset
    host = full_name(place.destination.host, key.namespace)
    names = view.derive(subset_names, host)
    if wanted in names:
        return
    word = "mirror" if place.mirror else "host"
    text = f"Referenced {word}+subset in destinationrule not found: '{place.destination.host}+{wanted}'"
    hint = did_you_mean(wanted, names) or (
        f"its subsets are {', '.join(names)}" if names else "a DestinationRule of that host must have the subset"
    )
    owners = view.derive(subset_owners, host)
    yield Problem("IST0101", f"{place.path}.subset", text, hint, owners[:1], "the host's DestinationRule")
