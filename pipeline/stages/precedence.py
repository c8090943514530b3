"""`Precedence`: which source is the stronger, for all objects or by kind, namespace and host. Pure.

The first rule that an object matches decides for it, else the order for all. A source that the deciding order does not
name comes after those that it names, in the order for all; and those that neither names, by name. So every pair of
places is decided, and by the settings and the names alone: when somebody came plays no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from schemas.hostname import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.model.key import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedenceRule:
    """An order of sources for some objects: those of these kinds, namespaces and hosts; what is empty asks nothing.

    A namespace may have `*` for any characters; a host may begin with `*`, and then stands for all that it covers.
    """

    order: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def matches(self, key: Key, hosts: Callable[[], Iterable[str]]) -> bool:
        """Tell whether the rule is about an object; `hosts` gives those that it claims, if need be."""
        if self.kinds and key.kind not in self.kinds:
            return False
        if self.namespaces and not any(fnmatchcase(key.namespace, pattern) for pattern in self.namespaces):
            return False
        return not self.hosts or any(covers(pattern, host) for host in hosts() for pattern in self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """The sources, the strongest first: `order` for all objects, and rules before it."""

    order: tuple[str, ...] = ()
    rules: tuple[PrecedenceRule, ...] = ()

    def ranks(self, key: Key, hosts: Callable[[], Iterable[str]]) -> Ranks:
        """Return how strong each source is for an object."""
        rule = next((rule for rule in self.rules if rule.matches(key, hosts)), None)
        return Ranks(self.order if rule is None else self._after(rule))

    def host_ranks(self, host: str) -> Ranks | None:
        """Return how strong each source is where several objects declare a host, None where Istio's order decides.

        Only rules that ask for nothing but hosts speak of that: the objects may be of any kind and namespace.
        """
        rules = (rule for rule in self.rules if rule.hosts and not rule.kinds and not rule.namespaces)
        rule = next((rule for rule in rules if any(covers(pattern, host) for pattern in rule.hosts)), None)
        return None if rule is None else Ranks(self._after(rule))

    @property
    def named(self) -> tuple[str, ...]:
        """All sources that are named, each once."""
        return tuple(dict.fromkeys((*self.order, *(name for rule in self.rules for name in rule.order))))

    def _after(self, rule: PrecedenceRule) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*rule.order, *self.order)))


@dataclass(frozen=True, slots=True)
class Ranks:
    """An order of sources, as numbers to sort by."""

    order: tuple[str, ...]

    def of(self, source: str) -> int:
        """Return a source's number, the strongest 0; those not named are last, and equal."""
        return self.order.index(source) if source in self.order else len(self.order)
