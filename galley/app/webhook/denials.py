"""`Denials`: tells of what was refused, as events of the server; not faster than anybody reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.events.catalogue import Denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from galley.app.reception import Tell
    from galley.app.webhook.admission import Request
    from galley.app.webhook.reviewer import Verdict

_MOST: Final = 10.0
"""Events a second; whoever reaches the port could push all others out of the history."""


class Denials:
    """Tells `tell` of refusals; `clock` gives seconds."""

    def __init__(self, tell: Tell, clock: Callable[[], float], revision: Callable[[], int]) -> None:
        """Tell under the revision that was judged against."""
        self._tell = tell
        self._clock = clock
        self._revision = revision
        self._left = _MOST
        self._at = clock()
        self._untold = 0

    def hear(self, request: Request, verdict: Verdict) -> None:
        """Tell of a refusal, unless nothing was to be stored anyway."""
        if not verdict.errors or request.dry_run:
            return
        now = self._clock()
        self._left = min(_MOST, self._left + (now - self._at) * _MOST)
        self._at = now
        if self._left < 1:
            self._untold += 1
            return
        self._left -= 1
        first = verdict.errors[0]
        resource = f"{request.kind.kind} {request.namespace}/{request.name}"
        user = request.user_info.username if request.user_info is not None else ""
        event = Denied(
            revision=self._revision(),
            resource=resource[:512],
            user=user[:256],
            code=first.code,
            message=first.message[:1024],
            errors=len(verdict.errors),
            untold=self._untold,
        )
        self._tell(event, "")
        self._untold = 0
