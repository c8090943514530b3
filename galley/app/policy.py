"""How the stages decide, by the server's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.normalise import normalise
from pipeline.stages.policy import Policy
from pipeline.stages.precedence import Precedence, PrecedenceRule
from pipeline.stages.validate import judge

if TYPE_CHECKING:
    from galley.settings.settings import Settings
    from schemas.registry import Registry


def policy_for(
    registry: Registry,
    settings: Settings | None = None,
    awaited: tuple[str, ...] = (),
    *,
    lowered: frozenset[str] = frozenset(),
) -> Policy:
    """Return the policy: judged by the registry's schemas; `awaited` names the sources, all of a first revision.

    `lowered` are codes whose errors are warnings, where there are no settings to say so.
    """
    if settings is None:
        return Policy(judge=judge(registry, lowered), normalise=normalise)
    return Policy(
        judge=judge(registry, frozenset(settings.validation.lower)),
        normalise=normalise,
        precedence=precedence_of(settings),
        awaited=awaited,
        guard_share=settings.guard.share,
        guard_count=settings.guard.count,
        guard_emptied=settings.guard.emptied,
    )


def precedence_of(settings: Settings) -> Precedence:
    """Return which source is the stronger for which objects."""
    items = settings.sources.precedence
    return Precedence(
        order=tuple(dict.fromkeys(item for item in items if isinstance(item, str))),
        rules=tuple(
            PrecedenceRule(order=item.order, kinds=item.kinds, namespaces=item.namespaces, hosts=item.hosts)
            for item in items
            if not isinstance(item, str)
        ),
    )
