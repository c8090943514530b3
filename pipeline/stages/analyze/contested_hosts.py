"""Hosts that a Service and a ServiceEntry, or ServiceEntries of two sources, declare at once: which is given. Pure.

GLY0306, said of each that is not the one that proxies are given. ServiceEntries of one source are left alone: a host in
several namespaces of one's own configuration is a way to work. The order is `proxy.registry.visibility`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.codes_stage import HOST_CONFLICT
from pipeline.stages.analyze.hosts import DECLARING, Declared, declared_names, declares
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.host_strength import host_ranks, host_strength, source_of
from pipeline.stages.origin_words import origin_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key


def contested_host_problems(view: View, key: Key, _: object) -> Iterator[Problem]:
    """Give the hosts of an object for which proxies are given another."""
    for number, one in enumerate(view.derive(declares, key)):
        rivals = [other for other in _declaring(view, one.host) if _rivals(view, one, other)]
        if not rivals:
            continue
        chosen = min((one, *rivals), key=lambda each: _order(view, each))
        if chosen.key != key:
            path = f"spec.hosts[{number}]" if key.kind == "ServiceEntry" else "metadata.name"
            text, hint = _text(view, one, chosen), _hint(view, one, chosen)
            yield Problem(HOST_CONFLICT, path, text, hint, (chosen.key,), "the one that proxies are given")


def _declaring(view: View, host: str) -> Iterator[Declared]:
    for kind in DECLARING:
        for key in view.lookup(declared_names, kind, host):
            yield from (one for one in view.derive(declares, key) if one.host == host)


def _rivals(view: View, one: Declared, other: Declared) -> bool:
    """Tell whether both declare a host by themselves, to the same clients."""
    if one.key == other.key or not _meet(frozenset(one.scopes), frozenset(other.scopes)):
        return False
    return one.key.kind != other.key.kind or view.derive(source_of, one.key) != view.derive(source_of, other.key)


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    if "~" in one | other:
        return False
    return "*" in one | other or not one.isdisjoint(other)


def _order(view: View, one: Declared) -> tuple[int, bool, str, str, str]:
    """What sorts the objects that declare a host, for a client of a namespace that has none of them."""
    resource = view.get(one.key)
    created = resource.created if resource is not None else ""
    key = one.key
    return (host_strength(view, key, one.host), key.kind != "Service", created, key.name, key.namespace)


def _text(view: View, one: Declared, chosen: Declared) -> str:
    here, there = view.get(one.key), view.get(chosen.key)
    assert here is not None
    assert there is not None
    text = (
        f"The host {one.host}, here from {origin_words(here.origin_of(''))}, is also declared by {chosen.key} in"
        f" {origin_words(there.origin_of(''))}, which is the one that proxies are given"
    )
    if one.key.namespace == chosen.key.namespace:
        return text + ("; the endpoints of this one join it" if one.key.kind == "ServiceEntry" else "")
    own = view.derive(host_ranks, one.host) is None
    return text + (f"; only those of namespace {one.key.namespace} are given this one" if own else "")


def _hint(view: View, one: Declared, chosen: Declared) -> str:
    sources = view.derive(source_of, one.key), view.derive(source_of, chosen.key)
    if sources[0] == sources[1]:
        return "rename one of the hosts, or narrow exportTo"
    rule = f"{{hosts: [{one.host}], order: [{', '.join(sources)}]}}"
    return f"to have {sources[0]} win, put `{rule}` first in the setting sources.precedence; else rename one host"
