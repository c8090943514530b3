"""One object's words, judged and brought into the form that is served. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.codes_stage import UNJUDGED
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.stages.state import Claim

if TYPE_CHECKING:
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy


def accept(resource: Resource, noted: tuple[Diagnostic, ...], before: Claim | None, policy: Policy) -> Claim:
    """Return the claim of a place that says this; `before` is what it said until now, whose good version stays served.

    A judgement that raises is a fault of ours: it holds the one object back, with a diagnostic, and nobody else.
    """
    form = resource
    try:
        judged = policy.judge(resource)
        claim = Claim(resource=resource, noted=noted, judged=judged)
        if claim.accepted:
            form = policy.normalise(resource)
    except Exception as error:  # noqa: BLE001  the per-record guard: one object's fault stays its own
        claim = Claim(resource=resource, noted=noted, judged=(_unjudged(resource, error),))
    if not claim.accepted:
        good = before.served if before else None
        return Claim(resource=resource, noted=noted, judged=claim.judged, instead=good)
    return claim if form is resource else Claim(resource=resource, noted=noted, judged=claim.judged, instead=form)


def _unjudged(resource: Resource, error: Exception) -> Diagnostic:
    return Diagnostic(
        code=UNJUDGED,
        severity=Severity.ERROR,
        message=f"the check of this object failed: {type(error).__name__}: {error}",
        origin=resource.origin_of(""),
        key=resource.key,
        hint="this is a fault of Galley's; please report it with the object",
    )
