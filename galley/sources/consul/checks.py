"""Which services a list of all checks (`/v1/health/state/any`) says something new of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Checks: TypeAlias = "Mapping[str, frozenset[tuple[str, str, str]]]"
"""By service (empty: of nodes): node, id and status of each check."""


def checks_of(data: object) -> Checks:
    """Return the checks of an answer; what is no check is passed over, for this only hints."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for check in data if isinstance(data, list) else ():
        if isinstance(check, dict):
            words = [check.get(name) for name in ("ServiceName", "Node", "CheckID", "Status")]
            service, *about = (word if isinstance(word, str) else "" for word in words)
            found.setdefault(service, set()).add((about[0], about[1], about[2]))
    return {service: frozenset(about) for service, about in found.items()}


def changed_services(before: Checks, now: Checks) -> set[str] | None:
    """Return the services whose checks changed; None, for all, where a node's did."""
    changed = {service for service in before.keys() | now.keys() if before.get(service) != now.get(service)}
    return None if "" in changed else changed
