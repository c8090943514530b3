"""How strong the source of an object is where several objects declare one host. Pure rules.

Read only where several do, so that a mesh without such hosts keeps nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.inputs import PRECEDENCE
from pipeline.stages.precedence import Precedence

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key
    from pipeline.stages.precedence import Ranks


def host_ranks(view: View, host: str) -> Ranks | None:
    """Return the order of sources for a host; None where the settings have none (a rule)."""
    precedence = view.input(PRECEDENCE)
    return precedence.host_ranks(host) if isinstance(precedence, Precedence) else None


def source_of(view: View, key: Key) -> str:
    """Return the name of the source that an object as served is from (a rule)."""
    resource = view.get(key)
    return resource.origin.source if resource is not None else ""


def host_strength(view: View, key: Key, host: str) -> int:
    """Return a number that sorts the objects that declare a host, the strongest source first; 0 where nobody cares."""
    ranks = view.derive(host_ranks, host)
    return 0 if ranks is None else ranks.of(view.derive(source_of, key))
