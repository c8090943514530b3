"""Did you mean: a known host near to one that is not known. Pure rules.

A host is listed under its first label, and under itself with any one character left out: two hosts that differ by a
character, or by two that changed places, meet in a group. So a hint reads a few hosts, whatever the size of the mesh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.hosts import DECLARING, declares
from schemas.suggest import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key

_LONGEST = 64
_MOST = 64


def near_host(view: View, host: str) -> str:
    """Return a known host that looks like this one, or nothing (a rule)."""
    found: set[str] = set()
    for group in _groups(host):
        for kind in DECLARING:
            for key in view.lookup(near_groups, kind, group)[:_MOST]:
                found.update(one.host for one in view.derive(declares, key))
    found.discard(host)
    return closest(host, sorted(found)) or next(iter(sorted(found)), "")


def near_groups(view: View, key: Key) -> tuple[str, ...]:
    """Return the groups of an object's hosts (an index's rule)."""
    return tuple(group for one in view.derive(declares, key) for group in _groups(one.host))


def _groups(host: str) -> Iterator[str]:
    label, _, rest = host.partition(".")
    yield label
    yield f"={host}"
    changing, fixed = (label, f".{rest}") if rest.endswith("svc.cluster.local") else (host[:_LONGEST], host[_LONGEST:])
    for index in range(len(changing)):
        yield f"={changing[:index]}{changing[index + 1 :]}{fixed}"
