"""Which subsets a host has, by its DestinationRules. Pure rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.hosts import wildcards_over
from pipeline.stages.claimed_hosts import full_name
from pipeline.stages.typed import typed_as
from schemas.kinds.destination_rule import DestinationRule

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key


def subset_names(view: View, host: str) -> tuple[str, ...]:
    """Return the subsets that a host has, sorted (a rule)."""
    owners = view.derive(subset_owners, host)
    return tuple(sorted({name for owner in owners for name in view.derive(subsets_of, owner)}))


def subset_owners(view: View, host: str) -> tuple[Key, ...]:
    """Return the DestinationRules for a host, those of the host itself first, then of wildcards over it (a rule)."""
    names = (host, *wildcards_over(host), "*")
    return tuple(key for name in dict.fromkeys(names) for key in view.lookup(rule_hosts, "DestinationRule", name))


def subsets_of(view: View, key: Key) -> tuple[str, ...]:
    """Return the names of a DestinationRule's subsets (a rule)."""
    spec = typed_as(view, key, DestinationRule)
    return tuple(subset.name for subset in spec.subsets) if spec is not None else ()


def rule_hosts(view: View, key: Key) -> tuple[str, ...]:
    """Return the host of a DestinationRule in full (an index's rule)."""
    spec = typed_as(view, key, DestinationRule)
    return (full_name(spec.host, key.namespace),) if spec is not None else ()
