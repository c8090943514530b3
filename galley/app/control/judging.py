"""What a push would do, judged against the mesh as it stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from galley.app.api.answers import JudgeAnswer
from galley.app.control.refused import Refused
from galley.app.convert import findings
from galley.app.push_judgement import sorted_findings
from galley.app.webhook.reviewer import INCOMPLETE, Busy
from galley.documents.read import read
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from galley.app.api.answers import JudgeRequest
    from galley.app.webhook.reviewer import Reviewer
    from galley.sources.diff import Found
    from schemas.registry import Registry

UNKNOWN = "pushed"
"""The source of files that no source follows."""

MOST_OBJECTS: Final = 20_000
"""Objects of one push that are judged; whoever has more judges them where they are."""

SECONDS: Final = 20.0
"""Seconds that reading them may take."""


async def judge(reviewer: Reviewer | None, registry: Registry, request: JudgeRequest) -> JudgeAnswer:
    """Return the verdict on files; raise `Refused` where this server judges nothing."""
    if reviewer is None:
        raise Refused(
            404, "this server judges nothing", "ask one that runs with the role webhook, and its address open"
        )
    source = request.source or UNKNOWN

    def read_all() -> dict[str, Found]:
        return _read_all(request, source, registry)

    try:
        weighed = await reviewer.weigh(source, read_all)
    except Busy:
        raise Refused(503, "too many pushes are being judged", "try again in a while") from None
    refusing = (*weighed.alone, *weighed.among) if weighed.complete else weighed.alone
    answer = findings(sorted_findings((*weighed.alone, *weighed.among)), sum(map(_documents, weighed.found.values())))
    return JudgeAnswer(
        **answer.model_dump(),
        refused=any(one.severity is Severity.ERROR for one in refusing),
        remark="" if weighed.complete else INCOMPLETE,
    )


def _read_all(request: JudgeRequest, source: str, registry: Registry) -> dict[str, Found]:
    """Read files, within bounds; raise `Refused`."""
    found: dict[str, Found] = {}
    objects, until = 0, time.monotonic() + SECONDS
    for file, text in request.files.items():
        one = None if text is None else read(text.encode("utf-8", "replace"), source, file, registry=registry)
        objects += len(getattr(one, "resources", ()))
        found[file] = one
        if objects > MOST_OBJECTS:
            raise Refused(413, f"the push has more than {MOST_OBJECTS} objects", _VALIDATE)
        if time.monotonic() > until:
            raise Refused(413, f"to read the push takes more than {SECONDS:g} s", _VALIDATE)
    return found


_VALIDATE: Final = "galley validate needs no server"


def _documents(found: Found) -> int:
    return getattr(found, "documents", 0)
