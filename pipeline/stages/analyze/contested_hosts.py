"""Hosts that a Service and a ServiceEntry, or ServiceEntries of two sources, declare at once: which is given. Pure.

GLY0306, said of each that is not the one that proxies are given. ServiceEntries of one source are left alone: a host in
several namespaces of one's own configuration is a way to work. The order is `proxy.registry.visibility`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.model.codes_stage import HOST_CONFLICT
from pipeline.model.key import Key
from pipeline.stages.analyze.hosts import DECLARING, Declared, declared_names, declares
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.host_strength import host_ranks, host_strength, source_of
from pipeline.stages.origin_words import origin_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View


class Contender(NamedTuple):
    """The one that is given first of the objects of one kind and source that declare a host to the same clients."""

    order: tuple[int, bool, str, str, str]
    kind: str
    source: str
    scopes: frozenset[str]
    key: Key


def contested_host_problems(view: View, key: Key, _: object) -> Iterator[Problem]:
    """Give the hosts of an object for which proxies are given another."""
    for number, one in enumerate(view.derive(declares, key)):
        if not _is_shared(view, one.host):
            continue
        source, scopes = view.derive(source_of, key), frozenset(one.scopes)
        rivals = (
            other
            for other in view.derive(contenders, one.host)
            if (other.kind, other.source) != (key.kind, source) and _meet(scopes, other.scopes)
        )
        chosen = next(rivals, None)
        if chosen is not None and chosen.order < _order(view, one):
            path = f"spec.hosts[{number}]" if key.kind == "ServiceEntry" else "metadata.name"
            text, hint = _text(view, one, chosen), _hint(view, one, chosen)
            yield Problem(HOST_CONFLICT, path, text, hint, (chosen.key,), "the one that proxies are given")


def contenders(view: View, host: str) -> tuple[Contender, ...]:
    """Return who stands for each of those that declare a host, in the order in which they are given (a rule)."""
    first: dict[tuple[str, str, frozenset[str]], Contender] = {}
    for one in _declaring(view, host):
        group = (one.key.kind, view.derive(source_of, one.key), frozenset(one.scopes))
        found = Contender(_order(view, one), *group, one.key)
        first[group] = min(found, first.get(group, found), key=_by_order)
    return tuple(sorted(first.values(), key=_by_order))


def _is_shared(view: View, host: str) -> bool:
    return sum(len(view.lookup(declared_names, kind, host)) for kind in DECLARING) > 1


def _by_order(one: Contender) -> tuple[int, bool, str, str, str]:
    return one.order


def _declaring(view: View, host: str) -> Iterator[Declared]:
    for kind in DECLARING:
        for key in view.lookup(declared_names, kind, host):
            yield from (one for one in view.derive(declares, key) if one.host == host)


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


def _text(view: View, one: Declared, chosen: Contender) -> str:
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


def _hint(view: View, one: Declared, chosen: Contender) -> str:
    sources = view.derive(source_of, one.key), chosen.source
    if sources[0] == sources[1]:
        return "rename one of the hosts, or narrow exportTo"
    rule = f"{{hosts: [{one.host}], order: [{', '.join(sources)}]}}"
    return f"to have {sources[0]} win, put `{rule}` first in the setting sources.precedence; else rename one host"
