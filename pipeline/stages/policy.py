"""The settings and outside judgements that the stages need, as one value. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pipeline.stages.precedence import Precedence

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.resource import Resource

Judge: TypeAlias = "Callable[[Resource], tuple[Diagnostic, ...]]"
"""Says what is wrong with one resource alone; an error keeps it from being served."""

Normalise: TypeAlias = "Callable[[Resource], Resource]"
"""Gives the form in which an accepted resource is served; the same object where it already has that form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the stages decide.

    `precedence` says which source is the stronger for which objects. `awaited` names the sources without whose word no
    first revision is made, unless somebody confirms revision 1 (the engine does, after `sources.sync_timeout`).
    `places` names all sources that are configured, and where each is (`pipeline.stages.arrange`): what others claim is
    dropped at a restart; empty: whoever claimed something goes on claiming it. The shrink guard holds a revision that
    drops more than `guard_share` of the mesh and more than `guard_count` objects; with `guard_emptied`, also one that
    drops more than `guard_count` objects, and with them all that a source had.
    """

    judge: Judge
    normalise: Normalise
    precedence: Precedence = Precedence()
    awaited: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    guard_share: float = 0.5
    guard_count: int = 20
    guard_emptied: bool = True
